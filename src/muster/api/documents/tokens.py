"""An access token, and a page of them."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.access import AccessOfCaller
from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Links, PageLinks
from muster.api.documents.policies import Statement

TOKEN: Final[dict[str, Any]] = {
    "_links": {
        "parent": {"href": "/api/v2/tokens", "type": "application/json"},
        "self": {"href": "/api/v2/tokens/66b0c1a2d3e4f5a6b7c8da21", "type": "application/json"},
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da21",
    "ownerId": "66b0c1a2d3e4f5a6b7c8da10",
    "memberId": "66b0c1a2d3e4f5a6b7c8da10",
    "creationDate": 1764000000000,
    "lastModified": 1764000000000,
    "name": "ci",
    "description": "",
    "token": "9c1e",
    "serviceToken": True,
    "defaultApiVersion": 20240415,
    "role": "reader",
}


@document(example=TOKEN)
class Token(TypedDict):
    """An access token. It has one of `role`, `inlineRole` and `customRoleIds`."""

    _links: Links
    """`parent` and `self`."""
    _id: Id
    """Never changed."""
    ownerId: Id
    """The member that it belongs to."""
    memberId: Id
    """The same."""
    creationDate: Millis
    """When it was made, in milliseconds since 1970."""
    lastModified: Millis
    """When it was last changed, in milliseconds since 1970."""
    name: str
    """What people call it."""
    description: str
    """What it is for."""
    token: str
    """The end of the secret; the whole of it only in the answer that makes or resets the token."""
    serviceToken: bool
    """Whether it acts for nobody but itself; else it may never do more than its member."""
    defaultApiVersion: int
    """The version of the API that requests with it speak."""
    role: NotRequired[Literal["reader", "writer", "admin"]]
    """Its built-in role."""
    inlineRole: NotRequired[list[Statement]]
    """Its own policy."""
    customRoleIds: NotRequired[list[Id]]
    """The ids of its custom roles."""
    lastUsed: NotRequired[Millis]
    """When it was last used, to the minute, in milliseconds since 1970; absent where never."""
    expiry: NotRequired[Millis]
    """When it stops working, in milliseconds since 1970; absent where never."""
    _access: NotRequired[AccessOfCaller]
    """What the asking token may do to it, where `expand=access` asks for it."""


@document(
    example={
        "items": [TOKEN],
        "_links": {"self": {"href": "/api/v2/tokens?limit=25", "type": "application/json"}},
        "totalCount": 1,
    }
)
class Tokens(TypedDict):
    """A page of the access tokens."""

    items: list[Token]
    """The tokens of this page."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""
