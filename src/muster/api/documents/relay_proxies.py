"""A Relay Proxy configuration, with and without its key, and a list of them."""

from typing import Any, Final

from typing_extensions import TypedDict

from muster.api.documents.document import Id, Millis, document
from muster.api.documents.policies import Statement

_CONFIGURATION: Final[dict[str, Any]] = {
    "_id": "66b0c1a2d3e4f5a6b7c8da50",
    "name": "Relay of the shop",
    "policy": [{"effect": "allow", "actions": ["*"], "resources": ["proj/shop:env/*"]}],
    "displayKey": "b4f2",
    "creationDate": 1764000000000,
    "lastModified": 1764030000000,
}


@document(example=_CONFIGURATION)
class RelayProxyConfiguration(TypedDict):
    """Which environments a Relay Proxy gets that comes with a certain key."""

    _id: Id
    """Never changed."""
    name: str
    """What people call it."""
    policy: list[Statement]
    """Allows and denies environments."""
    displayKey: str
    """The end of its key."""
    creationDate: Millis
    """When it was made, in milliseconds since 1970."""
    lastModified: Millis
    """When it or its key was last changed, in milliseconds since 1970."""


@document(example={**_CONFIGURATION, "fullKey": "rel-7d1c9b52-0f3e-4a8b-9c6d-2e5f7a81b4f2"})
class RelayProxyConfigurationWithKey(RelayProxyConfiguration):
    """A Relay Proxy configuration with its key."""

    fullKey: str
    """The key, which is never shown again."""


@document(example={"items": [_CONFIGURATION]})
class RelayProxyConfigurations(TypedDict):
    """All Relay Proxy configurations; there are no pages."""

    items: list[RelayProxyConfiguration]
    """Those that the token may view or change, the oldest first."""
