"""Edits of segments: what may be another, which actions that takes, and what may not be edited by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from muster.access.actions import CREATE_SEGMENT, UPDATE_EXCLUDED, UPDATE_INCLUDED, UPDATE_NAME
from muster.access.principal import Principal
from muster.core.errors import InvalidRequestError
from muster.core.naming import check_context_kind, check_key, check_name, clean_tags
from muster.segments.details import SegmentDetails
from muster.segments.model import MemberList, Segment, SyncSource
from muster.segments.place import Place
from muster.segments.rules import SegmentRule, read_rules
from muster.segments.targets import DEFAULT_CONTEXT_KIND, check_targets

MAX_DESCRIPTION_LENGTH: Final = 4_096
_ACTIONS: Final = {
    "name": UPDATE_NAME,
    "description": "updateDescription",
    "tags": "updateTags",
    "rules": "updateRules",
    "included": UPDATE_INCLUDED,
    "excluded": UPDATE_EXCLUDED,
}
"""What can be changed of a segment, and the action that does."""
_MEMBER_ACTIONS: Final = {
    MemberList.INCLUDED: UPDATE_INCLUDED,
    MemberList.EXCLUDED: UPDATE_EXCLUDED,
}


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """A segment that is to be made; see `Segment`."""

    key: str
    name: str
    description: str = ""
    tags: Sequence[str] = ()
    unbounded: bool = False
    context_kind: str = DEFAULT_CONTEXT_KIND


class MemberEdit(NamedTuple):
    """Who is to enter and to leave one list of an unbounded segment."""

    member_list: MemberList
    added: Sequence[str] = ()
    removed: Sequence[str] = ()


class Edited(NamedTuple):
    """What an edit makes of a segment.

    Attributes:
        segment: the segment as it is to be; its version and times are not the edit's to set.
        members: what becomes of the members of an unbounded segment; at most one for each list.
        import_ids: the imports that are to begin.
    """

    segment: Segment
    members: Sequence[MemberEdit] = ()
    import_ids: Sequence[str] = ()


Edit = Callable[[SegmentDetails], Edited]
"""Says what is to become of a segment. It may be asked more than once."""


def changed_actions(before: Segment, edited: Edited) -> tuple[str, ...]:
    """Return the actions that an edit takes, each once; none where it changes nothing."""
    after = edited.segment
    actions = [
        action for name, action in _ACTIONS.items() if getattr(before, name) != getattr(after, name)
    ]
    actions += [
        _MEMBER_ACTIONS[one.member_list] for one in edited.members if one.added or one.removed
    ]
    if edited.import_ids:
        actions.append(UPDATE_INCLUDED)
    return tuple(dict.fromkeys(actions))


def checked_draft(draft: SegmentDraft) -> SegmentDraft:
    """Return a draft with its tags in order, if there can be such a segment.

    Raises:
        InvalidRequestError: there can't.
    """
    check_key(draft.key, "segment")
    check_context_kind(draft.context_kind, "/unboundedContextKind")
    _check_texts(draft.name, draft.description)
    return replace(draft, tags=clean_tags(draft.tags))


def checked_edit(before: Segment, edited: Edited) -> Edited:
    """Return an edit with its tags in order, if it may be made by hand.

    Raises:
        InvalidRequestError: it may not, or a value can't be so.
    """
    after = edited.segment
    _check_texts(after.name, after.description)
    after = replace(after, tags=clean_tags(after.tags))
    if after.unbounded:
        _check_unbounded(before, after)
    elif edited.members:
        raise _refused(
            before, "members", "it holds its targets itself: patch /included or /includedContexts"
        )
    else:
        check_targets(after.included, after.excluded)
        if after.rules != before.rules:
            # What instructions make of a rule has to be one that can be read again.
            read_rules([rule.to_json() for rule in after.rules], "/rules")
        _check_not_its_own(before.key, after.rules)
    for one in edited.members:
        _check_members(before, one)
    return edited._replace(segment=after)


def check_member_edits(
    segment: Segment, edits: Sequence[MemberEdit], context_kind: str | None = None
) -> None:
    """Check that the members of a segment may be changed so by hand.

    Args:
        context_kind: the kind of the contexts, where it is known.

    Raises:
        InvalidRequestError: they may not, or the segment is not big, or it holds another kind.
    """
    if not segment.unbounded:
        raise InvalidRequestError(
            f"The segment {segment.key} is not big: it holds its targets itself. Patch its /included or "
            "/includedContexts."
        )
    if context_kind not in (None, segment.context_kind):
        raise InvalidRequestError(
            f"The segment {segment.key} holds contexts of kind {segment.context_kind}, not of kind "
            f"{context_kind}. Send them to .../contexts."
        )
    for one in edits:
        _check_members(segment, one)


def require_actions(
    principal: Principal | None, place: Place, segment: Segment, actions: Sequence[str]
) -> None:
    """Check that a principal may do all this to a segment; None is the operator, who may.

    Raises:
        ForbiddenError: they may not.
    """
    if principal is None:
        return
    resource = place.segment_resource(segment.key, segment.tags)
    for action in actions:
        principal.require(action, resource)


def require_creation(principal: Principal | None, place: Place, draft: SegmentDraft) -> None:
    """Check that a principal may make a segment.

    Raises:
        ForbiddenError: they may not.
    """
    if principal is not None:
        principal.require(CREATE_SEGMENT, place.segment_resource(draft.key, draft.tags))


def _check_texts(name: str, description: str) -> None:
    check_name(name, "segment")
    if len(description) > MAX_DESCRIPTION_LENGTH or "\0" in description:
        raise InvalidRequestError(
            f"A description has at most {MAX_DESCRIPTION_LENGTH:,} characters, none of them NUL.",
            pointer="/description",
        )
    try:
        description.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError(
            "A description can't hold half of a surrogate pair.", pointer="/description"
        ) from None


def _check_not_its_own(key: str, rules: Sequence[SegmentRule]) -> None:
    for index, rule in enumerate(rules):
        if key in rule.segment_keys:
            raise InvalidRequestError(
                f"/rules/{index}: a clause asks for the members of {key}, the segment that it is of. Name "
                "another segment, or leave the clause out.",
                pointer=f"/rules/{index}",
            )


def _check_unbounded(before: Segment, after: Segment) -> None:
    if after.rules != before.rules:
        raise _refused(before, "rules", "a big segment has none; create one that is not unbounded")
    if after.included != before.included and before.source is not None:
        raise _synced_members_refused(before, before.source)
    if (after.included, after.excluded) != (before.included, before.excluded):
        or_import = "" if before.source is not None else ", or import a CSV file"
        raise _refused(
            before,
            "targets",
            "it is big. Send its members to .../segments/{project}/{environment}/{segment}/contexts"
            + or_import,
        )
    if before.source is not None and after.name != before.name:
        raise _refused(
            before,
            "name",
            f"it follows the cohort's at {before.source.integration_key}. Change it there",
        )


def _check_members(segment: Segment, edit: MemberEdit) -> None:
    if segment.source is not None and edit.member_list is MemberList.INCLUDED:
        raise _synced_members_refused(segment, segment.source)
    both = set(edit.removed).intersection(edit.added)
    if both:
        raise InvalidRequestError(
            f"{len(both):,} of the contexts that are to enter the {edit.member_list} list are to leave it, "
            "too. Name each in one of both.",
            pointer=f"/{edit.member_list}",
        )


def _synced_members_refused(segment: Segment, source: SyncSource) -> InvalidRequestError:
    return _refused(
        segment,
        "included members",
        f"they are synced by {source.integration_key}, whose next request would not know of it. Change the "
        "cohort there. Its excluded contexts may be edited",
    )


def _refused(segment: Segment, what: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"The {what} of the {segment.kind} segment {segment.key} can't be edited by hand: {reason}."
    )
