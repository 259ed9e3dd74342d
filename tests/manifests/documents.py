"""Manifests for tests."""

from typing import Any

SQUARE = "assets/square.svg"
HORIZONTAL = "assets/horizontal.svg"


def request_parser() -> dict[str, Any]:
    """Return a requestParser that says all that is required."""
    return {
        "environmentIdPath": "/environmentId",
        "cohortIdPath": "/cohortId",
        "cohortNamePath": "/cohortName",
        "addMemberArrayPath": "/add",
        "removeMemberArrayPath": "/remove",
        "memberArrayParser": {"memberIdPath": "/id"},
    }


def document(**changes: Any) -> dict[str, Any]:
    """Return a manifest without a fault, with changes; a change to None leaves the key out."""
    whole: dict[str, Any] = {
        "name": "Example cohorts",
        "version": "1.0.0",
        "overview": "Sync the cohorts of an example.",
        "description": "An example of a product with cohorts, which are kept as segments here.",
        "author": "Example Ltd",
        "supportEmail": "support@example.com",
        "links": {
            "site": "https://www.example.com",
            "privacyPolicy": "https://www.example.com/privacy",
        },
        "categories": ["synced-segments"],
        "icons": {"square": SQUARE, "horizontal": HORIZONTAL},
        "capabilities": {"syncedSegment": {"requestParser": request_parser()}},
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}
