"""The headers of an answer where rate limits are set."""

from collections.abc import Mapping
from typing import Any, Final


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "integer", "minimum": 0}}


_LIMIT: Final = "Of {}, where it has a limit: how many requests there can be in ten seconds."
_REMAINING: Final = "Of {}, where it has a limit: how many requests are left."
_ALL: Final = "all requests together"
_ROUTE: Final = "the route"
_TOKEN: Final = "the access token"
_RESET: Final = "When all counts start anew, in milliseconds since 1970."

LIMIT_HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "X-Ratelimit-Global-Limit": _header(_LIMIT.format(_ALL)),
    "X-Ratelimit-Global-Remaining": _header(_REMAINING.format(_ALL)),
    "X-Ratelimit-Route-Limit": _header(_LIMIT.format(_ROUTE)),
    "X-Ratelimit-Route-Remaining": _header(_REMAINING.format(_ROUTE)),
    "X-Ratelimit-Auth-Token-Limit": _header(_LIMIT.format(_TOKEN)),
    "X-Ratelimit-Auth-Token-Remaining": _header(_REMAINING.format(_TOKEN)),
    "X-Ratelimit-Auth-Token-Reset": _header(_RESET),
    "X-Ratelimit-Reset": _header(_RESET),
}
"""By name, as components of the OpenAPI document. Each is there where it says something."""


def references_to_headers() -> dict[str, Any]:
    """Return the headers as an answer refers to them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in LIMIT_HEADERS}
