"""One sync request: read the body, find the segments, check permission, commit."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.accounts.store import EnvironmentDirectory
from muster.core.clock import Clock
from muster.core.errors import ConflictError, MusterError, NotFoundError, UnavailableError
from muster.core.ids import RequestId, SegmentId, SegmentKey, new_id
from muster.core.pointers import Json
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.json import decode_body
from muster.payloads.model import SyncChanges
from muster.payloads.parser import RequestParser
from muster.segments.directory import SegmentDirectory
from muster.segments.keys import synced_segment_key
from muster.segments.member_notes import MemberNotes
from muster.segments.model import CommitOutcome, MemberChanges, MembershipCommit, Segment
from muster.segments.store import MembershipStore
from muster.sync.catalog import Integration
from muster.sync.log import SyncRecord
from muster.sync.plan import SegmentPlan

_LARGE_BODY: Final = 256 * 1024
"""From this size on, in bytes, a body is read in a thread of its own."""
_MOST_SEGMENTS_LOGGED: Final = 100
"""How many of a request's segments the sync log names."""


_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(slots=True)
class SyncAttempt:
    """A sync request on its way, and what is known of it so far.

    Attributes:
        environment_id: as the body gave it, whether or not there is such an environment.
        body: the decoded body, None until it is.
    """

    integration: Integration
    principal: Principal
    received_at: datetime
    id: RequestId = field(default_factory=lambda: RequestId(new_id()))
    body: Json = None
    environment_id: str | None = None
    environment: Environment | None = None
    segment_keys: tuple[SegmentKey, ...] = ()
    received: int = 0
    added: int = 0
    removed: int = 0
    unchanged: int = 0

    def to_record(
        self, status: int, duration: timedelta, error: MusterError | None = None
    ) -> SyncRecord:
        """Return the sync log's row for this request."""
        return SyncRecord(
            id=self.id,
            received_at=self.received_at,
            integration_key=self.integration.key,
            environment_id=self.environment_id,
            segment_keys=self.segment_keys[:_MOST_SEGMENTS_LOGGED],
            token_id=self.principal.token_id,
            status=status,
            received=self.received,
            added=self.added,
            removed=self.removed,
            unchanged=self.unchanged,
            duration=duration,
            error_code=error.code if error else None,
            error_pointer=error.pointer if error else None,
            error_message=error.message if error else None,
        )


Concluded = Sequence[tuple[SyncAttempt, Exception | None]]
"""Attempts that were submitted, and why nothing of one is applied; None where all of it is on disk."""
_Ready = tuple[SyncAttempt, Environment, Sequence[SegmentPlan]]
"""What is to be committed as it stands."""


class SyncService:
    """Applies sync requests: each whole or not at all."""

    def __init__(
        self,
        environments: EnvironmentDirectory,
        segments: SegmentDirectory,
        memberships: MembershipStore,
        notes: MemberNotes,
        clock: Clock,
    ) -> None:
        self._notes = notes
        self._environments = environments
        self._segments = segments
        self._memberships = memberships
        self._clock = clock

    def begin(self, integration: Integration, principal: Principal) -> SyncAttempt:
        """Return the attempt for a request that has just come in."""
        return SyncAttempt(integration, principal, self._clock.now())

    async def apply(self, attempt: SyncAttempt, body: bytes) -> None:
        """Apply a body; return once every change is on disk. The attempt says what changed.

        Raises:
            NotFoundError: the integration has no synced segments.
            InvalidRequestError: the body can't be read, or names an unknown environment.
            ForbiddenError: the principal may not create or update one of the segments.
            ConflictError: a segment exists, and is of another context kind or another source.
            UnavailableError: the store can't write.
        """
        parser = attempt.integration.parser
        if parser is None:
            raise NotFoundError(
                f"The integration {attempt.integration.key} has no synced segments: its manifest "
                "declares no syncedSegment capability."
            )
        try:
            if len(body) < _LARGE_BODY:
                changes = _read(attempt, parser, body)
            else:
                changes = await asyncio.to_thread(_read, attempt, parser, body)
        except InvalidPayloadError:
            # What the body says all the same is for the partner's answer and for the log.
            if attempt.environment_id is not None:
                attempt.environment = await self._environments.find(attempt.environment_id)
            raise
        environment = await self._find_environment(attempt, parser, changes)
        plans = self._plan(attempt, environment, changes)
        if not plans:
            return
        if _are_defined(attempt, plans):
            _check(attempt, environment, plans)
            await self._commit(attempt, environment, plans, ())
        else:
            await self._define_and_commit(attempt, environment, plans)

    def submit(
        self,
        asked: Sequence[tuple[SyncAttempt, bytes]],
        done: Callable[[Concluded], None],
    ) -> Sequence[SyncAttempt]:
        """Have bodies applied where nothing but the disk has to be waited for; return the attempts at it.

        That is so where the environment and the segments are in memory, and the body says nothing new of
        the segments themselves. `apply` is for all others, those that are to be refused included: nothing
        of them is done.

        Args:
            done: told in the event loop what came of these attempts, once all that applies is on disk.
        """
        # Step by step with all, rather than one after the other through all steps: a step that is taken
        # again and again finds its code in the processor's cache.
        read = _those_that_go_on(_read_at_once, asked)
        ready = _those_that_go_on(self._plan_at_once, read)
        if not ready:
            return []
        commits = [
            self._to_commit(attempt, environment, plans, ())
            for attempt, environment, plans in ready
        ]
        try:
            self._memberships.submit(commits, partial(self._conclude, ready, done))
        except UnavailableError:
            return []
        return [attempt for attempt, _, _ in ready]

    def _plan_at_once(self, read: tuple[SyncAttempt, SyncChanges]) -> _Ready | None:
        """Return what memory says is to be done, or None where a store has to be asked."""
        attempt, changes = read
        environment = self._environments.cached(changes.environment_id, attempt.received_at)
        if environment is None:
            return None
        plans = self._plan(attempt, environment, changes)
        if not plans or not _are_defined(attempt, plans):
            return None
        _check(attempt, environment, plans)
        return attempt, environment, plans

    def _conclude(
        self,
        ready: Sequence[_Ready],
        done: Callable[[Concluded], None],
        outcomes: Sequence[CommitOutcome | Exception],
    ) -> None:
        concluded: list[tuple[SyncAttempt, Exception | None]] = []
        for (attempt, environment, plans), outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, CommitOutcome):
                self._note(attempt, environment, plans, outcome)
            concluded.append((attempt, outcome if isinstance(outcome, Exception) else None))
        done(concluded)

    def _plan(
        self, attempt: SyncAttempt, environment: Environment, changes: SyncChanges
    ) -> Sequence[SegmentPlan]:
        """Return what is wanted of each segment, with the segment where it is in memory."""
        attempt.environment_id, attempt.environment = changes.environment_id, environment
        plans = []
        for cohort in changes.cohorts:
            key = synced_segment_key(attempt.integration.key, cohort.cohort_id)
            segment = self._segments.cached(environment.id, key)
            plans.append(
                SegmentPlan(
                    key, attempt.integration.key, changes.context_kind, cohort, segment, segment
                )
            )
        attempt.segment_keys = tuple(plan.key for plan in plans)
        return plans

    async def _find_environment(
        self, attempt: SyncAttempt, parser: RequestParser, changes: SyncChanges
    ) -> Environment:
        attempt.environment_id = changes.environment_id
        environment = self._environments.cached(changes.environment_id, attempt.received_at)
        if environment is None:
            environment = await self._environments.find(changes.environment_id)
        if environment is None:
            pointer = parser.environment_id_pointer
            raise InvalidPayloadError(
                f"{pointer}: found an ID that no environment has, expected an environment's "
                "client-side ID. Send the 24 hexadecimal digits that Muster shows beside the "
                "environment; its key or SDK key is not its ID.",
                pointer=pointer,
            )
        return environment

    async def _define_and_commit(
        self, attempt: SyncAttempt, environment: Environment, plans: Sequence[SegmentPlan]
    ) -> None:
        async with self._segments.defining(environment.id, attempt.segment_keys):
            for plan in plans:
                plan.segment = await self._segments.find(environment.id, plan.key)
            _check(attempt, environment, plans)
            definitions = []
            for plan in plans:
                plan.before = plan.segment
                defined = await self._definition(attempt, environment, plan)
                if defined is not None:
                    plan.segment = defined
                    definitions.append(defined)
            await self._commit(attempt, environment, plans, definitions)
            if definitions:
                await self._segments.save(definitions)

    async def _definition(
        self, attempt: SyncAttempt, environment: Environment, plan: SegmentPlan
    ) -> Segment | None:
        """Return the segment as it has to be from now on, or None where it is that already."""
        if plan.segment is not None:
            return plan.redefinition(attempt.received_at)
        generation = await self._segments.next_generation(environment.id, plan.key)
        return plan.new_segment(SegmentId(new_id()), environment, generation, attempt.received_at)

    async def _commit(
        self,
        attempt: SyncAttempt,
        environment: Environment,
        plans: Sequence[SegmentPlan],
        definitions: Sequence[Segment],
    ) -> None:
        commit = self._to_commit(attempt, environment, plans, definitions)
        self._note(attempt, environment, plans, await self._memberships.commit(commit))

    def _to_commit(
        self,
        attempt: SyncAttempt,
        environment: Environment,
        plans: Sequence[SegmentPlan],
        definitions: Sequence[Segment],
    ) -> MembershipCommit:
        return MembershipCommit(
            environment_id=environment.id,
            request_id=attempt.id,
            committed_at=self._clock.now(),
            changes=[
                MemberChanges(plan.segment.id, plan.cohort.added, plan.cohort.removed)
                for plan in plans
                if plan.segment is not None
            ],
            definitions=definitions,
            is_sync=True,
        )

    def _note(
        self,
        attempt: SyncAttempt,
        environment: Environment,
        plans: Sequence[SegmentPlan],
        outcome: CommitOutcome,
    ) -> None:
        """Note what a commit did: in the attempt, and for the audit log."""
        for plan, done in zip(plans, outcome.lists, strict=True):
            attempt.added += done.added
            attempt.removed += done.removed
            attempt.unchanged += done.unchanged
            if plan.segment is not None:
                self._notes.note_sync(
                    attempt.principal, environment, plan.before, plan.segment, done
                )


def _are_defined(attempt: SyncAttempt, plans: Sequence[SegmentPlan]) -> bool:
    """Tell whether all segments are there already, with the partner's last word on name and URL."""
    return all(plan.segment and not plan.redefinition(attempt.received_at) for plan in plans)


def _those_that_go_on(step: Callable[[_T], _R | None], items: Iterable[_T]) -> list[_R]:
    """Take a step with each; leave out those for which it gives None, or fails as `apply` will again."""
    results = []
    for item in items:
        try:
            result = step(item)
        except Exception:  # noqa: S112 - `apply` meets it again, and tells of it
            continue
        if result is not None:
            results.append(result)
    return results


def _read_at_once(asked: tuple[SyncAttempt, bytes]) -> tuple[SyncAttempt, SyncChanges] | None:
    attempt, body = asked
    parser = attempt.integration.parser
    if parser is None or len(body) >= _LARGE_BODY:
        return None
    return attempt, _read(attempt, parser, body)


def _check(attempt: SyncAttempt, environment: Environment, plans: Sequence[SegmentPlan]) -> None:
    """Check permission for every segment first, then whether each fits."""
    for plan in plans:
        plan.check_permission(attempt.principal, environment)
    if len(set(attempt.segment_keys)) < len(plans):
        raise ConflictError(
            "Two cohorts of this request have ids whose segments would have one key. Give one of "
            "them another id."
        )
    for plan in plans:
        plan.check_fits()


def _read(attempt: SyncAttempt, parser: RequestParser, body: bytes) -> SyncChanges:
    attempt.body = decode_body(body)
    try:
        changes = parser.parse(attempt.body)
    except InvalidPayloadError:
        attempt.environment_id = parser.find_environment_id(attempt.body)
        attempt.segment_keys = tuple(
            synced_segment_key(attempt.integration.key, cohort_id)
            for cohort_id in parser.find_cohort_ids(attempt.body)
        )
        raise
    attempt.received = changes.received
    return changes
