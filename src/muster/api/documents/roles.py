"""A custom role, and a page of them."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.access import AccessOfCaller
from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Links, PageLinks
from muster.api.documents.policies import STATEMENT, Statement

ROLE: Final[dict[str, Any]] = {
    "_links": {
        "parent": {"href": "/api/v2/roles", "type": "application/json"},
        "self": {"href": "/api/v2/roles/segment-keeper", "type": "application/json"},
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da02",
    "key": "segment-keeper",
    "name": "Segment keeper",
    "description": "Keeps the segments of every environment.",
    "policy": [STATEMENT],
    "basePermissions": "reader",
    "_muster": {"creationDate": 1764000000000, "lastModified": 1764030000000},
}


@document(example=ROLE["_muster"])
class CustomRoleExtras(TypedDict):
    """What Muster tells of a custom role beyond LaunchDarkly's shape."""

    creationDate: Millis
    """When it was made, in milliseconds since 1970."""
    lastModified: Millis | None
    """When it was last changed, in milliseconds since 1970; null for never."""


@document(example=ROLE)
class CustomRole(TypedDict):
    """A role of the account's own: a policy with a name, for members and tokens."""

    _links: Links
    """`parent` and `self`."""
    _id: Id
    """Never changed."""
    key: str
    """Unique. Never changed."""
    name: str
    """What people call it."""
    description: str
    """What it is for."""
    policy: list[Statement]
    """What it allows and denies."""
    basePermissions: Literal["reader", "no_access"]
    """What it gives besides: to view everything, or nothing."""
    resourceCategory: NotRequired[str]
    """What it was said to be about; it changes nothing."""
    _muster: CustomRoleExtras
    """What Muster tells besides."""
    _access: NotRequired[AccessOfCaller]
    """What the token may do to it, where `expand=access` asks for it."""


@document(
    example={
        "items": [ROLE],
        "_links": {"self": {"href": "/api/v2/roles?limit=20", "type": "application/json"}},
        "totalCount": 1,
    }
)
class CustomRoles(TypedDict):
    """A page of the custom roles."""

    items: list[CustomRole]
    """The roles of this page."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""
