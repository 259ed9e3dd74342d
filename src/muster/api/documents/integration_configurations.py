"""A configuration of an integration, and a list of an integration's."""

from typing import Any, Final

from typing_extensions import TypedDict

from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Link, Links

_PATH: Final = "/api/v2/integration-configurations"
_SOME: Final = f"{_PATH}/keys/rudderstack"
_CONFIGURATION: Final[dict[str, Any]] = {
    "_links": {
        "self": {"href": f"{_PATH}/66b0c1a2d3e4f5a6b7c8da70", "type": "application/json"},
        "parent": {"href": _SOME, "type": "application/json"},
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da70",
    "_integrationKey": "rudderstack",
    "_createdAt": 1764000000000,
    "name": "Cohorts of marketing",
    "enabled": True,
    "tags": ["eu"],
    "configValues": {},
}


@document(example=_CONFIGURATION)
class IntegrationConfiguration(TypedDict):
    """A configuration of an integration: what its manifest asks for, filled in."""

    _links: Links
    """`self`, and `parent`: the integration's configurations."""
    _id: Id
    """Never changed."""
    _integrationKey: str
    """The integration's key. Never changed."""
    _createdAt: Millis
    """When it was made, in milliseconds since 1970."""
    name: str
    """What people call it."""
    enabled: bool
    """Whether it is to be used."""
    tags: list[str]
    """In order, each once."""
    configValues: dict[str, str | bool | list[str]]
    """Values by the keys of the manifest's form variables, `********` for a secret one."""


@document(example={"self": {"href": _SOME, "type": "application/json"}})
class IntegrationConfigurationListLinks(TypedDict):
    """Links of a list of configurations."""

    self: Link
    """The list."""


@document(
    example={
        "_links": {"self": {"href": _SOME, "type": "application/json"}},
        "items": [_CONFIGURATION],
    }
)
class IntegrationConfigurations(TypedDict):
    """All configurations of an integration; there are no pages."""

    _links: IntegrationConfigurationListLinks
    """Where the list is."""
    items: list[IntegrationConfiguration]
    """Those that the token may view or change, the oldest first."""
