"""A big segment store, and lists of them."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import Id, document
from muster.api.documents.links import Link, Links

_ALL: Final = "/api/v2/integration-capabilities/big-segment-store"
_SOME: Final = f"{_ALL}/default/production/redis"
_STORE: Final[dict[str, Any]] = {
    "_links": {
        "self": {"href": f"{_SOME}/66b0c1a2d3e4f5a6b7c8da60", "type": "application/json"},
        "parent": {"href": _SOME, "type": "application/json"},
        "project": {"href": "/api/v2/projects/default", "type": "application/json"},
        "environment": {
            "href": "/api/v2/projects/default/environments/production",
            "type": "application/json",
        },
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da60",
    "integrationKey": "redis",
    "projectKey": "default",
    "environmentKey": "production",
    "config": {
        "host": "redis.example.com",
        "port": "6379",
        "username": "",
        "password": "********",
        "tlsEnabled": True,
    },
    "on": True,
    "tags": ["eu"],
    "name": "Redis of the shop",
    "version": 1,
    "_status": {"available": False, "potentiallyStale": True},
}


@document(example=_STORE["_status"])
class BigSegmentStoreStatus(TypedDict):
    """How a store is doing. Muster does not fill stores yet."""

    available: bool
    """Always false."""
    potentiallyStale: bool
    """Always true."""


@document(example=_STORE)
class BigSegmentStore(TypedDict):
    """A store that is to be filled with an environment's big segments, for SDKs to read."""

    _links: Links
    """`self`, `parent`, and its `project` and `environment`."""
    _id: Id
    """Never changed."""
    integrationKey: Literal["redis", "dynamodb"]
    """What it is."""
    projectKey: str
    """The key of its project."""
    environmentKey: str
    """The key of its environment."""
    config: dict[str, str | bool]
    """Where it is and how to get in, `********` for a password; empty in a list. That of a `redis` has
    `host`, `port`, `username`, `password` and `tlsEnabled`, that of a `dynamodb` has `tableName`, `region`,
    `roleArn` and `externalId`."""
    on: bool
    """Whether it is to be filled."""
    tags: list[str]
    """In order, each once."""
    name: str
    """What people call it."""
    version: int
    """1 at first, and one more with each change."""
    _status: BigSegmentStoreStatus
    """How it is doing."""


@document(
    example={
        "self": {"href": _SOME, "type": "application/json"},
        "parent": {"href": _ALL, "type": "application/json"},
    }
)
class BigSegmentStoreListLinks(TypedDict):
    """Links of a list of big segment stores."""

    self: Link
    """The list."""
    parent: NotRequired[Link]
    """The list of those of all environments; absent in it."""


@document(
    example={
        "_links": {
            "self": {"href": _SOME, "type": "application/json"},
            "parent": {"href": _ALL, "type": "application/json"},
        },
        "items": [{**_STORE, "config": {}}],
    }
)
class BigSegmentStores(TypedDict):
    """Big segment stores; there are no pages."""

    _links: BigSegmentStoreListLinks
    """Where the list is."""
    items: list[BigSegmentStore]
    """Those that the token may view or change, the oldest first."""
