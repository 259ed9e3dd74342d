"""A segment, a page of an environment's, and whether a context is in one."""

from typing import Any, Final, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Links, PageLinks

_PATH: Final = "/api/v2/segments/default/production"
SEGMENT: Final[dict[str, Any]] = {
    "_links": {
        "parent": {"href": _PATH, "type": "application/json"},
        "self": {"href": f"{_PATH}/amplitude-vip", "type": "application/json"},
        "site": {
            "href": "/default/production/segments/amplitude-vip",
            "type": "text/html",
        },
    },
    "key": "amplitude-vip",
    "name": "VIP customers",
    "description": "",
    "tags": [],
    "creationDate": 1764000000000,
    "lastModifiedDate": 1764030000000,
    "rules": [],
    "version": 42,
    "deleted": False,
    "generation": 1,
    "unbounded": True,
    "unboundedContextKind": "user",
    "included": [],
    "_unboundedMetadata": {
        "envId": "66b0c1a2d3e4f5a6b7c8d9e0",
        "segmentId": "66b0c1a2d3e4f5a6b7c8d9f1",
        "version": 41,
        "includedCount": 120500,
        "excludedCount": 0,
        "lastModified": 1764030000000,
        "deleted": False,
    },
    "_external": "amplitude",
    "_externalLink": "https://cohorts.example.com/vip",
}


@document(example=SEGMENT["_unboundedMetadata"])
class UnboundedMetadata(TypedDict):
    """How large a big segment is, and when its members last changed."""

    envId: Id
    """The client-side ID of its environment."""
    segmentId: Id
    """Its own id."""
    version: int
    """How often its members have changed."""
    includedCount: int
    """How many contexts are in it; exact."""
    excludedCount: int
    """How many contexts are kept out of it; exact."""
    lastModified: Millis
    """When it last changed, in milliseconds since 1970."""
    deleted: bool
    """Always false: a deleted segment is not shown."""


@document(example=SEGMENT)
class Segment(TypedDict):
    """A segment: a set of contexts that flags can target."""

    _links: Links
    """`parent`, `self`, and `site`: its page."""
    key: str
    """Unique in its environment. Never changed."""
    name: str
    """What people call it; that of the cohort where it is synced."""
    description: str
    """What it is for."""
    tags: list[str]
    """In order, each once."""
    creationDate: Millis
    """When it was made, in milliseconds since 1970."""
    lastModifiedDate: Millis
    """When it or its members last changed, in milliseconds since 1970."""
    rules: list[dict[str, Any]]
    """What puts contexts into it by their attributes; none where it is big."""
    version: int
    """Grows with each change."""
    deleted: bool
    """Always false: a deleted segment is not shown."""
    generation: int
    """How often a segment with this key has been made."""
    unbounded: bool
    """Whether it is a big segment, whose members are kept in a store of their own."""
    unboundedContextKind: str
    """The kind of the contexts in a big segment."""
    included: list[str]
    """The keys of users that are in it; none where it is big."""
    _unboundedMetadata: UnboundedMetadata
    """Of a big segment: its size."""
    _external: NotRequired[str]
    """Of a synced segment: the key of the integration that it comes from."""
    _externalLink: NotRequired[str]
    """Of a synced segment: where the cohort is looked at; empty where the partner does not say."""


@document(
    example={
        "items": [SEGMENT],
        "_links": {"self": {"href": f"{_PATH}?limit=20", "type": "application/json"}},
        "totalCount": 1,
    }
)
class Segments(TypedDict):
    """A page of an environment's segments."""

    items: list[Segment]
    """The segments of this page."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""


@document(example={"userKey": "ada", "included": True, "excluded": False})
class SegmentMembership(TypedDict):
    """Whether a context is in a big segment."""

    userKey: str
    """The context's key, whatever its kind."""
    included: bool
    """Whether it is in the segment."""
    excluded: bool
    """Whether it is kept out of the segment."""
