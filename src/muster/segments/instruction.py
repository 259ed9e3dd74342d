"""What the instructions of semantic patches share, of segments and of flags: how they are read, and what they
do to the clauses and the order of rules.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from muster.core.errors import InvalidRequestError
from muster.core.json_values import describe, show, unexpected
from muster.core.pointers import MISSING, Json
from muster.core.wording import count_of
from muster.segments.rules import (
    Clause,
    Rule,
    read_clause,
    read_clause_values,
    read_clauses,
    read_context_kind,
)
from muster.segments.targets import check_context_key

MAX_INSTRUCTIONS: Final = 1_000
_R = TypeVar("_R", bound=Rule)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, and where it is in the patch, for messages."""

    kind: str
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

    def context_keys(self) -> Sequence[str]:
        """Return the keys of contexts that the instruction names, as they stand there.

        Raises:
            InvalidRequestError: there is no list of them.
        """
        values = self.fields.get("values")
        if not isinstance(values, list):
            raise unexpected(self._found("values"), "a list of contexts' keys", self.at("values"))
        return [
            check_context_key(one, f"{self.at('values')}/{index}")
            for index, one in enumerate(values)
        ]

    def context_kind(self, name: str = "contextKind") -> str:
        """Return the kind of the contexts that the instruction names; `user` where it names none.

        Raises:
            InvalidRequestError: it can be no kind.
        """
        return read_context_kind(self.fields.get(name), self.at(name))

    def _found(self, name: str) -> str:
        return describe(self.fields.get(name, MISSING))

    def refused(self, name: str, reason: str) -> InvalidRequestError:
        """Return the error of an instruction whose field can't be followed."""
        return InvalidRequestError(f"{self.at(name)}: {reason}.", pointer=self.at(name))


def read_instructions(
    instructions: Json, known: Collection[str], refused: Mapping[str, str] | None = None
) -> Sequence[Instruction]:
    """Return the instructions of a semantic patch.

    Args:
        instructions: as they were sent: `[{"kind": "addTags", "values": ["eu"]}]`.
        known: the kinds that can be followed.
        refused: why others can't, by kind.

    Raises:
        InvalidRequestError: it is no list of such instructions.
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
    return [
        _read_instruction(one, f"/instructions/{index}", known, refused or {})
        for index, one in enumerate(instructions)
    ]


def _read_instruction(
    value: Json, pointer: str, known: Collection[str], refused: Mapping[str, str]
) -> Instruction:
    if not isinstance(value, dict):
        raise unexpected(describe(value), "an instruction: an object with a kind", pointer)
    kind = value.get("kind", MISSING)
    if isinstance(kind, str) and kind in known:
        return Instruction(kind, value, pointer)
    at = f"{pointer}/kind"
    if isinstance(kind, str) and kind in refused:
        raise InvalidRequestError(f"{at}: {kind} can't be followed: {refused[kind]}.", pointer=at)
    raise unexpected(show(kind), f"an instruction: one of {', '.join(known)}", at)


def with_tags(tags: Sequence[str], one: Instruction) -> tuple[str, ...]:
    """Return tags, in order, with those that an instruction adds."""
    return tuple(sorted({*tags, *one.texts("values")}))


def without_tags(tags: Sequence[str], one: Instruction) -> tuple[str, ...]:
    """Return tags without those that an instruction removes."""
    gone = set(one.texts("values"))
    return tuple(tag for tag in tags if tag not in gone)


def find_rule(rules: Sequence[_R], one: Instruction, name: str = "ruleId") -> _R:
    """Return the rule that an instruction names.

    Raises:
        InvalidRequestError: it names none that is there.
    """
    wanted = one.text(name)
    found = next((rule for rule in rules if rule.id == wanted), None)
    if found is None:
        raise one.refused(name, "there is no rule with this id")
    return found


def with_rule(rules: Sequence[_R], new: _R) -> tuple[_R, ...]:
    """Return rules with another one in the place of that with its id."""
    return tuple(new if rule.id == new.id else rule for rule in rules)


def without_rule(rules: Sequence[_R], one: Instruction) -> tuple[_R, ...]:
    """Return rules without the one that an instruction names, if it is there."""
    gone = one.text("ruleId")
    return tuple(rule for rule in rules if rule.id != gone)


def reordered_rules(rules: Sequence[_R], one: Instruction) -> tuple[_R, ...]:
    """Return rules in the order that an instruction gives.

    Raises:
        InvalidRequestError: it does not name each of them once.
    """
    ids = one.texts("ruleIds")
    by_id = {rule.id: rule for rule in rules}
    if len(ids) != len(by_id) or set(ids) != by_id.keys():
        raise one.refused("ruleIds", f"expected each of the {count_of(len(by_id), 'rule')} once")
    return tuple(by_id[rule_id] for rule_id in ids)


def with_other_clauses(rules: Sequence[_R], one: Instruction) -> tuple[_R, ...]:
    """Return rules once one of `CLAUSE_INSTRUCTIONS` is followed.

    Raises:
        InvalidRequestError: it can't be.
    """
    rule = find_rule(rules, one)
    return with_rule(rules, replace(rule, clauses=CLAUSE_INSTRUCTIONS[one.kind](rule, one)))


def _add_clauses(rule: Rule, one: Instruction) -> tuple[Clause, ...]:
    return (*rule.clauses, *read_clauses(one.fields.get("clauses"), one.at("clauses")))


def _remove_clauses(rule: Rule, one: Instruction) -> tuple[Clause, ...]:
    gone = set(one.texts("clauseIds"))
    kept = tuple(clause for clause in rule.clauses if clause.id not in gone)
    if not kept:
        raise one.refused("clauseIds", "a rule keeps at least one clause; remove the rule instead")
    return kept


def _update_clause(rule: Rule, one: Instruction) -> tuple[Clause, ...]:
    old = _find_clause(rule, one)
    new = read_clause(one.fields.get("clause"), one.at("clause"))
    return _with_clause(rule, replace(new, id=old.id))


def _add_values(rule: Rule, one: Instruction) -> tuple[Clause, ...]:
    clause = _find_clause(rule, one)
    values = read_clause_values(clause.op, one.fields.get("values"), one.at("values"))
    there = set(map(_typed, clause.values))
    new = [value for value in values if _typed(value) not in there]
    return _with_clause(rule, replace(clause, values=(*clause.values, *new)))


def _remove_values(rule: Rule, one: Instruction) -> tuple[Clause, ...]:
    clause = _find_clause(rule, one)
    values = read_clause_values(clause.op, one.fields.get("values"), one.at("values"))
    gone = set(map(_typed, values))
    kept = tuple(value for value in clause.values if _typed(value) not in gone)
    return _with_clause(rule, replace(clause, values=kept))


def _find_clause(rule: Rule, one: Instruction) -> Clause:
    wanted = one.text("clauseId")
    found = next((clause for clause in rule.clauses if clause.id == wanted), None)
    if found is None:
        raise one.refused("clauseId", "the rule has no clause with this id")
    return found


def _with_clause(rule: Rule, new: Clause) -> tuple[Clause, ...]:
    return tuple(new if clause.id == new.id else clause for clause in rule.clauses)


def _typed(value: Json) -> tuple[type, Json]:
    # In Python, true is 1, and is found among numbers.
    return type(value), value


CLAUSE_INSTRUCTIONS: Final[Mapping[str, Callable[[Rule, Instruction], tuple[Clause, ...]]]] = {
    "addClauses": _add_clauses,
    "removeClauses": _remove_clauses,
    "updateClause": _update_clause,
    "addValuesToClause": _add_values,
    "removeValuesFromClause": _remove_values,
}
"""What makes other clauses of those of a rule, by the kind of the instruction."""
