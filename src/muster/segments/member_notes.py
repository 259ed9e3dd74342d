"""Audit entries of changed members: gathered, and written about twice a second.

Members change far more often than anything else, by thousands of requests a second, so their entries are
not part of the change itself: a crash may cost the last second of them, never a change. What the same
token syncs into the same segment within half a second is one entry.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from muster.access.actions import CREATE_SEGMENT, UPDATE_INCLUDED, UPDATE_NAME
from muster.access.principal import Principal
from muster.audit.model import Access, Actor, AuditEntry
from muster.audit.trail import AuditTrail
from muster.core.errors import MusterError
from muster.core.ids import SegmentId, TokenId
from muster.segments.model import ListOutcome, Segment
from muster.segments.place import Place

_log = structlog.get_logger(__name__)

_FLUSH_SECONDS: Final = 0.5
_CAPACITY: Final = 100_000


@dataclass(slots=True)
class _Syncs:
    """What one token has synced into one segment since the last flush."""

    place: Place
    segment: Segment
    actor: Actor
    before: Segment | None
    requests: int = 0
    added: int = 0
    removed: int = 0


@dataclass(slots=True)
class MemberNotes:
    """Gathers what became of members, and writes audit entries of it."""

    _trail: AuditTrail
    _syncs: dict[tuple[SegmentId, TokenId], _Syncs] = field(default_factory=dict)
    _waiting: deque[AuditEntry] = field(default_factory=lambda: deque(maxlen=_CAPACITY))

    def note_sync(
        self,
        principal: Principal,
        place: Place,
        before: Segment | None,
        after: Segment,
        outcome: ListOutcome,
    ) -> None:
        """Take note of what a sync request did to a segment; before it was None where it is new."""
        if after is before and not (outcome.added or outcome.removed):
            return
        syncs = self._syncs.get((after.id, principal.token_id))
        if syncs is None:
            syncs = _Syncs(place, after, Actor.of(principal), before)
            self._syncs[after.id, principal.token_id] = syncs
        syncs.segment = after
        syncs.requests += 1
        syncs.added += outcome.added
        syncs.removed += outcome.removed

    def note_edit(
        self,
        actor: Actor,
        place: Place,
        before: Segment,
        after: Segment,
        actions: Sequence[str],
        outcomes: Sequence[tuple[str, ListOutcome]],
        comment: str = "",
    ) -> None:
        """Take note of an edit by hand.

        Args:
            outcomes: what became of each list of members, by its name.
        """
        resource = place.segment_resource(before.key, before.tags)
        counts = {
            name: {"added": outcome.added, "removed": outcome.removed} for name, outcome in outcomes
        }
        self._waiting.append(
            self._trail.entry(
                actor,
                "segment",
                after.name,
                "updated",
                [Access(action, resource) for action in actions],
                before=before.snapshot(),
                after={**after.snapshot(), "changedMembers": counts},
                comment=comment,
            )
        )

    async def run(self) -> None:
        """Write what waits, again and again, until cancelled."""
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits; what can't be written waits on."""
        syncs, self._syncs = self._syncs, {}
        self._waiting.extend(map(self._sync_entry, syncs.values()))
        if not self._waiting:
            return
        entries = list(self._waiting)
        self._waiting.clear()
        try:
            await asyncio.to_thread(self._trail.append, entries)
        except MusterError as error:
            self._waiting.extendleft(reversed(entries))
            _log.error("audit entries not written; will be tried again", reason=error.message)

    def _sync_entry(self, syncs: _Syncs) -> AuditEntry:
        before, after = syncs.before, syncs.segment
        resource = syncs.place.segment_resource(after.key, after.tags)
        actions = [CREATE_SEGMENT] if before is None else []
        if before is not None and before.name != after.name:
            actions.append(UPDATE_NAME)
        if syncs.added or syncs.removed or not actions:
            actions.append(UPDATE_INCLUDED)
        counts = {"included": {"added": syncs.added, "removed": syncs.removed}}
        return self._trail.entry(
            syncs.actor,
            "segment",
            after.name,
            "created" if before is None else "updated",
            [Access(action, resource) for action in actions],
            before=None if before is None else before.snapshot(),
            after={
                **after.snapshot(),
                "changedMembers": counts,
                "syncRequests": syncs.requests,
            },
        )
