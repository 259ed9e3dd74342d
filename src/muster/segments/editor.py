"""Segments made, changed and deleted by hand."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from muster.access.actions import CREATE_SEGMENT, DELETE_SEGMENT
from muster.access.principal import Principal
from muster.audit.model import Access, Actor
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import ConflictError, NotFoundError
from muster.core.ids import RequestId, SegmentId, SegmentKey, new_id
from muster.core.wording import first_of
from muster.segments.details import NO_MEMBERS, SegmentDetails, details_of
from muster.segments.directory import SegmentDirectory
from muster.segments.edits import (
    Edit,
    Edited,
    MemberEdit,
    SegmentDraft,
    changed_actions,
    check_member_edits,
    checked_draft,
    checked_edit,
    require_actions,
    require_creation,
)
from muster.segments.flag_users import FlagUserStore
from muster.segments.member_notes import MemberNotes
from muster.segments.model import (
    ListOutcome,
    MemberChanges,
    MembershipCommit,
    Segment,
)
from muster.segments.place import Place
from muster.segments.store import MembershipStore, SegmentStore


class SegmentEditor:
    """Makes, changes and deletes segments; for the one process that writes memberships.

    What the principal may not do is refused. None is the installation's operator, who may do everything.
    Whoever calls has checked that the principal may view the place.
    """

    def __init__(
        self,
        store: SegmentStore,
        directory: SegmentDirectory,
        memberships: MembershipStore,
        flags: FlagUserStore,
        trail: AuditTrail,
        notes: MemberNotes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._directory = directory
        self._memberships = memberships
        self._flags = flags
        self._trail = trail
        self._notes = notes
        self._clock = clock

    async def create_segment(
        self, principal: Principal | None, place: Place, draft: SegmentDraft
    ) -> SegmentDetails:
        """Make a segment that holds nobody.

        Raises:
            InvalidRequestError: something of the draft can't be so.
            ForbiddenError: the principal may not make it.
            ConflictError: the environment has a segment with this key.
            NotFoundError: the environment has just been deleted.
        """
        draft = checked_draft(draft)
        require_creation(principal, place, draft)
        key = SegmentKey(draft.key)
        async with self._directory.defining(place.id, [key]):
            if await self._directory.find(place.id, key) is not None:
                raise ConflictError(
                    f"The environment has a segment {key} already. Choose another key, or change that one."
                )
            now = self._clock.now()
            segment = Segment(
                id=SegmentId(new_id()),
                environment_id=place.id,
                key=key,
                unbounded=draft.unbounded,
                generation=await self._directory.next_generation(place.id, key),
                context_kind=draft.context_kind,
                name=draft.name,
                description=draft.description,
                tags=tuple(draft.tags),
                source=None,
                created_at=now,
                modified_at=now,
            )
            await asyncio.to_thread(self._insert, principal, place, segment)
        return SegmentDetails(segment, NO_MEMBERS)

    async def update_segment(
        self,
        principal: Principal | None,
        place: Place,
        key: str,
        edit: Edit,
        *,
        comment: str = "",
        dry_run: bool = False,
        actor: Actor | None = None,
    ) -> tuple[SegmentDetails, Edited]:
        """Change a segment and its members; return it as it is then, and what the edit came to.

        An edit that changes nothing is none: no version, no entry in the audit log.

        Args:
            edit: what is to become of it; whatever it raises is raised.
            dry_run: check all, and change nothing; what is returned is what would be.
            actor: who is noted to have made the change; the principal where it is None.

        Raises:
            NotFoundError: there is no such segment.
            InvalidRequestError: the segment can't be so, or that may not be edited by hand.
            ForbiddenError: the principal may not change this of it.
            ConflictError: another process has just changed it.
            UnavailableError: a store can't write.
        """
        segment_key = SegmentKey(key)
        async with self._directory.defining(place.id, [segment_key]):
            before = await self._find(place, segment_key)
            edited = checked_edit(before.segment, edit(before))
            actions = changed_actions(before.segment, edited)
            require_actions(principal, place, before.segment, actions)
            edited = edited._replace(segment=self._next_version(before.segment, edited.segment))
            by = actor or Actor.of(principal)
            if dry_run:
                return details_of(edited.segment, self._memberships), edited
            if any(one.added or one.removed for one in edited.members):
                await self._commit(by, place, before.segment, edited, actions, comment)
            elif edited.segment is not before.segment:
                self._directory.forget(before.segment)
                await asyncio.to_thread(
                    self._update, by, place, before.segment, edited.segment, actions, comment
                )
                self._directory.replace(edited.segment)
        return details_of(edited.segment, self._memberships), edited

    async def change_members(
        self,
        principal: Principal | None,
        place: Place,
        key: str,
        edits: Sequence[MemberEdit],
        *,
        context_kind: str | None = None,
    ) -> None:
        """Change who is in an unbounded segment.

        Like a sync request it waits for no other: changes that come together are committed together.

        Args:
            edits: at most one for each list.
            context_kind: the kind of the contexts, where it is known.

        Raises:
            NotFoundError: there is no such segment.
            InvalidRequestError: the segment is not unbounded, holds contexts of another kind, or may not
                be edited so by hand.
            ForbiddenError: the principal may not change its members.
            UnavailableError: a store can't write.
        """
        segment = await self._find_segment(place, SegmentKey(key))
        check_member_edits(segment, edits, context_kind)
        edited = Edited(segment, edits)
        actions = changed_actions(segment, edited)
        require_actions(principal, place, segment, actions)
        if actions:
            await self._commit(Actor.of(principal), place, segment, edited, actions, "")

    async def delete_segment(self, principal: Principal | None, place: Place, key: str) -> None:
        """Delete a segment; its members are deleted soon after. A new one gets the next generation.

        Raises:
            NotFoundError: there is no such segment.
            ForbiddenError: the principal may not delete it.
            ConflictError: flags or other segments ask for it; they are named.
        """
        segment_key = SegmentKey(key)
        async with self._directory.defining(place.id, [segment_key]):
            segment = await self._find_segment(place, segment_key)
            require_actions(principal, place, segment, [DELETE_SEGMENT])
            await asyncio.to_thread(self._delete, principal, place, segment)
            self._directory.forget(segment)

    async def _find(self, place: Place, key: SegmentKey) -> SegmentDetails:
        return details_of(await self._find_segment(place, key), self._memberships)

    async def _find_segment(self, place: Place, key: SegmentKey) -> Segment:
        segment = await self._directory.find(place.id, key)
        if segment is None:
            raise NotFoundError(f"There is no segment {key[:256]!r} in this environment.")
        return segment

    def _next_version(self, before: Segment, after: Segment) -> Segment:
        if after == before:
            return before
        return replace(after, version=before.version + 1, modified_at=self._clock.now())

    def _insert(self, principal: Principal | None, place: Place, segment: Segment) -> None:
        resource = place.segment_resource(segment.key, segment.tags)
        with self._trail.changing(principal) as notes:
            if not self._store.insert_segment(segment):
                raise NotFoundError(f"The environment {place.key} has just been deleted.")
            notes.note(
                "segment",
                segment.name,
                "created",
                [Access(CREATE_SEGMENT, resource)],
                after=segment.snapshot(),
            )

    def _update(
        self,
        by: Actor,
        place: Place,
        before: Segment,
        after: Segment,
        actions: Collection[str],
        comment: str,
    ) -> None:
        resource = place.segment_resource(before.key, before.tags)
        with self._trail.changing(by) as notes:
            if not self._store.update_segment(after):
                raise ConflictError(
                    f"The segment {before.key} has just been changed or deleted. Read it again, then "
                    "change that."
                )
            notes.note(
                "segment",
                after.name,
                "updated",
                [Access(action, resource) for action in actions],
                before=before.snapshot(),
                after=after.snapshot(),
                comment=comment,
            )

    async def _commit(
        self,
        actor: Actor,
        place: Place,
        before: Segment,
        edited: Edited,
        actions: Sequence[str],
        comment: str,
    ) -> None:
        after = edited.segment
        definitions = [] if after is before else [after]
        outcomes = await self._commit_members(after, edited.members, definitions)
        if definitions:
            await self._directory.save(definitions)
        if definitions or any(one.added or one.removed for one in outcomes):
            lists = [one.member_list.value for one in edited.members]
            self._notes.note_edit(
                actor,
                place,
                before,
                after,
                actions,
                list(zip(lists, outcomes, strict=True)),
                comment,
            )

    async def _commit_members(
        self, segment: Segment, edits: Sequence[MemberEdit], definitions: Sequence[Segment]
    ) -> Sequence[ListOutcome]:
        outcome = await self._memberships.commit(
            MembershipCommit(
                environment_id=segment.environment_id,
                request_id=RequestId(new_id()),
                committed_at=self._clock.now(),
                changes=[
                    MemberChanges(segment.id, one.added, one.removed, one.member_list)
                    for one in edits
                ],
                definitions=definitions,
            )
        )
        return outcome.lists

    def _delete(self, principal: Principal | None, place: Place, segment: Segment) -> None:
        resource = place.segment_resource(segment.key, segment.tags)
        with self._trail.changing(principal) as notes:
            self._check_unused(segment)
            if not self._store.delete_segment(segment.id):
                raise NotFoundError(f"The segment {segment.key} has just been deleted.")
            notes.note(
                "segment",
                segment.name,
                "deleted",
                [Access(DELETE_SEGMENT, resource)],
                before=segment.snapshot(),
            )

    def _check_unused(self, segment: Segment) -> None:
        place, key = segment.environment_id, segment.key
        users = [
            *(f"the flag {one.key}" for one in self._flags.list_segment_users(place, key)),
            *(f"the segment {one.key}" for one in self._store.list_users(place, key)),
        ]
        if users:
            raise ConflictError(
                f"The segment {key} can't be deleted while it is used by the rules of {first_of(users)}. "
                "Change those first."
            )
