"""Expiring targets: contexts that leave a list of a segment at a moment.

What expires is looked for every second. The context leaves the list first, then the note goes: a crash
in between does that again, and nothing more.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from muster.access.actions import UPDATE_EXPIRING_TARGETS
from muster.access.principal import Principal
from muster.audit.model import Access, Actor
from muster.audit.trail import AuditTrail
from muster.core.clock import LATEST_MILLIS, Clock, from_millis
from muster.core.errors import InvalidRequestError, MusterError, NotFoundError
from muster.core.ids import SegmentId, new_id
from muster.core.json_values import describe, show, unexpected
from muster.core.pointers import MISSING, Json
from muster.segments.details import SegmentDetails
from muster.segments.editor import SegmentEditor
from muster.segments.edits import Edited, MemberEdit, require_actions
from muster.segments.model import MemberList, Segment
from muster.segments.place import FindPlace, Place
from muster.segments.store import MembershipReader
from muster.segments.targets import check_context_key, keys_of, with_keys

_log = structlog.get_logger(__name__)

_PAUSE_SECONDS: Final = 1.0
_AT_ONCE: Final = 500
_CLOCKS_DIFFER_BY: Final = timedelta(minutes=1)
"""How long past a moment may be that a caller takes for one to come."""


@dataclass(frozen=True, slots=True)
class ExpiringTarget:
    """A context that leaves a list of a segment.

    Attributes:
        version: 1, and one more each time that the moment is changed.
    """

    id: str
    segment_id: SegmentId
    member_list: MemberList
    context_kind: str
    context_key: str
    expires_at: datetime
    version: int = 1

    @property
    def target(self) -> tuple[MemberList, str, str]:
        """What leaves what."""
        return self.member_list, self.context_kind, self.context_key


class ExpiringTargetStore(Protocol):
    """Keeps expiring targets. Its methods may block: call them from a worker thread.

    Those of a segment go when that is deleted.
    """

    def list_targets(self, segment_id: SegmentId) -> Sequence[ExpiringTarget]:
        """Return those of a segment, the first to expire first."""
        ...

    def list_due(self, now: datetime, limit: int) -> Sequence[ExpiringTarget]:
        """Return up to `limit` of those whose moment has come, the longest due first."""
        ...

    def save_targets(
        self, saved: Sequence[ExpiringTarget], deleted: Sequence[ExpiringTarget]
    ) -> None:
        """Store some, which are new or overwrite those with the same id, and delete others."""
        ...


@dataclass(frozen=True, slots=True)
class FailedInstruction:
    """An instruction that could not be followed: its place in the patch, and why."""

    index: int
    message: str


class ExpiringTargetService:
    """Keeps when targets expire, and lets them.

    What the principal may not do is refused. None is the installation's operator, who may do everything.
    """

    def __init__(
        self,
        store: ExpiringTargetStore,
        memberships: MembershipReader,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._store = store
        self._memberships = memberships
        self._trail = trail
        self._clock = clock

    def list_targets(self, segment: Segment) -> Sequence[ExpiringTarget]:
        """Return the targets of a segment that expire, and are in it still; the first one first."""
        found = self._store.list_targets(segment.id)
        return [one for one in found if self._is_targeted(segment, one)]

    def change_targets(
        self,
        principal: Principal | None,
        place: Place,
        segment: Segment,
        instructions: Json,
        *,
        comment: str = "",
    ) -> tuple[Sequence[ExpiringTarget], Sequence[FailedInstruction]]:
        """Follow instructions; one that can't be followed does not keep the others from it.

        Args:
            instructions: as they were sent: `[{"kind": "addExpiringTarget", ...}]`.

        Returns:
            The targets that expire now, and the instructions that were not followed.

        Raises:
            InvalidRequestError: it is no list of instructions.
            ForbiddenError: the principal may not change when targets expire.
        """
        require_actions(principal, place, segment, [UPDATE_EXPIRING_TARGETS])
        if not isinstance(instructions, list):
            raise InvalidRequestError(
                'Expected a list of instructions: [{"kind": "addExpiringTarget", ...}].',
                pointer="/instructions",
            )
        before = {one.target: one for one in self.list_targets(segment)}
        after = dict(before)
        failed: list[FailedInstruction] = []
        for index, instruction in enumerate(instructions):
            try:
                self._follow(segment, after, instruction, f"/instructions/{index}")
            except MusterError as error:
                failed.append(FailedInstruction(index, error.message))
        saved = [one for one in after.values() if before.get(one.target) != one]
        deleted = [one for one in before.values() if one.target not in after]
        if saved or deleted:
            resource = place.segment_resource(segment.key, segment.tags)
            with self._trail.changing(principal) as notes:
                self._store.save_targets(saved, deleted)
                notes.note(
                    "segment",
                    segment.name,
                    "updated",
                    [Access(UPDATE_EXPIRING_TARGETS, resource)],
                    before={**segment.snapshot(), "expiringTargetCount": len(before)},
                    after={**segment.snapshot(), "expiringTargetCount": len(after)},
                    comment=comment,
                )
        return sorted(after.values(), key=lambda one: one.expires_at), failed

    def _follow(
        self,
        segment: Segment,
        targets: dict[tuple[MemberList, str, str], ExpiringTarget],
        instruction: Json,
        pointer: str,
    ) -> None:
        if not isinstance(instruction, dict):
            raise unexpected(describe(instruction), "an instruction: an object", pointer)
        wanted = instruction.get("kind", MISSING)
        action = _KINDS.get(str(wanted))
        if action is None:
            raise unexpected(show(wanted), f"one of {', '.join(_KINDS)}", f"{pointer}/kind")
        one = _read_target(segment, instruction, pointer, is_removal=action == "remove")
        if action != "remove" and one.expires_at < self._clock.now() - _CLOCKS_DIFFER_BY:
            raise InvalidRequestError(
                f"{pointer}/value: the moment {one.expires_at:%Y-%m-%d %H:%M:%S} UTC is past. Give one that "
                "is to come, in milliseconds since 1970-01-01 UTC."
            )
        known = targets.get(one.target)
        if action != "add":
            if known is None:
                raise NotFoundError(f"{pointer}: this target does not expire.")
            if instruction.get("version") not in (None, known.version):
                raise InvalidRequestError(
                    f"{pointer}/version: the version is {known.version} by now."
                )
        if action == "remove":
            del targets[one.target]
        elif known is None:
            if not self._is_targeted(segment, one):
                raise InvalidRequestError(
                    f"{pointer}/{_key_field(instruction)}: the segment's {one.member_list} list does not "
                    "hold this context."
                )
            targets[one.target] = one
        elif known.expires_at != one.expires_at:
            targets[one.target] = replace(
                known, expires_at=one.expires_at, version=known.version + 1
            )

    def _is_targeted(self, segment: Segment, one: ExpiringTarget) -> bool:
        if not segment.unbounded:
            return one.context_key in keys_of(segment.targets(one.member_list), one.context_kind)
        found = self._memberships.membership(segment.id, one.context_key)
        return found.included if one.member_list is MemberList.INCLUDED else found.excluded


class TargetExpirer:
    """Takes contexts out of lists when their moment has come."""

    def __init__(
        self,
        store: ExpiringTargetStore,
        editor: SegmentEditor,
        find: FindPlace,
        clock: Clock,
    ) -> None:
        self._store = store
        self._editor = editor
        self._find = find
        self._clock = clock

    async def run(self) -> None:
        """Do what is due, again and again, until cancelled."""
        while True:
            try:
                await self.expire()
            except MusterError as error:
                _log.error("targets not expired; will be tried again", reason=error.message)
            except Exception:
                _log.exception("targets not expired; will be tried again")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def expire(self) -> int:
        """Take out those whose moment has come; return how many.

        Raises:
            UnavailableError: a store can't be read or written; what is left is done by the next call.
        """
        count = 0
        while due := await asyncio.to_thread(self._store.list_due, self._clock.now(), _AT_ONCE):
            by_segment: dict[SegmentId, list[ExpiringTarget]] = {}
            for one in due:
                by_segment.setdefault(one.segment_id, []).append(one)
            for segment_id, targets in by_segment.items():
                await self._expire_of(segment_id, targets)
                await asyncio.to_thread(self._store.save_targets, [], targets)
            count += len(due)
        return count

    async def _expire_of(self, segment_id: SegmentId, targets: Sequence[ExpiringTarget]) -> None:
        found = await asyncio.to_thread(self._find, segment_id)
        if found is None:
            return
        place, segment = found
        try:
            await self._editor.update_segment(
                None,
                place,
                segment.key,
                lambda details: _without(details, segment_id, targets),
                comment="Targets have expired.",
                actor=Actor.server(),
            )
        except NotFoundError:
            return  # the segment went meanwhile, and its targets with it


_KINDS: Final[Mapping[str, str]] = {
    "addExpiringTarget": "add",
    "updateExpiringTarget": "update",
    "removeExpiringTarget": "remove",
    "addExpireUserTargetDate": "add",
    "updateExpireUserTargetDate": "update",
    "removeExpireUserTargetDate": "remove",
}


def _is_of_user(instruction: Mapping[str, Json]) -> bool:
    return "UserTarget" in str(instruction.get("kind"))


def _key_field(instruction: Mapping[str, Json]) -> str:
    return "userKey" if _is_of_user(instruction) else "contextKey"


def _read_target(
    segment: Segment, instruction: Mapping[str, Json], pointer: str, *, is_removal: bool
) -> ExpiringTarget:
    is_of_user = _is_of_user(instruction)
    key_field = _key_field(instruction)
    target_type = instruction.get("targetType", MISSING)
    if target_type not in tuple(MemberList):
        raise unexpected(show(target_type), "included or excluded", f"{pointer}/targetType")
    member_list = MemberList(str(target_type))
    if segment.source is not None and member_list is MemberList.INCLUDED:
        raise InvalidRequestError(
            f"{pointer}: the included members are synced by {segment.source.integration_key}; they can't "
            "expire here."
        )
    default = segment.context_kind if segment.unbounded else "user"
    kind = "user" if is_of_user else str(instruction.get("contextKind") or default)
    if segment.unbounded and kind != segment.context_kind:
        raise InvalidRequestError(
            f"{pointer}/contextKind: the segment holds contexts of kind {segment.context_kind}."
        )
    value = instruction.get("value")
    if is_removal:
        value = 0
    if type(value) is not int or not 0 <= value <= LATEST_MILLIS:
        raise unexpected(
            show(instruction.get("value", MISSING)),
            "a moment, in milliseconds since 1970-01-01 UTC",
            f"{pointer}/value",
        )
    return ExpiringTarget(
        id=new_id(),
        segment_id=segment.id,
        member_list=member_list,
        context_kind=kind,
        context_key=check_context_key(instruction.get(key_field), f"{pointer}/{key_field}"),
        expires_at=from_millis(value),
    )


def _without(
    details: SegmentDetails, segment_id: SegmentId, targets: Sequence[ExpiringTarget]
) -> Edited:
    """Return what becomes of a segment when targets have left it."""
    segment = details.segment
    if segment.id != segment_id:
        raise NotFoundError(f"The segment {segment.key} is another one by now.")
    if segment.unbounded:
        edits = [
            MemberEdit(
                member_list,
                removed=[one.context_key for one in targets if one.member_list is member_list],
            )
            for member_list in MemberList
        ]
        return Edited(segment, [one for one in edits if one.removed])
    for one in targets:
        here = segment.targets(one.member_list)
        left = [key for key in keys_of(here, one.context_kind) if key != one.context_key]
        segment = segment.with_targets(one.member_list, with_keys(here, one.context_kind, left))
    return Edited(segment)
