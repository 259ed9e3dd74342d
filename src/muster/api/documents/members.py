"""A member of the account, and a page of them."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.access import AccessOfCaller
from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Links, PageLinks

MEMBER: Final[dict[str, Any]] = {
    "_links": {
        "parent": {"href": "/api/v2/members", "type": "application/json"},
        "self": {"href": "/api/v2/members/66b0c1a2d3e4f5a6b7c8da10", "type": "application/json"},
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da10",
    "email": "ada@example.com",
    "role": "writer",
    "customRoles": [],
    "firstName": "Ada",
    "lastName": "Lovelace",
    "mfa": "disabled",
    "creationDate": 1764000000000,
    "_lastSeen": 0,
    "_pendingInvite": False,
    "_verified": True,
}


@document(
    example={
        "_id": "66b0c1a2d3e4f5a6b7c8da02",
        "key": "segment-keeper",
        "name": "Segment keeper",
    }
)
class MemberCustomRole(TypedDict):
    """A custom role that a member has."""

    _id: Id
    """Its id."""
    key: str
    """Its key."""
    name: str
    """What people call it."""


@document(example=MEMBER)
class Member(TypedDict):
    """Somebody who belongs to the account."""

    _links: Links
    """`parent` and `self`."""
    _id: Id
    """Never changed."""
    email: str
    """Unique. Never changed."""
    role: Literal["reader", "writer", "admin", "no_access"]
    """The built-in role; `no_access` where the custom roles say everything."""
    customRoles: list[str]
    """The ids of the custom roles."""
    firstName: str
    """May be empty."""
    lastName: str
    """May be empty."""
    mfa: Literal["disabled"]
    """There is no sign-in yet, so no second factor."""
    creationDate: Millis
    """When the member was made, in milliseconds since 1970."""
    _lastSeen: Millis
    """When a personal token of the member was last used, in milliseconds since 1970; 0 for never."""
    _pendingInvite: bool
    """Always false: there are no invitations."""
    _verified: bool
    """Always true."""
    customRolesInfo: NotRequired[list[MemberCustomRole]]
    """Those of the custom roles that the token may view, where `expand=customRoles` asks for them."""
    roleAttributes: NotRequired[dict[str, list[str]]]
    """Empty, for there are none; where `expand=roleAttributes` asks for them."""
    _access: NotRequired[AccessOfCaller]
    """What the token may do to the member, where `expand=access` asks for it."""


@document(
    example={
        "items": [MEMBER],
        "_links": {"self": {"href": "/api/v2/members?limit=20", "type": "application/json"}},
        "totalCount": 1,
    }
)
class Members(TypedDict):
    """A page of the members."""

    items: list[Member]
    """The members of this page, or all that were just made."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""


@document(
    example={
        "members": ["66b0c1a2d3e4f5a6b7c8da10"],
        "errors": [
            {
                "66b0c1a2d3e4f5a6b7c8da11": "There is no member with this id, or it is not yours to see."
            }
        ],
    }
)
class MembersPatched(TypedDict):
    """What became of members that were changed together."""

    members: list[Id]
    """The ids of those who are now as the instructions want them."""
    errors: list[dict[Id, str]]
    """The ids of others, and why they are not."""
