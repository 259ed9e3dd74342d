"""The kinds of contexts of a project, and what answers a change of one."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import Millis, document
from muster.api.documents.links import Links

_PROJECT: Final = "/api/v2/projects/default"
_KIND: Final[dict[str, Any]] = {
    "key": "organization",
    "name": "Organization",
    "description": "Our customers",
    "version": 2,
    "creationDate": 1764000000000,
    "lastModified": 1764030000000,
    "createdFrom": "manual",
    "hideInTargeting": False,
    "archived": False,
    "_links": {"parent": {"href": _PROJECT, "type": "application/json"}},
    "lastSeen": 1764030000000,
}


@document(example=_KIND)
class ContextKind(TypedDict):
    """A kind of contexts."""

    key: str
    """Unique in its project. Never changed."""
    name: str
    """What people call it."""
    description: str
    """What it is for; may be empty."""
    version: int
    """1 at first, and one more with each change."""
    creationDate: Millis
    """When it was made, or came by itself, in milliseconds since 1970."""
    lastModified: Millis
    """When it was last changed, in milliseconds since 1970."""
    createdFrom: Literal["default", "auto-add", "manual"]
    """Where it comes from: it was always there, came with a segment or a context, or was made."""
    hideInTargeting: bool
    """The same as `archived`."""
    archived: bool
    """Whether it is to be hidden where people choose what to target."""
    lastSeen: NotRequired[Millis]
    """When a context of it was last evaluated, in milliseconds since 1970; absent where none is known."""
    _links: Links
    """`parent`: the project."""


@document(
    example={
        "items": [_KIND],
        "_links": {
            "self": {"href": f"{_PROJECT}/context-kinds", "type": "application/json"},
            "parent": {"href": _PROJECT, "type": "application/json"},
        },
    }
)
class ContextKinds(TypedDict):
    """All kinds of contexts of a project; there are no pages."""

    items: list[ContextKind]
    """The kinds, by key."""
    _links: Links
    """`self`, and `parent`: the project."""


@document(
    example={
        "status": "success",
        "_links": {
            "parent": {"href": _PROJECT, "type": "application/json"},
            "self": {
                "href": f"{_PROJECT}/context-kinds/organization",
                "type": "application/json",
            },
        },
    }
)
class ContextKindSaved(TypedDict):
    """What answers where a kind was made or changed."""

    status: Literal["success"]
    """That it was."""
    _links: Links
    """`parent`: the project; and `self`."""
