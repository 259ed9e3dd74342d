"""Which contexts a filter asks for, and where these can be looked for.

Fields: `kind`, `kinds`, `key`, `kindKey`, `kindKeys`, `id` (`kind:key`), `q`, `name`, `applicationId`, and
attributes: `user.email`, `*.address/city`. A filter that says what kind or key it wants is not answered by
looking at all contexts, so what it says is gathered in a `Scope`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Final

from muster.contexts.model import ContextRecord, Position
from muster.core.clock import from_millis
from muster.core.errors import InvalidRequestError
from muster.core.filters import (
    AllOf,
    AnyOf,
    Comparison,
    Expression,
    Operator,
    parse_expression,
)
from muster.core.pointers import MISSING, Json, PointerSyntaxError, Tokens, parse_pointer, resolve

Test = Callable[[ContextRecord], bool]

_TEXT_OPERATORS: Final = frozenset(
    {
        Operator.EQUALS,
        Operator.NOT_EQUALS,
        Operator.ANY_OF,
        Operator.CONTAINS,
        Operator.STARTS_WITH,
    }
)
_ONE_OF: Final = frozenset({Operator.EQUALS, Operator.ANY_OF})
_OPERATORS: Final[Mapping[str, Collection[Operator]]] = {
    "kind": _TEXT_OPERATORS,
    "kinds": _ONE_OF | {Operator.CONTAINS},
    "key": _TEXT_OPERATORS,
    "kindKey": _ONE_OF,
    "kindKeys": _ONE_OF | {Operator.CONTAINS},
    "id": _ONE_OF,
    "q": {Operator.EQUALS, Operator.CONTAINS},
    "name": frozenset(Operator),
    "applicationId": _TEXT_OPERATORS | {Operator.EXISTS},
}
"""The fields that are no attributes of one kind, and what each can be compared by."""
_ANY_KIND: Final = "*"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: each context that a filter wants is in there, and others may be.

    Attributes:
        kinds: it is of one of these; None for any.
        keys: it has one of these keys; None for any.
        prefix: its key begins so.
        recorded_only: it is one that was evaluated, and not known as a segment's member alone.
    """

    kinds: frozenset[str] | None = None
    keys: frozenset[str] | None = None
    prefix: str = ""
    recorded_only: bool = False

    def __and__(self, other: "Scope") -> "Scope":
        return Scope(
            _both(self.kinds, other.kinds),
            _both(self.keys, other.keys),
            max(self.prefix, other.prefix, key=len),
            self.recorded_only or other.recorded_only,
        )

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(
            _either(self.kinds, other.kinds),
            _either(self.keys, other.keys),
            _common_prefix(self.prefix, other.prefix),
            self.recorded_only and other.recorded_only,
        )


@dataclass(frozen=True, slots=True)
class ContextFilter:
    """What is wanted.

    Attributes:
        matches: tells whether a context is.
        scope: where it can be looked for.
    """

    matches: Test = lambda _: True
    scope: Scope = Scope()


def read_context_filter(text: str | None) -> ContextFilter:
    """Return what a filter asks for; everything, where there is none.

    Raises:
        InvalidRequestError: it can't be read, or compares what can't be compared.
    """
    expression = parse_expression(text or "")
    return ContextFilter() if expression is None else _compile(expression)


def _compile(expression: Expression) -> ContextFilter:
    match expression:
        case AllOf(parts):
            inner = [_compile(part) for part in parts]
            tests = [one.matches for one in inner]
            scope = reduce(Scope.__and__, (one.scope for one in inner))
            return ContextFilter(lambda record: all(test(record) for test in tests), scope)
        case AnyOf(parts):
            inner = [_compile(part) for part in parts]
            tests = [one.matches for one in inner]
            scope = reduce(Scope.__or__, (one.scope for one in inner))
            return ContextFilter(lambda record: any(test(record) for test in tests), scope)
        case Comparison():
            return _compile_one(expression)


def _compile_one(comparison: Comparison) -> ContextFilter:
    operators = _OPERATORS.get(comparison.field)
    if operators is None:
        return _of_attribute(comparison)
    if comparison.operator not in operators:
        comparison.refuse(f"this field is compared by {', '.join(sorted(operators))}")
    return _COMPILERS[comparison.field](comparison)


def _of_kind(comparison: Comparison) -> ContextFilter:
    test = value_test(comparison)
    scope = Scope()
    if comparison.field == "kinds" and comparison.operator is not Operator.ANY_OF:
        # A context is of one kind: it is of all of several kinds only where these are the same.
        wanted = frozenset(comparison.texts())
        return ContextFilter(lambda record: wanted == {record.kind}, Scope(kinds=wanted))
    if comparison.operator in _ONE_OF:
        scope = Scope(kinds=_named(comparison))
    return ContextFilter(lambda record: test(record.kind), scope)


def _of_key(comparison: Comparison) -> ContextFilter:
    test = value_test(comparison)
    scope = Scope()
    if comparison.operator in _ONE_OF:
        scope = Scope(keys=_named(comparison))
    elif comparison.operator is Operator.STARTS_WITH:
        scope = Scope(prefix=comparison.text())
    return ContextFilter(lambda record: test(record.key), scope)


def _named(comparison: Comparison) -> frozenset[str]:
    """Return the texts of which one is wanted; `equals` has one."""
    one_alone = comparison.operator is Operator.EQUALS
    return frozenset([comparison.text()] if one_alone else comparison.texts())


def _of_positions(comparison: Comparison) -> ContextFilter:
    value = comparison.value
    positions = frozenset(
        _read_position(comparison, one) for one in (value if isinstance(value, list) else [value])
    )
    scope = Scope(frozenset(one.kind for one in positions), frozenset(one.key for one in positions))
    if comparison.operator is Operator.ANY_OF:
        return ContextFilter(lambda record: record.position in positions, scope)
    return ContextFilter(lambda record: positions == {record.position}, scope)


def _read_position(comparison: Comparison, value: Json) -> Position:
    """Return the context that `{"kind": "user", "key": "x"}` or `user:x` names."""
    if isinstance(value, dict):
        kind, key = value.get("kind"), value.get("key")
        if isinstance(kind, str) and isinstance(key, str):
            return Position(kind, key)
    elif isinstance(value, str):
        kind, colon, key = value.partition(":")
        if colon:
            return Position(kind, key)
    return comparison.refuse('a context is written {"kind": "user", "key": "ada"} or "user:ada"')


def _of_query(comparison: Comparison) -> ContextFilter:
    query = comparison.text().casefold()
    return ContextFilter(lambda record: _is_found_by(record, query))


def _of_name(comparison: Comparison) -> ContextFilter:
    return _of_value(comparison, lambda record: record.attributes.get("name", MISSING))


def _of_application(comparison: Comparison) -> ContextFilter:
    return _of_value(comparison, lambda record: record.application_id or MISSING)


def _is_found_by(record: ContextRecord, query: str) -> bool:
    name = record.attributes.get("name")
    return query in record.key.casefold() or (isinstance(name, str) and query in name.casefold())


def _of_attribute(comparison: Comparison) -> ContextFilter:
    kind, dot, name = comparison.field.partition(".")
    if not dot or not kind or not name:
        raise InvalidRequestError(
            f"filter, at character {comparison.position}: there is no field {comparison.field[:64]!r}. There "
            f"are {', '.join(_OPERATORS)}, and attributes, written with their kind, or * for any: "
            "user.email, *.address/city."
        )
    tokens = _read_tokens(comparison, name)
    if tokens == ("key",) and comparison.operator in _OPERATORS["key"]:
        found = _of_key(comparison)
    else:
        found = _of_value(comparison, lambda record: resolve(record.attributes, tokens))
    if kind == _ANY_KIND:
        return found
    return ContextFilter(
        lambda record: record.kind == kind and found.matches(record),
        found.scope & Scope(kinds=frozenset({kind})),
    )


def _read_tokens(comparison: Comparison, name: str) -> Tokens:
    try:
        return parse_pointer("/" + name.removeprefix("/"))
    except PointerSyntaxError:
        comparison.refuse("in the name of an attribute, '~0' stands for '~' and '~1' for '/'")


def _of_value(comparison: Comparison, value_of: Callable[[ContextRecord], Json]) -> ContextFilter:
    """Return the filter of what only a context can have that was evaluated."""
    if comparison.operator is Operator.EXISTS:
        wanted = comparison.truth()
        return ContextFilter(
            lambda record: (value_of(record) is not MISSING) is wanted, Scope(recorded_only=wanted)
        )
    test = value_test(comparison)

    def matches(record: ContextRecord) -> bool:
        value = value_of(record)
        return value is not MISSING and test(value)

    return ContextFilter(matches, Scope(recorded_only=True))


_COMPILERS: Final[Mapping[str, Callable[[Comparison], ContextFilter]]] = {
    "kind": _of_kind,
    "kinds": _of_kind,
    "key": _of_key,
    "kindKey": _of_positions,
    "kindKeys": _of_positions,
    "id": _of_positions,
    "q": _of_query,
    "name": _of_name,
    "applicationId": _of_application,
}


def value_test(comparison: Comparison) -> Callable[[Json], bool]:
    """Return what tells whether a value of an attribute is as a comparison wants it.

    As in targeting rules, a list is as its elements are, and what an attribute is not can only be said of
    one that is there. Texts are compared with their case.

    Raises:
        InvalidRequestError: the comparison has a value that its operator can't use.
    """
    value = comparison.value
    match comparison.operator:
        case Operator.EQUALS:
            return lambda actual: _is(actual, comparison, value)
        case Operator.NOT_EQUALS:
            return lambda actual: not _is(actual, comparison, value)
        case Operator.ANY_OF:
            wanted = value if isinstance(value, list) else [value]
            return lambda actual: any(_is(actual, comparison, one) for one in wanted)
        case Operator.CONTAINS:
            parts = value if isinstance(value, list) else [value]
            return lambda actual: all(_has(actual, comparison, part) for part in parts)
        case Operator.STARTS_WITH:
            prefix = comparison.text()
            return lambda actual: any(
                isinstance(one, str) and one.startswith(prefix) for one in _elements(actual)
            )
        case Operator.BEFORE | Operator.AFTER:
            return _time_test(comparison)
        case Operator.EXISTS:
            raise AssertionError("what exists is asked of the context")


def _time_test(comparison: Comparison) -> Callable[[Json], bool]:
    moment = _moment(comparison.value)
    if moment is None:
        comparison.refuse(
            "its value must be a time: milliseconds since 1970, or RFC 3339 in double quotes, such as "
            '"2026-05-01T12:00:00Z"'
        )
    before = comparison.operator is Operator.BEFORE

    def test(actual: Json) -> bool:
        found = [one for one in map(_moment, _elements(actual)) if one is not None]
        return any(one < moment if before else one > moment for one in found)

    return test


def _elements(value: Json) -> Iterable[Json]:
    return value if isinstance(value, list) else (value,)


def _is(actual: Json, comparison: Comparison, value: Json) -> bool:
    if _same(actual, value) or any(_same(one, value) for one in _elements(actual)):
        return True
    # A bare 12 may mean the text "12", too.
    bare = value is comparison.value and not isinstance(value, str | list | dict)
    return bare and any(
        isinstance(one, str) and one == comparison.text() for one in _elements(actual)
    )


def _has(actual: Json, comparison: Comparison, part: Json) -> bool:
    if isinstance(actual, str):
        text = comparison.text() if part is comparison.value else part
        return isinstance(text, str) and text in actual
    return isinstance(actual, list) and _is(actual, comparison, part)


def _same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same JSON: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _moment(value: Json) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return from_millis(int(value))
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        pass
    return None


def _common_prefix(one: str, other: str) -> str:
    length = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return one[:length]


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


def _either(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other
