"""Segments and their memberships."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from muster.core.ids import EnvironmentId, IntegrationKey, RequestId, SegmentId, SegmentKey
from muster.core.pointers import Json
from muster.segments.rules import SegmentRule
from muster.segments.targets import ContextTargets, count_targets


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
    """A segment of an environment, as the control store keeps it.

    Who is in an unbounded segment stands elsewhere; any other one holds its targets itself.

    Attributes:
        unbounded: whether it is *big*: its members are in the membership store, as many as may be. Synced
            segments are.
        generation: 1, and one more each time the key is deleted and created again.
        context_kind: the kind of the contexts that are members of an unbounded segment.
        source: set for synced segments, and only for them.
        modified_at: when anything but its members last changed.
        rules: which further contexts are in it, in order.
        included: the contexts that are in it, where it is not unbounded.
        excluded: those that are not in it whatever its rules say, where it is not unbounded.
        version: 1, and one more with each change of anything but its members in the membership store.
    """

    id: SegmentId
    environment_id: EnvironmentId
    key: SegmentKey
    unbounded: bool
    generation: int
    context_kind: str
    name: str
    description: str
    tags: tuple[str, ...]
    source: SyncSource | None
    created_at: datetime
    modified_at: datetime
    rules: tuple[SegmentRule, ...] = ()
    included: tuple[ContextTargets, ...] = ()
    excluded: tuple[ContextTargets, ...] = ()
    version: int = 1

    @property
    def kind(self) -> SegmentKind:
        """How its members are told."""
        if self.source is not None:
            return SegmentKind.SYNCED
        if self.unbounded or (not self.rules and (self.included or self.excluded)):
            return SegmentKind.LIST_BASED
        return SegmentKind.RULE_BASED

    @property
    def reference(self) -> str:
        """How SDKs name the segment in a big segment store."""
        return f"{self.key}.g{self.generation}"

    def targets(self, member_list: "MemberList") -> tuple[ContextTargets, ...]:
        """Return the targets in a list, where it is not unbounded."""
        return self.included if member_list is MemberList.INCLUDED else self.excluded

    def with_targets(
        self, member_list: "MemberList", targets: tuple[ContextTargets, ...]
    ) -> "Segment":
        """Return the segment with these targets in a list."""
        if member_list is MemberList.INCLUDED:
            return replace(self, included=targets)
        return replace(self, excluded=targets)

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the segment: of its members only how many there are."""
        shown: dict[str, Json] = {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "description": self.description,
            "tags": list(self.tags),
            "kind": self.kind.value,
            "unbounded": self.unbounded,
            "generation": self.generation,
            "version": self.version,
            "rules": [rule.to_json() for rule in self.rules],
        }
        if self.source is not None:
            shown["integrationKey"] = self.source.integration_key
            shown["cohortId"] = self.source.cohort_id
        if self.unbounded:
            shown["contextKind"] = self.context_kind
        else:
            shown["includedCount"] = count_targets(self.included)
            shown["excludedCount"] = count_targets(self.excluded)
        return shown


@dataclass(frozen=True, slots=True)
class MembershipSummary:
    """What is known of a segment's members without reading them.

    Attributes:
        included_count: how many contexts are included; exact.
        excluded_count: how many contexts are excluded; exact.
        version: how many requests have changed its members.
        changed_at: when its members last changed.
        synced_at: when a partner's request last named it, whether or not that changed anything; None
            for a segment that was only ever changed by hand.
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
        is_sync: whether a partner's request asks, and not somebody who changes members by hand.
    """

    environment_id: EnvironmentId
    request_id: RequestId
    committed_at: datetime
    changes: Sequence[MemberChanges]
    definitions: Sequence[Segment] = ()
    is_sync: bool = False


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
