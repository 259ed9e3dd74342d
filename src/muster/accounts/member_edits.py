"""One change for many members at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from muster.access.principal import Principal
from muster.access.resources import member_resource
from muster.accounts.members import MemberChanges, MemberFilter, MemberService
from muster.accounts.visible import read_all
from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    MusterError,
    NotFoundError,
)

_ACTIONS: Final = {"role": "updateRole", "custom_roles": "updateCustomRole"}
_REFUSALS: Final = (ConflictError, ForbiddenError, InvalidRequestError, NotFoundError)


@dataclass(frozen=True, slots=True)
class MemberEdit:
    """A change that many members are to get.

    Attributes:
        changes: another role, other custom roles, or both.
        member_ids: whose; None for all whom the principal may see, but for those who are spared.
        spared: whoever one of these finds stays as they are.
    """

    changes: MemberChanges
    member_ids: Sequence[str] | None = None
    spared: Sequence[MemberFilter] = ()


@dataclass(frozen=True, slots=True)
class EditReport:
    """What became of edits.

    Attributes:
        changed: the ids of the members who are as they were to be, each once.
        refusals: why others are not, by their ids.
    """

    changed: Sequence[str]
    refusals: Mapping[str, MusterError]


def edit_members(
    members: MemberService,
    edits: Sequence[MemberEdit],
    *,
    comment: str = "",
    principal: Principal | None = None,
) -> EditReport:
    """Change many members, one by one: what is refused for one does not keep others from it.

    Each member's change is an audit entry. It may block: call it from a worker thread.

    Raises:
        ForbiddenError: there is an edit that the principal may not make to any of its members.
        InvalidRequestError: a custom role is not there; nobody is changed.
    """
    chosen = [(edit, _choose(members, edit, principal)) for edit in edits]
    for edit, member_ids in chosen:
        _check(members, edit, member_ids, principal)
    changed: dict[str, None] = {}
    refusals: dict[str, MusterError] = {}
    for edit, member_ids in chosen:
        for member_id in member_ids:
            try:
                after = members.update_member(
                    member_id, edit.changes, comment=comment, principal=principal
                )
            except _REFUSALS as error:
                refusals[member_id] = error
            else:
                changed[after.id] = None
    return EditReport([one for one in changed if one not in refusals], refusals)


def _choose(members: MemberService, edit: MemberEdit, principal: Principal | None) -> Sequence[str]:
    if edit.member_ids is not None:
        return list(dict.fromkeys(edit.member_ids))
    everyone = read_all(lambda page: members.list_members(page, principal=principal))
    return [one.id for one in everyone if not any(spare.matches(one) for spare in edit.spared)]


def _check(
    members: MemberService,
    edit: MemberEdit,
    member_ids: Sequence[str],
    principal: Principal | None,
) -> None:
    """Check what is so of an edit whoever gets it; who may make none is told of nothing else."""
    questions = [
        (action, member_resource(member_id))
        for name, action in _ACTIONS.items()
        if name in edit.changes
        for member_id in member_ids
    ]
    if (
        principal is not None
        and questions
        and not any(principal.allows(*question) for question in questions)
    ):
        principal.require(*questions[0])
    if "custom_roles" in edit.changes:
        members.check_custom_roles(edit.changes["custom_roles"])
