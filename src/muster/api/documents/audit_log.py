"""An entry of the audit log, a part of the log, and counts of entries over time."""

from typing import Any, Final, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Link, Links

_PATH: Final = "/api/v2/auditlog"
ENTRY: Final[dict[str, Any]] = {
    "_links": {
        "self": {"href": f"{_PATH}/66b0c1a2d3e4f5a6b7c8da33", "type": "application/json"},
        "parent": {"href": _PATH, "type": "application/json"},
        "canonical": {"href": f"{_PATH}/66b0c1a2d3e4f5a6b7c8da33", "type": "application/json"},
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da33",
    "_accountId": "66b0c1a2d3e4f5a6b7c8d9d0",
    "date": 1764030000000,
    "accesses": [{"action": "updateName", "resource": "proj/default:env/test"}],
    "kind": "environment",
    "name": "Test",
    "description": "",
    "shortDescription": "",
    "comment": "clearer",
    "titleVerb": "changed the environment",
    "title": "The token ci changed the environment Test",
    "target": {"name": "Test", "resources": ["proj/default:env/test"]},
    "subject": {"name": "The token ci"},
    "member": {"_id": "66b0c1a2d3e4f5a6b7c8da10"},
    "token": {"_id": "66b0c1a2d3e4f5a6b7c8da21", "name": "ci", "serviceToken": True},
}


@document(example=ENTRY["accesses"][0])
class Access(TypedDict):
    """An action on a resource."""

    action: str
    """What was done, as policies call it."""
    resource: str
    """To what, as policies call it."""


@document(example=ENTRY["target"])
class AuditTarget(TypedDict):
    """What was changed."""

    name: str
    """Its name."""
    resources: list[str]
    """As policies call it."""


@document(example=ENTRY["subject"])
class AuditSubject(TypedDict):
    """Who made a change, for people."""

    name: str
    """`The token ...`, or `The operator` for a command that was run beside the server."""


@document(example=ENTRY["member"])
class AuditMember(TypedDict):
    """The member that the token belongs to."""

    _id: Id
    """Its id, whether or not it is still there."""


@document(example=ENTRY["token"])
class AuditToken(TypedDict):
    """The token that a change was made with."""

    _id: Id
    """Its id, whether or not it is still there."""
    name: str
    """Its name at the time."""
    serviceToken: bool
    """Whether it is a service token."""


@document(example=ENTRY)
class _AuditFields(TypedDict):
    _links: Links
    """`self`, `parent` and `canonical`."""
    _id: Id
    """Never changed."""
    _accountId: Id
    """The account's id."""
    date: Millis
    """When it was made, in milliseconds since 1970."""
    accesses: list[Access]
    """What was done to what; several where one request changed several things."""
    kind: str
    """The kind of what was changed, such as `project` or `token`."""
    name: str
    """The name of what was changed, at the time."""
    description: str
    """Empty."""
    shortDescription: str
    """Empty."""
    comment: str
    """Why, in the words of who made it; may be empty."""
    titleVerb: str
    """What was done, for people."""
    title: str
    """Who did what, for people."""
    target: AuditTarget
    """What was changed."""
    subject: AuditSubject
    """Who made it, for people."""
    member: NotRequired[AuditMember]
    """The member that the token belongs to; absent for the operator."""
    token: NotRequired[AuditToken]
    """The token that it was made with; absent for the operator."""


@document(example=ENTRY)
class AuditEntry(_AuditFields):
    """One change: who made it, to what, and when. Nothing secret is in it."""

    previousVersion: NotRequired[dict[str, Any] | None]
    """What was changed, as it was before, where `expand=versions` asks for it; null where there was
    nothing."""
    currentVersion: NotRequired[dict[str, Any] | None]
    """What was changed, as it was after, where `expand=versions` asks for it; null where nothing was
    left."""


@document(
    example={
        **ENTRY,
        "previousVersion": {"key": "test", "name": "Testing"},
        "currentVersion": {"key": "test", "name": "Test"},
    }
)
class AuditEntryWithVersions(_AuditFields):
    """An entry with what it changed. Nothing secret is in it."""

    previousVersion: dict[str, Any] | None
    """What was changed, as it was before; null where there was nothing."""
    currentVersion: dict[str, Any] | None
    """What was changed, as it was after; null where nothing was left."""


@document(
    example={
        "self": {"href": _PATH, "type": "application/json"},
        "next": {"href": f"{_PATH}?before=1764030000000", "type": "application/json"},
    }
)
class AuditLinks(TypedDict):
    """Links of a part of the log."""

    self: Link
    """The newest entries."""
    next: NotRequired[Link]
    """Older entries; absent where this part is empty."""


@document(
    example={
        "items": [ENTRY],
        "_links": {
            "self": {"href": _PATH, "type": "application/json"},
            "next": {"href": f"{_PATH}?before=1764030000000", "type": "application/json"},
        },
    }
)
class AuditEntries(TypedDict):
    """A part of the audit log."""

    items: list[AuditEntry]
    """The entries, newest first."""
    _links: AuditLinks
    """Where to read on."""


@document(example={"timestamp": 1764000000000, "count": 3})
class AuditBucket(TypedDict):
    """How many entries fell into a span of time."""

    timestamp: Millis
    """When the span begins, in milliseconds since 1970."""
    count: int
    """How many entries there are in it."""


@document(
    example={
        "buckets": [{"timestamp": 1764000000000, "count": 3}],
        "totalCount": 3,
        "bucketIntervalMs": 3600000,
    }
)
class AuditCounts(TypedDict):
    """How many entries there are, over time."""

    buckets: list[AuditBucket]
    """The spans, oldest first."""
    totalCount: int
    """How many entries there are in all of them."""
    bucketIntervalMs: int
    """How long each span is, in milliseconds; the last may be shorter."""
