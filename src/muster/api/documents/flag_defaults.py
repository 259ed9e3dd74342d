"""What new flags of a project have."""

from typing import Any, Final

from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.links import Links
from muster.api.documents.projects import ClientSideAvailability

FLAG_DEFAULTS: Final[dict[str, Any]] = {
    "_links": {
        "self": {"href": "/api/v2/projects/default/flag-defaults", "type": "application/json"},
        "parent": {"href": "/api/v2/projects/default", "type": "application/json"},
    },
    "tags": ["web"],
    "temporary": True,
    "booleanDefaults": {
        "trueDisplayName": "Available",
        "falseDisplayName": "Unavailable",
        "trueDescription": "People see it.",
        "falseDescription": "",
        "onVariation": 0,
        "offVariation": 1,
    },
    "defaultClientSideAvailability": {"usingEnvironmentId": False, "usingMobileKey": True},
}


@document(example=FLAG_DEFAULTS["booleanDefaults"])
class BooleanFlagDefaults(TypedDict):
    """What new flags have whose values are true and false."""

    trueDisplayName: str
    """What people call the variation whose value is true; empty for nothing."""
    falseDisplayName: str
    """What they call the other."""
    trueDescription: str
    """What the first is for."""
    falseDescription: str
    """What the other is for."""
    onVariation: int
    """What is served while the flag is on: 0 for true, 1 for false."""
    offVariation: int
    """What is served while it is off."""


@document(example=FLAG_DEFAULTS)
class ProjectFlagDefaults(TypedDict):
    """What new flags of a project have, where whoever makes them says nothing else."""

    _links: Links
    """`self`, and the project: `parent`."""
    tags: list[str]
    """In order, each once."""
    temporary: bool
    """Whether they are to be removed some day."""
    booleanDefaults: BooleanFlagDefaults
    """What those have besides of whose variations nothing is said."""
    defaultClientSideAvailability: ClientSideAvailability
    """Which SDKs outside of servers get them; it is the same as the project's."""
