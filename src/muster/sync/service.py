"""One sync request: read the body, find the segments, check permission, commit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.accounts.store import EnvironmentDirectory
from muster.core.clock import Clock
from muster.core.errors import ConflictError, MusterError, NotFoundError
from muster.core.ids import RequestId, SegmentId, SegmentKey, new_id
from muster.core.pointers import Json
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.json import decode_body
from muster.payloads.model import SyncChanges
from muster.payloads.parser import RequestParser
from muster.segments.directory import SegmentDirectory
from muster.segments.keys import synced_segment_key
from muster.segments.member_notes import MemberNotes
from muster.segments.model import (
    MemberChanges,
    MembershipCommit,
    Segment,
)
from muster.segments.store import MembershipStore
from muster.sync.catalog import Integration
from muster.sync.log import SyncRecord
from muster.sync.plan import SegmentPlan

_LARGE_BODY: Final = 256 * 1024
"""From this size on, in bytes, a body is read in a thread of its own."""
_MOST_SEGMENTS_LOGGED: Final = 100
"""How many of a request's segments the sync log names."""


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
        attempt.environment = environment
        plans = [
            SegmentPlan(
                synced_segment_key(attempt.integration.key, cohort.cohort_id),
                attempt.integration.key,
                changes.context_kind,
                cohort,
            )
            for cohort in changes.cohorts
        ]
        attempt.segment_keys = tuple(plan.key for plan in plans)
        if not plans:
            return
        for plan in plans:
            plan.segment = self._segments.cached(environment.id, plan.key)
        if all(plan.segment and not plan.redefinition(attempt.received_at) for plan in plans):
            _check(attempt, environment, plans)
            for plan in plans:
                plan.before = plan.segment
            await self._commit(attempt, environment, plans, ())
        else:
            await self._define_and_commit(attempt, environment, plans)

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
        outcome = await self._memberships.commit(
            MembershipCommit(
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
        )
        for plan, done in zip(plans, outcome.lists, strict=True):
            attempt.added += done.added
            attempt.removed += done.removed
            attempt.unchanged += done.unchanged
            if plan.segment is not None:
                self._notes.note_sync(
                    attempt.principal, environment, plan.before, plan.segment, done
                )


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
