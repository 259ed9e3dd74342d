"""A segment, and a page of an environment's."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.access import AccessOfCaller
from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Link, Links, PageLinks

PATH: Final = "/api/v2/segments/default/production"
_TIMES: Final = {"creationDate": 1764000000000, "lastModifiedDate": 1764030000000}
CLAUSE: Final[dict[str, Any]] = {
    "_id": "6a3d6cf4-2c0b-4f0e-9d3a-5f6f1f4ad1f2",
    "attribute": "email",
    "op": "endsWith",
    "values": ["@example.com"],
    "negate": False,
    "contextKind": "user",
}
RULE: Final[dict[str, Any]] = {
    "_id": "0c1f0a52-8c5d-4c12-a5a7-0f7a2a1d9b11",
    "clauses": [CLAUSE],
    "rolloutContextKind": "user",
    "weight": 50_000,
    "description": "Half of the staff.",
}
_OWN: Final[dict[str, Any]] = {
    "_id": "66b0c1a2d3e4f5a6b7c8d9f1",
    "environmentId": "66b0c1a2d3e4f5a6b7c8d9e0",
    "kind": "synced",
    "contextKind": "user",
    "cohortId": "vip",
    "version": 1,
    "lastModified": 1764000000000,
    "members": {
        "includedCount": 120500,
        "excludedCount": 0,
        "version": 41,
        "lastModified": 1764030000000,
        "lastSynced": 1764030000000,
    },
}


def _links(key: str) -> dict[str, Any]:
    return {
        "parent": {"href": PATH, "type": "application/json"},
        "self": {"href": f"{PATH}/{key}", "type": "application/json"},
        "site": {"href": f"/default/production/segments/{key}", "type": "text/html"},
    }


SEGMENT: Final[dict[str, Any]] = {
    "_links": _links("amplitude-vip"),
    "key": "amplitude-vip",
    "name": "VIP customers",
    "description": "",
    "tags": [],
    **_TIMES,
    "rules": [],
    "version": 42,
    "deleted": False,
    "generation": 1,
    "unbounded": True,
    "included": [],
    "_muster": _OWN,
    "unboundedContextKind": "user",
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
    "_access": {
        "denied": [{"action": "deleteSegment", "reason": {"effect": "deny"}}],
        "allowed": [
            {
                "action": "updateName",
                "reason": {
                    "effect": "allow",
                    "actions": ["*"],
                    "resources": ["proj/*:env/*:segment/*"],
                    "role_name": "segment-keeper",
                },
            }
        ],
    },
}
_SMALL_SEGMENT: Final[dict[str, Any]] = {
    "_links": _links("staff"),
    "key": "staff",
    "name": "Staff",
    "description": "Half of those who work here.",
    "tags": ["internal"],
    **_TIMES,
    "rules": [RULE],
    "version": 3,
    "deleted": False,
    "generation": 1,
    "unbounded": False,
    "included": ["ada"],
    "excluded": ["brian"],
    "includedContexts": [{"contextKind": "device", "values": ["till-7"]}],
    "excludedContexts": [],
    "_muster": {
        **_OWN,
        "kind": "rule-based",
        "cohortId": None,
        "members": {
            "includedCount": 2,
            "excludedCount": 1,
            "version": 0,
            "lastModified": None,
            "lastSynced": None,
        },
    },
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


@document(example=CLAUSE)
class SegmentClause(TypedDict):
    """A condition of a rule: an attribute has one of some values, in the sense of an operator."""

    _id: str
    """Names it in instructions."""
    attribute: str
    """A name, or a reference such as `/address/city`; empty for `segmentMatch`."""
    op: str
    """The operator, such as `in`, `startsWith` or `segmentMatch`."""
    values: list[str | bool | int | float]
    """Of which one is enough."""
    negate: bool
    """Whether it holds where it would not, and the other way round."""
    contextKind: str
    """Of which kind of context it asks."""


@document(example=RULE)
class SegmentRule(TypedDict):
    """A rule of a segment: clauses that must all hold."""

    _id: str
    """Names it in instructions."""
    clauses: list[SegmentClause]
    """All of them must hold."""
    rolloutContextKind: str
    """The kind of the contexts that the weight shares out."""
    weight: NotRequired[Annotated[int, Field(ge=0, le=100_000)]]
    """How many of 100,000 of the contexts that match are in the segment; absent for all."""
    bucketBy: NotRequired[str]
    """The attribute that decides who is among them; absent for the key."""
    description: NotRequired[str]
    """What it is for; absent where it has none."""


@document(example={"contextKind": "device", "values": ["till-7"]})
class SegmentTargets(TypedDict):
    """Contexts of one kind, by their keys."""

    contextKind: str
    """Their kind."""
    values: list[str]
    """Their keys."""


@document(example=_OWN["members"])
class SegmentMembersSummary(TypedDict):
    """What is known of a segment's members as a whole."""

    includedCount: int
    """How many contexts are in it by their keys; exact."""
    excludedCount: int
    """How many contexts are kept out of it; exact."""
    version: int
    """How often the members of a big segment have changed."""
    lastModified: Millis | None
    """When the members of a big segment last changed, in milliseconds since 1970; null for never."""
    lastSynced: Millis | None
    """When a partner last sent some, in milliseconds since 1970; null for never."""


@document(example=_OWN)
class SegmentOwnFields(TypedDict):
    """What Muster tells of a segment beyond LaunchDarkly's shape."""

    _id: Id
    """Its id."""
    environmentId: Id
    """The client-side ID of its environment."""
    kind: Literal["synced", "list-based", "rule-based"]
    """Where it has its members from."""
    contextKind: str
    """The kind of the contexts in a big segment."""
    cohortId: str | None
    """Of a synced segment: the partner's id of the cohort."""
    version: int
    """Grows with each change of the segment itself, members apart."""
    lastModified: Millis
    """When the segment itself last changed, in milliseconds since 1970."""
    members: SegmentMembersSummary
    """Of its members as a whole."""


@document(example=SEGMENT)
class _SegmentFields(TypedDict):
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
    rules: list[SegmentRule]
    """What puts contexts into it by their attributes; none where it is big."""
    version: int
    """Grows with each change."""
    deleted: bool
    """Always false: a deleted segment is not shown."""
    generation: int
    """How often a segment with this key has been made."""
    unbounded: bool
    """Whether it is a big segment, whose members are kept in a store of their own."""
    included: list[str]
    """The keys of users that are in it; none where it is big."""
    excluded: NotRequired[list[str]]
    """The keys of users that are kept out of it; absent where it is big."""
    includedContexts: NotRequired[list[SegmentTargets]]
    """Contexts of other kinds that are in it; absent where it is big."""
    excludedContexts: NotRequired[list[SegmentTargets]]
    """Contexts of other kinds that are kept out of it; absent where it is big."""
    unboundedContextKind: NotRequired[str]
    """Of a big segment: the kind of the contexts in it."""
    _unboundedMetadata: NotRequired[UnboundedMetadata]
    """Of a big segment: its size."""
    _external: NotRequired[str]
    """Of a synced segment: the key of the integration that it comes from."""
    _externalLink: NotRequired[str]
    """Of a synced segment: where the cohort is looked at; empty where the partner does not say."""
    _access: NotRequired[AccessOfCaller]
    """What the token may do to it, where `expand=access` asks for that."""
    _muster: SegmentOwnFields
    """What Muster tells beyond LaunchDarkly's shape."""


@document(example=SEGMENT)
class Segment(_SegmentFields):
    """A segment: a set of contexts that flags can target."""


_FLAG_USER: Final[dict[str, Any]] = {
    "name": "The new checkout",
    "key": "checkout",
    "_links": {"self": {"href": "/api/v2/flags/default/checkout", "type": "application/json"}},
    "_site": {"href": "/default/production/features/checkout", "type": "text/html"},
}


@document(example=_FLAG_USER)
class FlagOfSegment(TypedDict):
    """A flag with a rule that asks for a segment."""

    name: str
    """What people call it."""
    key: str
    """Its key."""
    _links: Links
    """`self`."""
    _site: Link
    """Its page."""


@document(example={**_SMALL_SEGMENT, "_flags": [_FLAG_USER]})
class SegmentWithFlags(_SegmentFields):
    """A segment, read alone."""

    _flags: list[FlagOfSegment]
    """The flags whose rules in this environment ask for it; it can't be deleted while there are any."""


@document(
    example={
        "items": [SEGMENT, _SMALL_SEGMENT],
        "_links": {"self": {"href": f"{PATH}?limit=20", "type": "application/json"}},
        "totalCount": 2,
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
