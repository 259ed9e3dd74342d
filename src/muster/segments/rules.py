"""The rules of a segment: conditions on the attributes of contexts, as SDKs evaluate them.

The shapes and the operators are those of LaunchDarkly's API v2.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import re2

from muster.core.errors import InvalidRequestError
from muster.core.ids import new_uuid
from muster.core.json_values import (
    MAX_VALUE_LENGTH,
    UNSTORABLE,
    describe,
    read_boolean,
    read_list,
    read_object,
    read_text_or_none,
    show,
    unexpected,
)
from muster.core.naming import check_context_kind
from muster.core.pointers import MISSING, Json
from muster.segments.targets import DEFAULT_CONTEXT_KIND

SEGMENT_MATCH: Final = "segmentMatch"
"""The operator that asks for contexts of other segments, whose keys its values are."""
OPERATORS: Final = frozenset(
    {
        "in",
        "endsWith",
        "startsWith",
        "matches",
        "contains",
        "lessThan",
        "lessThanOrEqual",
        "greaterThan",
        "greaterThanOrEqual",
        "before",
        "after",
        SEGMENT_MATCH,
        "semVerEqual",
        "semVerLessThan",
        "semVerGreaterThan",
    }
)
WHOLE_WEIGHT: Final = 100_000
"""The weight that takes in every context that a rule matches: weights are thousandths of a per cent."""
MAX_RULES: Final = 500
MAX_CLAUSES: Final = 100
MAX_VALUES: Final = 15_000
_OF_TEXTS: Final = frozenset({"endsWith", "startsWith", "matches", "contains", SEGMENT_MATCH})
"""The operators whose values are texts, and nothing else."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: an attribute has one of some values, in the sense of an operator.

    Attributes:
        id: a UUID.
        attribute: a name, or a reference such as `/address/city`; empty for `segmentMatch`.
        op: one of `OPERATORS`.
        values: of which one is enough.
        negate: whether it holds where it would not, and the other way round.
        context_kind: of which kind of context it asks.
    """

    id: str
    attribute: str
    op: str
    values: tuple[Json, ...]
    negate: bool = False
    context_kind: str = "user"

    def to_json(self) -> dict[str, Json]:
        """Return the clause as the API shows it."""
        return {
            "_id": self.id,
            "attribute": self.attribute,
            "op": self.op,
            "values": list(self.values),
            "negate": self.negate,
            "contextKind": self.context_kind,
        }

    @property
    def segment_keys(self) -> frozenset[str]:
        """The keys of the segments that the clause asks for."""
        if self.op != SEGMENT_MATCH:
            return frozenset()
        return frozenset(value for value in self.values if isinstance(value, str))


@dataclass(frozen=True, slots=True)
class Rule:
    """Clauses that must all hold: what the rules of segments and of flags have in common.

    Attributes:
        id: a UUID.
    """

    id: str
    clauses: tuple[Clause, ...]

    @property
    def segment_keys(self) -> frozenset[str]:
        """The keys of the segments that the rule asks for."""
        return frozenset().union(*(clause.segment_keys for clause in self.clauses))


@dataclass(frozen=True, slots=True)
class SegmentRule(Rule):
    """Takes the contexts for which all clauses hold into a segment.

    Attributes:
        weight: how many of 100,000 of the contexts that match are in the segment; None for all.
        rollout_context_kind: the kind of the contexts that the weight shares out.
        bucket_by: the attribute that decides who is among them; None for the key.
    """

    weight: int | None = None
    rollout_context_kind: str = "user"
    bucket_by: str | None = None
    description: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the rule as the API shows it."""
        shown: dict[str, Json] = {
            "_id": self.id,
            "clauses": [clause.to_json() for clause in self.clauses],
            "rolloutContextKind": self.rollout_context_kind,
        }
        if self.weight is not None:
            shown["weight"] = self.weight
        if self.bucket_by is not None:
            shown["bucketBy"] = self.bucket_by
        if self.description:
            shown["description"] = self.description
        return shown


def read_rules(value: Json, pointer: str) -> tuple[SegmentRule, ...]:
    """Return the rules that a value spells; those without an id get one.

    Args:
        pointer: where it is, for messages.

    Raises:
        InvalidRequestError: it is no list of rules, or one of them can't be so.
    """
    rules = tuple(
        read_rule(one, f"{pointer}/{index}")
        for index, one in enumerate(read_list(value, pointer, MAX_RULES, "rules"))
    )
    check_ids([rule.id for rule in rules], pointer, "rules")
    return rules


def read_rule(value: Json, pointer: str) -> SegmentRule:
    """Return the rule that a value spells.

    Raises:
        InvalidRequestError: it can't be a rule.
    """
    rule = read_object(value, pointer, "a rule")
    clauses = read_clauses(rule.get("clauses"), f"{pointer}/clauses")
    if not clauses:
        raise InvalidRequestError(
            f"{pointer}/clauses: a rule has at least one clause; without one it would match nobody.",
            pointer=f"{pointer}/clauses",
        )
    return SegmentRule(
        id=_read_id(rule, pointer),
        clauses=clauses,
        weight=read_weight(rule.get("weight"), f"{pointer}/weight"),
        rollout_context_kind=read_context_kind(
            rule.get("rolloutContextKind"), f"{pointer}/rolloutContextKind"
        ),
        bucket_by=read_text_or_none(rule.get("bucketBy"), f"{pointer}/bucketBy"),
        description=read_text_or_none(rule.get("description"), f"{pointer}/description") or "",
    )


def check_ids(ids: Collection[str], pointer: str, what: str) -> None:
    """Check that no two of the things in a list have the same id.

    Args:
        pointer: where the list is, for the message.
        what: what they are, for the message: `rules`.

    Raises:
        InvalidRequestError: two have.
    """
    if len(set(ids)) < len(ids):
        raise InvalidRequestError(
            f"{pointer}: two {what} have the same _id. Leave the _id of a new one out.",
            pointer=pointer,
        )


def read_context_kind(value: Json, pointer: str) -> str:
    """Return a kind of contexts; `user` for none and for an empty text.

    Raises:
        InvalidRequestError: it can be none.
    """
    if value is None or value == "":
        return DEFAULT_CONTEXT_KIND
    check_context_kind(value, pointer)
    return str(value)


def read_weight(value: Json, pointer: str) -> int | None:
    """Return a rule's weight; None where there is none.

    Raises:
        InvalidRequestError: it is no integer from 0 to 100,000.
    """
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= WHOLE_WEIGHT:
        raise unexpected(
            show(value),
            f"an integer from 0 to {WHOLE_WEIGHT:,}, thousandths of a per cent",
            pointer,
        )
    return value


def read_clauses(value: Json, pointer: str) -> tuple[Clause, ...]:
    """Return the clauses that a value spells; those without an id get one.

    Raises:
        InvalidRequestError: it is no list of clauses, or one of them can't be so.
    """
    clauses = tuple(
        read_clause(one, f"{pointer}/{index}")
        for index, one in enumerate(read_list(value, pointer, MAX_CLAUSES, "clauses"))
    )
    check_ids([clause.id for clause in clauses], pointer, "clauses")
    return clauses


def read_clause(value: Json, pointer: str) -> Clause:
    """Return the clause that a value spells.

    Raises:
        InvalidRequestError: it can't be a clause.
    """
    clause = read_object(value, pointer, "a clause")
    op = clause.get("op")
    if not isinstance(op, str) or op not in OPERATORS:
        expected = f"an operator: one of {', '.join(sorted(OPERATORS))}"
        raise unexpected(show(clause.get("op", MISSING)), expected, f"{pointer}/op")
    attribute = read_text_or_none(clause.get("attribute"), f"{pointer}/attribute") or ""
    if not attribute and op != SEGMENT_MATCH:
        raise unexpected(
            describe(clause.get("attribute", MISSING)),
            "the name of an attribute, or a reference such as /address/city",
            f"{pointer}/attribute",
        )
    return Clause(
        id=_read_id(clause, pointer),
        attribute=attribute,
        op=op,
        values=read_clause_values(op, clause.get("values"), f"{pointer}/values"),
        negate=read_boolean(clause.get("negate", False), f"{pointer}/negate"),
        context_kind=read_context_kind(clause.get("contextKind"), f"{pointer}/contextKind"),
    )


def read_clause_values(op: str, value: Json, pointer: str) -> tuple[Json, ...]:
    """Return the values of a clause with an operator.

    Raises:
        InvalidRequestError: it is no list of texts, numbers and booleans, or the operator can't have one
            of them.
    """
    values = read_list(value, pointer, MAX_VALUES, "values")
    for index, one in enumerate(values):
        fault = _find_value_fault(op, one)
        if fault is not None:
            raise InvalidRequestError(f"{pointer}/{index}: {fault}.", pointer=f"{pointer}/{index}")
    return tuple(values)


def _find_value_fault(op: str, value: Json) -> str | None:
    if isinstance(value, str):
        return _find_text_fault(op, value)
    if not isinstance(value, int | float):  # which true and false are as well
        return f"found {describe(value)}, expected a text, a number, true or false"
    if isinstance(value, float) and not math.isfinite(value):
        return "expected a finite number"
    if op in _OF_TEXTS:
        return f"found {describe(value)}, expected a text: the operator {op} compares texts"
    return None


def _find_text_fault(op: str, value: str) -> str | None:
    if len(value) > MAX_VALUE_LENGTH:
        return (
            f"a text of {len(value):,} characters was found, expected at most {MAX_VALUE_LENGTH:,}"
        )
    if UNSTORABLE.search(value):
        return "a text with a NUL character or half of a surrogate pair was found, expected none"
    return _find_expression_fault(value) if op == "matches" else None


def _find_expression_fault(expression: str) -> str | None:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(expression, options)
    except re2.error as error:
        fault = error.args[0]  # of bytes
        said = fault.decode(errors="replace") if isinstance(fault, bytes) else fault
        return f"expected a regular expression that RE2 takes, which says: {said}"
    return None


def _read_id(value: Mapping[str, Json], pointer: str) -> str:
    return read_text_or_none(value.get("_id"), f"{pointer}/_id") or new_uuid()
