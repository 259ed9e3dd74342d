"""Semantic patches: instructions that say what is to become of a segment, by LaunchDarkly's names.

An instruction that is satisfied already is none. All of a patch are followed, or none is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.json_values import describe, show, unexpected
from muster.core.pointers import MISSING, Json
from muster.core.wording import count_of
from muster.segments.edits import Edited, MemberEdit
from muster.segments.model import MemberList, Segment
from muster.segments.rules import (
    Clause,
    SegmentRule,
    read_clause,
    read_clause_values,
    read_clauses,
    read_context_kind,
    read_rule,
    read_weight,
)
from muster.segments.targets import (
    DEFAULT_CONTEXT_KIND,
    check_context_key,
    keys_of,
    with_keys,
)

MAX_INSTRUCTIONS: Final = 1_000
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


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, and where it is in the patch, for messages."""

    fields: Mapping[str, Json]
    pointer: str

    def at(self, name: str) -> str:
        """Return where a field is."""
        return f"{self.pointer}/{name}"

    def text(self, name: str) -> str:
        """Return a field that is a text and not empty.

        Raises:
            InvalidRequestError: it is missing, or none.
        """
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise unexpected(self._found(name), "a text", self.at(name))
        return value

    def texts(self, name: str) -> Sequence[str]:
        """Return a field that is a list of texts.

        Raises:
            InvalidRequestError: it is missing, or none.
        """
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise unexpected(self._found(name), "a list of texts", self.at(name))
        return [one for one in value if isinstance(one, str)]

    def context_keys(self, draft: _Draft) -> Sequence[str]:
        """Return the keys of contexts that the instruction names."""
        values = self.fields.get("values")
        if not isinstance(values, list):
            raise unexpected(self._found("values"), "a list of contexts' keys", self.at("values"))
        draft.count_targets(len(values))
        keys = [
            check_context_key(one, f"{self.at('values')}/{index}")
            for index, one in enumerate(values)
        ]
        return list(dict.fromkeys(keys))

    def context_kind(self) -> str:
        """Return the kind of the contexts that the instruction names."""
        return read_context_kind(self.fields.get("contextKind"), self.at("contextKind"))

    def _found(self, name: str) -> str:
        return describe(self.fields.get(name, MISSING))

    def refused(self, name: str, reason: str) -> InvalidRequestError:
        """Return the error of an instruction whose field can't be followed."""
        return InvalidRequestError(f"{self.at(name)}: {reason}.", pointer=self.at(name))


_Follow = Callable[[_Draft, Instruction], None]


def follow_instructions(segment: Segment, instructions: Json) -> Edited:
    """Return what the instructions of a semantic patch make of a segment.

    Args:
        instructions: as they were sent: `[{"kind": "addTags", "values": ["eu"]}]`.

    Raises:
        InvalidRequestError: one of them can't be read or followed; none is.
    """
    if not isinstance(instructions, list) or not instructions:
        raise InvalidRequestError(
            'A semantic patch has a list of instructions: [{"kind": "addTags", "values": ["..."]}].',
            pointer="/instructions",
        )
    if len(instructions) > MAX_INSTRUCTIONS:
        raise InvalidRequestError(
            f"A patch has at most {MAX_INSTRUCTIONS:,} instructions.", pointer="/instructions"
        )
    draft = _Draft(segment)
    for index, one in enumerate(instructions):
        pointer = f"/instructions/{index}"
        if not isinstance(one, dict):
            raise unexpected(describe(one), "an instruction: an object with a kind", pointer)
        kind = one.get("kind", MISSING)
        follow = _INSTRUCTIONS.get(kind) if isinstance(kind, str) else None
        if follow is None:
            expected = f"an instruction: one of {', '.join(_INSTRUCTIONS)}"
            raise unexpected(show(kind), expected, f"{pointer}/kind")
        follow(draft, Instruction(one, pointer))
    return draft.to_edited()


def _update_name(draft: _Draft, one: Instruction) -> None:
    draft.segment = replace(draft.segment, name=one.text("value"))


def _add_tags(draft: _Draft, one: Instruction) -> None:
    tags = dict.fromkeys([*draft.segment.tags, *one.texts("values")])
    draft.segment = replace(draft.segment, tags=tuple(sorted(tags)))


def _remove_tags(draft: _Draft, one: Instruction) -> None:
    gone = set(one.texts("values"))
    kept = tuple(tag for tag in draft.segment.tags if tag not in gone)
    draft.segment = replace(draft.segment, tags=kept)


def _add_targets(member_list: MemberList, *, users: bool = False) -> _Follow:
    def follow(draft: _Draft, one: Instruction) -> None:
        _refuse_if_unbounded(draft, one)
        kind = DEFAULT_CONTEXT_KIND if users else one.context_kind()
        keys = one.context_keys(draft)
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
        gone = set(one.context_keys(draft))
        here = keys_of(draft.segment.targets(member_list), kind)
        _put_targets(draft, member_list, kind, [key for key in here if key not in gone])

    return follow


def _change_members(member_list: MemberList, *, add: bool) -> _Follow:
    def follow(draft: _Draft, one: Instruction) -> None:
        if not draft.segment.unbounded:
            raise one.refused(
                "kind", "the segment is not big; use the instructions for its targets"
            )
        keys = one.context_keys(draft)
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
    gone = one.text("ruleId")
    _put_rules(draft, [rule for rule in draft.segment.rules if rule.id != gone])


def _reorder_rules(draft: _Draft, one: Instruction) -> None:
    ids = one.texts("ruleIds")
    by_id = {rule.id: rule for rule in draft.segment.rules}
    if len(ids) != len(by_id) or set(ids) != by_id.keys():
        raise one.refused(
            "ruleIds", f"expected each of the {count_of(len(by_id), 'rule')} of the segment once"
        )
    _put_rules(draft, [by_id[one_id] for one_id in ids])


def _describe_rule(draft: _Draft, one: Instruction) -> None:
    description = one.fields.get("description")
    _edit_rule(draft, one, lambda rule: {**rule.to_json(), "description": description})


def _roll_out_rule(draft: _Draft, one: Instruction) -> None:
    weight = read_weight(one.fields.get("weight"), one.at("weight"))
    kind = one.context_kind()
    rule = _find_rule(draft, one)
    _put_rule(draft, replace(rule, weight=weight, rollout_context_kind=kind))


def _add_clauses(draft: _Draft, one: Instruction) -> None:
    rule = _find_rule(draft, one)
    new = read_clauses(one.fields.get("clauses"), one.at("clauses"))
    _put_rule(draft, replace(rule, clauses=(*rule.clauses, *new)))


def _remove_clauses(draft: _Draft, one: Instruction) -> None:
    rule = _find_rule(draft, one)
    gone = set(one.texts("clauseIds"))
    kept = tuple(clause for clause in rule.clauses if clause.id not in gone)
    if not kept:
        raise one.refused("clauseIds", "a rule keeps at least one clause; remove the rule instead")
    _put_rule(draft, replace(rule, clauses=kept))


def _update_clause(draft: _Draft, one: Instruction) -> None:
    rule = _find_rule(draft, one)
    old = _find_clause(rule, one)
    new = replace(read_clause(one.fields.get("clause"), one.at("clause")), id=old.id)
    _put_clause(draft, rule, new)


def _add_values(draft: _Draft, one: Instruction) -> None:
    rule = _find_rule(draft, one)
    clause = _find_clause(rule, one)
    values = read_clause_values(clause.op, one.fields.get("values"), one.at("values"))
    there = set(map(_typed, clause.values))
    new = [value for value in values if _typed(value) not in there]
    _put_clause(draft, rule, replace(clause, values=(*clause.values, *new)))


def _remove_values(draft: _Draft, one: Instruction) -> None:
    rule = _find_rule(draft, one)
    clause = _find_clause(rule, one)
    values = read_clause_values(clause.op, one.fields.get("values"), one.at("values"))
    gone = set(map(_typed, values))
    kept = tuple(value for value in clause.values if _typed(value) not in gone)
    _put_clause(draft, rule, replace(clause, values=kept))


def _typed(value: Json) -> tuple[type, Json]:
    # In Python, true is 1, and is found among numbers.
    return type(value), value


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


def _find_rule(draft: _Draft, one: Instruction) -> SegmentRule:
    wanted = one.text("ruleId")
    found = next((rule for rule in draft.segment.rules if rule.id == wanted), None)
    if found is None:
        raise one.refused("ruleId", "the segment has no rule with this id")
    return found


def _find_clause(rule: SegmentRule, one: Instruction) -> Clause:
    wanted = one.text("clauseId")
    found = next((clause for clause in rule.clauses if clause.id == wanted), None)
    if found is None:
        raise one.refused("clauseId", "the rule has no clause with this id")
    return found


def _edit_rule(
    draft: _Draft, one: Instruction, edit: Callable[[SegmentRule], Mapping[str, Json]]
) -> None:
    _put_rule(draft, read_rule(edit(_find_rule(draft, one)), one.pointer))


def _put_clause(draft: _Draft, rule: SegmentRule, new: Clause) -> None:
    clauses = tuple(new if clause.id == new.id else clause for clause in rule.clauses)
    _put_rule(draft, replace(rule, clauses=clauses))


def _put_rule(draft: _Draft, new: SegmentRule) -> None:
    _put_rules(draft, [new if rule.id == new.id else rule for rule in draft.segment.rules])


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
    "addClauses": _add_clauses,
    "removeClauses": _remove_clauses,
    "updateClause": _update_clause,
    "addValuesToClause": _add_values,
    "removeValuesFromClause": _remove_values,
    "addBigSegmentIncludedTargets": _change_members(_INCLUDED, add=True),
    "removeBigSegmentIncludedTargets": _change_members(_INCLUDED, add=False),
    "addBigSegmentExcludedTargets": _change_members(_EXCLUDED, add=True),
    "removeBigSegmentExcludedTargets": _change_members(_EXCLUDED, add=False),
    "processBigSegmentImport": _process_import,
}
