"""Semantic patches: instructions that say what is to become of a segment, by LaunchDarkly's names.

An instruction that is satisfied already is none. All of a patch are followed, or none is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json
from muster.segments.edits import Edited, MemberEdit
from muster.segments.instruction import (
    CLAUSE_INSTRUCTIONS,
    Instruction,
    find_rule,
    read_instructions,
    reordered_rules,
    with_other_clauses,
    with_rule,
    with_tags,
    without_rule,
    without_tags,
)
from muster.segments.model import MemberList, Segment
from muster.segments.rules import SegmentRule, read_rule, read_weight
from muster.segments.targets import DEFAULT_CONTEXT_KIND, keys_of, with_keys

MAX_TARGET_OPERATIONS: Final = 1_500
"""How many targets the instructions of one patch may name."""


@dataclass(slots=True)
class _Draft:
    """A segment on which instructions are followed, one after the other."""

    segment: Segment
    added: dict[MemberList, dict[str, None]] = field(default_factory=dict)
    removed: dict[MemberList, dict[str, None]] = field(default_factory=dict)
    import_ids: list[str] = field(default_factory=list)
    targets: int = 0

    def count_targets(self, count: int) -> None:
        self.targets += count
        if self.targets > MAX_TARGET_OPERATIONS:
            raise InvalidRequestError(
                f"The instructions name more than {MAX_TARGET_OPERATIONS:,} targets. Send several patches, "
                "or import a CSV file into a big segment."
            )

    def to_edited(self) -> Edited:
        lists = [one for one in MemberList if self.added.get(one) or self.removed.get(one)]
        edits = [
            MemberEdit(one, [*self.added.get(one, ())], [*self.removed.get(one, ())])
            for one in lists
        ]
        return Edited(self.segment, edits, self.import_ids)


_Follow = Callable[[_Draft, Instruction], None]


def follow_instructions(segment: Segment, instructions: Json) -> Edited:
    """Return what the instructions of a semantic patch make of a segment.

    Args:
        instructions: as they were sent: `[{"kind": "addTags", "values": ["eu"]}]`.

    Raises:
        InvalidRequestError: one of them can't be read or followed; none is.
    """
    draft = _Draft(segment)
    for one in read_instructions(instructions, _INSTRUCTIONS):
        _INSTRUCTIONS[one.kind](draft, one)
    return draft.to_edited()


def _update_name(draft: _Draft, one: Instruction) -> None:
    draft.segment = replace(draft.segment, name=one.text("value"))


def _add_tags(draft: _Draft, one: Instruction) -> None:
    draft.segment = replace(draft.segment, tags=with_tags(draft.segment.tags, one))


def _remove_tags(draft: _Draft, one: Instruction) -> None:
    draft.segment = replace(draft.segment, tags=without_tags(draft.segment.tags, one))


def _add_targets(member_list: MemberList, *, users: bool = False) -> _Follow:
    def follow(draft: _Draft, one: Instruction) -> None:
        _refuse_if_unbounded(draft, one)
        kind = DEFAULT_CONTEXT_KIND if users else one.context_kind()
        keys = _context_keys(draft, one)
        other = set(keys_of(draft.segment.targets(_OTHER[member_list]), kind))
        if other & set(keys):
            raise one.refused(
                "values", f"a context that is {_OTHER[member_list]} can't be {member_list}, too"
            )
        here = keys_of(draft.segment.targets(member_list), kind)
        _put_targets(draft, member_list, kind, [*here, *keys])

    return follow


def _remove_targets(member_list: MemberList, *, users: bool = False) -> _Follow:
    def follow(draft: _Draft, one: Instruction) -> None:
        _refuse_if_unbounded(draft, one)
        kind = DEFAULT_CONTEXT_KIND if users else one.context_kind()
        gone = set(_context_keys(draft, one))
        here = keys_of(draft.segment.targets(member_list), kind)
        _put_targets(draft, member_list, kind, [key for key in here if key not in gone])

    return follow


def _change_members(member_list: MemberList, *, add: bool) -> _Follow:
    def follow(draft: _Draft, one: Instruction) -> None:
        if not draft.segment.unbounded:
            raise one.refused(
                "kind", "the segment is not big; use the instructions for its targets"
            )
        keys = _context_keys(draft, one)
        added = draft.added.setdefault(member_list, {})
        removed = draft.removed.setdefault(member_list, {})
        # The last word on a member counts.
        entering, leaving = (added, removed) if add else (removed, added)
        for key in keys:
            leaving.pop(key, None)
            entering[key] = None

    return follow


def _process_import(draft: _Draft, one: Instruction) -> None:
    draft.import_ids.append(one.text("importId"))


def _add_rule(draft: _Draft, one: Instruction) -> None:
    fields = {name: value for name, value in one.fields.items() if name not in ("kind", "_id")}
    _put_rules(draft, [*draft.segment.rules, read_rule(fields, one.pointer)])


def _remove_rule(draft: _Draft, one: Instruction) -> None:
    _put_rules(draft, without_rule(draft.segment.rules, one))


def _reorder_rules(draft: _Draft, one: Instruction) -> None:
    _put_rules(draft, reordered_rules(draft.segment.rules, one))


def _describe_rule(draft: _Draft, one: Instruction) -> None:
    rule = find_rule(draft.segment.rules, one)
    described = {**rule.to_json(), "description": one.fields.get("description")}
    _put_rule(draft, read_rule(described, one.pointer))


def _roll_out_rule(draft: _Draft, one: Instruction) -> None:
    weight = read_weight(one.fields.get("weight"), one.at("weight"))
    kind = one.context_kind()
    rule = find_rule(draft.segment.rules, one)
    _put_rule(draft, replace(rule, weight=weight, rollout_context_kind=kind))


def _edit_clauses(draft: _Draft, one: Instruction) -> None:
    _put_rules(draft, with_other_clauses(draft.segment.rules, one))


def _context_keys(draft: _Draft, one: Instruction) -> Sequence[str]:
    keys = one.context_keys()
    draft.count_targets(len(keys))
    return list(dict.fromkeys(keys))


def _refuse_if_unbounded(draft: _Draft, one: Instruction) -> None:
    if draft.segment.unbounded:
        raise one.refused(
            "kind", "the segment is big; use addBigSegmentIncludedTargets and the like for it"
        )


def _put_targets(
    draft: _Draft, member_list: MemberList, context_kind: str, keys: Iterable[str]
) -> None:
    targets = with_keys(draft.segment.targets(member_list), context_kind, keys)
    draft.segment = draft.segment.with_targets(member_list, targets)


def _put_rule(draft: _Draft, new: SegmentRule) -> None:
    _put_rules(draft, with_rule(draft.segment.rules, new))


def _put_rules(draft: _Draft, rules: Iterable[SegmentRule]) -> None:
    draft.segment = replace(draft.segment, rules=tuple(rules))


_OTHER: Final = {
    MemberList.INCLUDED: MemberList.EXCLUDED,
    MemberList.EXCLUDED: MemberList.INCLUDED,
}
_INCLUDED, _EXCLUDED = MemberList.INCLUDED, MemberList.EXCLUDED
_INSTRUCTIONS: Final[Mapping[str, _Follow]] = {
    "addTags": _add_tags,
    "removeTags": _remove_tags,
    "updateName": _update_name,
    "addIncludedTargets": _add_targets(_INCLUDED),
    "removeIncludedTargets": _remove_targets(_INCLUDED),
    "addExcludedTargets": _add_targets(_EXCLUDED),
    "removeExcludedTargets": _remove_targets(_EXCLUDED),
    "addIncludedUsers": _add_targets(_INCLUDED, users=True),
    "removeIncludedUsers": _remove_targets(_INCLUDED, users=True),
    "addExcludedUsers": _add_targets(_EXCLUDED, users=True),
    "removeExcludedUsers": _remove_targets(_EXCLUDED, users=True),
    "addRule": _add_rule,
    "removeRule": _remove_rule,
    "updateRuleDescription": _describe_rule,
    "updateRuleRolloutAndContextKind": _roll_out_rule,
    "reorderRules": _reorder_rules,
    **dict.fromkeys(CLAUSE_INSTRUCTIONS, _edit_clauses),
    "addBigSegmentIncludedTargets": _change_members(_INCLUDED, add=True),
    "removeBigSegmentIncludedTargets": _change_members(_INCLUDED, add=False),
    "addBigSegmentExcludedTargets": _change_members(_EXCLUDED, add=True),
    "removeBigSegmentExcludedTargets": _change_members(_EXCLUDED, add=False),
    "processBigSegmentImport": _process_import,
}
