"""How memberships lie in RocksDB: column families, keys and values.

    meta       'f'                                 -> format version
               's' segment id (12 bytes)           -> Summary
               'd' segment id                      -> the segment's pending definition, JSON
               'e' environment id (12 bytes)       -> EnvironmentState
    members    segment id, list (1 byte), key      -> nothing: to be there is to be a member
    revisions  environment id, number (8 bytes)    -> Entry head, then JSON

Members sort by segment, then list, then key in UTF-8 byte order. Integers are big-endian.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

import orjson

from muster.changes.model import Revision, SegmentDelta
from muster.core.clock import from_millis, to_millis
from muster.core.ids import EnvironmentId, IntegrationKey, RequestId, SegmentId, SegmentKey
from muster.segments.model import (
    MemberList,
    MembershipSummary,
    Segment,
    SyncSource,
)

FORMAT_VERSION: Final = b"1"
FORMAT_KEY: Final = b"f"
DEFINITION_PREFIX: Final = b"d"
STATE_PREFIX: Final = b"e"

_LIST_BYTE: Final = {MemberList.INCLUDED: b"i", MemberList.EXCLUDED: b"x"}
_SUMMARY: Final = struct.Struct(">QQQqq")
_STATE: Final = struct.Struct(">QQQ")
_ENTRY_HEAD: Final = struct.Struct(">qQ")
_NUMBER: Final = struct.Struct(">Q")
_NEVER: Final = -1


def segment_bytes(segment_id: SegmentId) -> bytes:
    """Return a segment id as the 12 bytes that it spells."""
    return bytes.fromhex(segment_id)


def member_prefix(segment_id: SegmentId, member_list: MemberList) -> bytes:
    """Return what the keys of one list of a segment begin with (13 bytes)."""
    return bytes.fromhex(segment_id) + _LIST_BYTE[member_list]


def prefix_end(prefix: bytes) -> bytes:
    """Return the smallest key above all that begin with a prefix (which is not all 0xff)."""
    head = prefix.rstrip(b"\xff")
    return head[:-1] + bytes([head[-1] + 1])


def summary_key(segment_id: SegmentId) -> bytes:
    """Return the key of a segment's summary."""
    return b"s" + bytes.fromhex(segment_id)


def definition_key(segment_id: SegmentId) -> bytes:
    """Return the key of a segment's pending definition."""
    return DEFINITION_PREFIX + bytes.fromhex(segment_id)


def state_key(environment_id: EnvironmentId) -> bytes:
    """Return the key of an environment's state."""
    return STATE_PREFIX + bytes.fromhex(environment_id)


def revision_key(environment_id: EnvironmentId, number: int) -> bytes:
    """Return the key of one revision."""
    return bytes.fromhex(environment_id) + _NUMBER.pack(number)


@dataclass(slots=True)
class Summary:
    """Counts and times of one segment; milliseconds since the epoch, -1 for never."""

    included_count: int = 0
    excluded_count: int = 0
    version: int = 0
    changed_at: int = _NEVER
    synced_at: int = _NEVER

    @classmethod
    def decode(cls, value: bytes | None) -> Self:
        """Read a stored summary; None is one of a segment that nobody has written to."""
        return cls() if value is None else cls(*_SUMMARY.unpack(value))

    def encode(self) -> bytes:
        """Return the summary as it is stored."""
        return _SUMMARY.pack(
            self.included_count, self.excluded_count, self.version, self.changed_at, self.synced_at
        )

    def count(self, member_list: MemberList) -> int:
        """Return how many contexts are in a list."""
        if member_list is MemberList.INCLUDED:
            return self.included_count
        return self.excluded_count

    def grow(self, member_list: MemberList, by: int) -> None:
        """Add to the count of a list."""
        if member_list is MemberList.INCLUDED:
            self.included_count += by
        else:
            self.excluded_count += by

    def to_model(self) -> MembershipSummary:
        """Return the summary as the domain knows it."""
        return MembershipSummary(
            self.included_count,
            self.excluded_count,
            self.version,
            _moment(self.changed_at),
            _moment(self.synced_at),
        )


def _moment(millis: int) -> datetime | None:
    return None if millis == _NEVER else from_millis(millis)


@dataclass(slots=True)
class EnvironmentState:
    """Where an environment's revision log stands.

    Attributes:
        last: number of the newest revision.
        first: number of the oldest that is kept.
        changes: member changes in all revisions so far, dropped ones included.
    """

    last: int = 0
    first: int = 1
    changes: int = 0

    @classmethod
    def decode(cls, value: bytes | None) -> Self:
        """Read a stored state; None is that of an environment without revisions."""
        return cls() if value is None else cls(*_STATE.unpack(value))

    def encode(self) -> bytes:
        """Return the state as it is stored."""
        return _STATE.pack(self.last, self.first, self.changes)


@dataclass(frozen=True, slots=True)
class EntryHead:
    """What retention needs of a revision, readable without the rest.

    Attributes:
        committed_at: milliseconds since the epoch.
        changes_so_far: member changes in the environment's revisions up to and with this one.
    """

    committed_at: int
    changes_so_far: int

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Read the head of a stored revision."""
        return cls(*_ENTRY_HEAD.unpack_from(value))


def encode_revision(
    committed_at: int, changes_so_far: int, request_id: RequestId, deltas: Sequence[SegmentDelta]
) -> bytes:
    """Return a revision as it is stored; times in milliseconds since the epoch."""
    body = (request_id, tuple(map(tuple, deltas)))
    return _ENTRY_HEAD.pack(committed_at, changes_so_far) + orjson.dumps(body)


def decode_revision(environment_id: EnvironmentId, key: bytes, value: bytes) -> Revision:
    """Return a stored revision as the domain knows it."""
    head = EntryHead.decode(value)
    request_id, deltas = orjson.loads(memoryview(value)[_ENTRY_HEAD.size :])
    return Revision(
        environment_id=environment_id,
        number=_NUMBER.unpack_from(key, len(key) - _NUMBER.size)[0],
        committed_at=from_millis(head.committed_at),
        request_id=RequestId(request_id),
        deltas=tuple(SegmentDelta(*delta) for delta in deltas),
    )


def encode_definition(segment: Segment) -> bytes:
    """Return a synced segment's definition as JSON; equal segments give equal bytes."""
    source = segment.source
    return orjson.dumps(
        {
            "id": segment.id,
            "environmentId": segment.environment_id,
            "key": segment.key,
            "version": segment.version,
            "generation": segment.generation,
            "contextKind": segment.context_kind,
            "name": segment.name,
            "description": segment.description,
            "tags": list(segment.tags),
            "source": source and [source.integration_key, source.cohort_id, source.url],
            "createdAt": to_millis(segment.created_at),
            "modifiedAt": to_millis(segment.modified_at),
        }
    )


def decode_definition(value: bytes) -> Segment:
    """Return the segment that `encode_definition` wrote."""
    data = orjson.loads(value)
    source = data["source"]
    return Segment(
        id=SegmentId(data["id"]),
        environment_id=EnvironmentId(data["environmentId"]),
        key=SegmentKey(data["key"]),
        unbounded=True,
        generation=data["generation"],
        context_kind=data["contextKind"],
        name=data["name"],
        description=data["description"],
        tags=tuple(data["tags"]),
        source=source and SyncSource(IntegrationKey(source[0]), source[1], source[2]),
        created_at=from_millis(data["createdAt"]),
        modified_at=from_millis(data["modifiedAt"]),
        version=data.get("version", 1),  # older versions wrote none
    )
