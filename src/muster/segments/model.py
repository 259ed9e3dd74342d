"""Segments and their memberships."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from muster.core.ids import EnvironmentId, IntegrationKey, RequestId, SegmentId, SegmentKey


class SegmentKind(StrEnum):
    """How a segment's members are told."""

    RULE_BASED = "rule-based"
    LIST_BASED = "list-based"
    SYNCED = "synced"


@dataclass(frozen=True, slots=True)
class SyncSource:
    """Where a synced segment comes from: one cohort of one integration."""

    integration_key: IntegrationKey
    cohort_id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of an environment, as the control store keeps it; who is in it stands elsewhere.

    Attributes:
        generation: 1, and one more each time the key is deleted and created again.
        context_kind: the kind of the contexts that are its members.
        source: set for synced segments, and only for them.
        modified_at: when anything but its members last changed.
    """

    id: SegmentId
    environment_id: EnvironmentId
    key: SegmentKey
    kind: SegmentKind
    generation: int
    context_kind: str
    name: str
    description: str
    tags: tuple[str, ...]
    source: SyncSource | None
    created_at: datetime
    modified_at: datetime

    @property
    def reference(self) -> str:
        """How SDKs name the segment in a big segment store."""
        return f"{self.key}.g{self.generation}"


@dataclass(frozen=True, slots=True)
class MembershipSummary:
    """What is known of a segment's members without reading them.

    Attributes:
        included_count: how many contexts are included; exact.
        excluded_count: how many contexts are excluded; exact.
        version: how many requests have changed its members.
        changed_at: when its members last changed.
        synced_at: when a request last named it, whether or not that changed anything.
    """

    included_count: int
    excluded_count: int
    version: int
    changed_at: datetime | None
    synced_at: datetime | None


class MemberList(StrEnum):
    """A segment's two lists of contexts; to be included overrules to be excluded."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Membership:
    """In which of a segment's lists a context stands."""

    included: bool
    excluded: bool


class MemberChanges(NamedTuple):
    """Who is to enter and to leave one list of one segment.

    No key is in both and none is twice in one.
    """

    segment_id: SegmentId
    added: Sequence[str]
    removed: Sequence[str]
    member_list: MemberList = MemberList.INCLUDED


class MembershipCommit(NamedTuple):
    """What one request asks of the membership store: it applies whole or not at all.

    Attributes:
        definitions: segments that are new, or whose name or source has changed; they become
            durable in the same commit (see `MembershipStore.pending_definitions`).
        changes: at most one for each list of each segment.
    """

    environment_id: EnvironmentId
    request_id: RequestId
    committed_at: datetime
    changes: Sequence[MemberChanges]
    definitions: Sequence[Segment] = ()


class ListOutcome(NamedTuple):
    """What a commit did to one list of one segment."""

    added: int
    removed: int
    unchanged: int


class CommitOutcome(NamedTuple):
    """What a commit did.

    Attributes:
        revision: its number in the environment's revision log, or None where nothing changed.
        lists: an outcome for each of the commit's `changes`, in their order.
    """

    revision: int | None
    lists: Sequence[ListOutcome]
