"""What the API says of itself and of who asks."""

from typing import Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import Id, document
from muster.api.documents.links import Links

_VERSIONS: Final = [20160426, 20191212, 20210729, 20220603, 20240415]


@document(example={"links": {"projects": {"href": "/api/v2/projects", "type": "application/json"}}})
class Root(TypedDict):
    """Where the API begins."""

    links: Links
    """Its parts, by name."""


@document(
    example={
        "validVersions": _VERSIONS,
        "latestVersion": 20240415,
        "currentVersion": 20240415,
        "beta": False,
    }
)
class Versions(TypedDict):
    """The versions of the API. Muster answers every one of them in the shapes of the latest."""

    validVersions: list[int]
    """Those that a client may name."""
    latestVersion: int
    """The newest."""
    currentVersion: int
    """The one that this answer speaks."""
    beta: bool
    """Always false."""


@document(
    example={
        "accountId": "66b0c1a2d3e4f5a6b7c8d9d0",
        "authKind": "token",
        "tokenKind": "personal",
        "tokenName": "ci",
        "tokenId": "66b0c1a2d3e4f5a6b7c8da21",
        "serviceToken": False,
        "memberId": "66b0c1a2d3e4f5a6b7c8da10",
    }
)
class CallerIdentity(TypedDict):
    """Who is asking: a token, or an SDK key or a mobile key, which says what it is of."""

    accountId: Id
    """The account's id."""
    authKind: Literal["token", "sdk", "mobile"]
    """How the caller is known: by an access token, an SDK key or a mobile key."""
    tokenKind: NotRequired[Literal["personal", "service"]]
    """Of a token: whether it acts for a member or for itself."""
    tokenName: NotRequired[str]
    """The token's name."""
    tokenId: NotRequired[Id]
    """The token's id."""
    serviceToken: NotRequired[bool]
    """Whether it is a service token."""
    memberId: NotRequired[Id]
    """The member that a personal token acts for."""
    environmentId: NotRequired[Id]
    """Of a key: the client-side ID of its environment."""
    environmentName: NotRequired[str]
    """Of a key: what people call its environment."""
    projectId: NotRequired[Id]
    """Of a key: the id of its project."""
    projectName: NotRequired[str]
    """Of a key: what people call its project."""


@document(example={"addresses": [], "outboundAddresses": []})
class PublicIps(TypedDict):
    """Addresses that the service is known by: none, for only the operator knows them."""

    addresses: list[str]
    """Where requests go to."""
    outboundAddresses: list[str]
    """Where requests come from."""
