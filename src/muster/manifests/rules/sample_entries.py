"""Entries of an audit log to try templates on, one for each kind of template.

Members, and which of them are empty, null or absent, are as in the samples that the integration
framework's own tests render templates with, for a template may ask for any of them; and so are the words
for what was done, which a template may compare. The other values are ours.
"""

from collections.abc import Mapping
from typing import Final

from muster.core.pointers import Json

_SITE: Final = "https://app.example.com"
_MEMBER: Final[Mapping[str, Json]] = {
    "_links": {
        "parent": {"href": f"{_SITE}/api/v2/members", "type": "application/json"},
        "self": {
            "href": f"{_SITE}/api/v2/members/64b000000000000000000002",
            "type": "application/json",
        },
    },
    "_id": "64b000000000000000000002",
    "email": "robin@example.com",
    "emailLocalPart": "robin",
    "firstName": "Robin",
    "lastName": "Moss",
    "displayName": "Robin Moss",
}
_NO_ENVIRONMENT: Final = {"name": "", "key": "", "tags": None}


def _entry(kind: str, name: str, page: str, verb_kind: str, details: tuple[str, str, str]) -> Json:
    """Return what all entries have in common.

    Args:
        kind: what was updated.
        name: its name.
        page: where it is on the site, as a path.
        verb_kind: what was done, as the API names it.
        details: the same in full: plain, in Markdown, in HTML.
    """
    resource = {"href": f"{_SITE}/api/v2/{kind}s/web-shop", "type": "application/json"}
    site = {"href": f"{_SITE}{page}", "type": "text/html"}
    plain, markdown, html = details
    return {
        "_links": {
            "canonical": resource,
            "parent": {"href": f"{_SITE}/api/v2/auditlog", "type": "application/json"},
            "self": {
                "href": f"{_SITE}/api/v2/auditlog/64b000000000000000000001",
                "type": "application/json",
            },
            "site": site,
            "details": {
                "href": f"{_SITE}/settings/history/64b000000000000000000001/details",
                "type": "text/html",
            },
        },
        "baseURL": _SITE,
        "_id": "64b000000000000000000001",
        "_accountId": "64b000000000000000000000",
        "timestamp": {
            "milliseconds": 1_700_000_000_250,
            "seconds": 1_700_000_000,
            "rfc3339": "2023-11-14T22:13:20Z",
            "simple": "2023-11-14 22:13:20",
        },
        "kind": kind,
        "name": name,
        "details": {"plainText": plain, "markdown": markdown, "html": html},
        "member": dict(_MEMBER),
        "titleVerb": f"updated the {kind}",
        "verbKind": verb_kind,
        "title": {
            "plainText": f"Robin Moss updated the {kind} {name}",
            "markdown": f"[Robin Moss](mailto:robin@example.com) updated the {kind} [{name}]({_SITE}{page})",
            "html": f'<a href="mailto:robin@example.com">Robin Moss</a> updated the {kind} {name}',
        },
        "target": {
            "_links": {"canonical": resource, "site": site},
            "name": name,
            "_id": "64b000000000000000000003",
        },
    }


FLAG_ENTRY: Final[Json] = {
    **_entry(
        "flag",
        "New checkout",
        "/web-shop/~/features/new-checkout",
        "updateTag",
        (
            "Took the flag away from mobile apps\nAdded the tag 'shop'",
            "* Took the flag away from mobile\\-apps\n\n* Added the tag `shop`\n",
            "<ul><li>Took the flag away from mobile apps</li></ul>\n<ul><li>Added a tag</li></ul>",
        ),
    ),
    "comment": "For all environments at once",
    "project": {
        "name": "Web shop",
        "key": "web-shop",
        "tags": [],
        "environment": {"name": "All environments", "key": "~", "tags": None},
    },
    "key": "new-checkout",
    "tags": [],
    "customProperties": {
        "dynatrace": {"name": "Dynatrace tags", "values": ["checkout", "payments"]},
        "datadog": {"name": "Datadog tags", "values": ["team:shop", "tier:1"]},
        "jira": {"name": "Jira issues", "values": ["SHOP-1", "SHOP-2"]},
    },
}
PROJECT_ENTRY: Final[Json] = {
    **_entry(
        "project",
        "Web shop",
        "/settings/projects",
        "updateTags",
        (
            "Added the tag 'shop'\nMade new flags known to mobile apps",
            "* Added the tag `shop`\n\n* Made new flags known to mobile\\-apps\n",
            "<ul><li>Added a tag</li></ul>\n<ul><li>Made new flags known to mobile apps</li></ul>",
        ),
    ),
    "project": {
        "name": "Web shop",
        "key": "web-shop",
        "tags": [],
        "environment": dict(_NO_ENVIRONMENT),
    },
    "key": "web-shop",
    "tags": [],
}
ENVIRONMENT_ENTRY: Final[Json] = {
    **_entry(
        "environment",
        "Staging",
        "/settings/projects/web-shop/environments",
        "updateTags",
        (
            "Changed the color from '#336699' to '#996633'\nAdded the tag 'shop'",
            "* Changed the color from ~~`#336699`~~ to `#996633`\n\n* Added the tag `shop`\n",
            "<ul><li>Changed the color</li></ul>\n<ul><li>Added the tag <code>shop</code></li></ul>",
        ),
    ),
    "project": {
        "name": "Web shop",
        "key": "web-shop",
        "tags": ["shop"],
        "environment": {"name": "Staging", "key": "staging", "tags": []},
    },
    "key": "staging",
    "tags": [],
}
MEMBER_ENTRY: Final[Json] = {
    **_entry(
        "member",
        "sam+test@example.com",
        "/settings/members/64b000000000000000000004/permissions",
        "updateRole",
        (
            "Changed the role from 'writer' to 'reader'",
            "* Changed the role from ~~`writer`~~ to `reader`\n",
            "<ul><li>Changed the role to <code>reader</code></li></ul>",
        ),
    ),
    "project": {"name": "", "key": "", "tags": None, "environment": dict(_NO_ENVIRONMENT)},
    "tags": None,
    "member": {**_MEMBER, "firstName": "", "lastName": "", "displayName": "robin@example.com"},
}
