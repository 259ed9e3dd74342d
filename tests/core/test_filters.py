"""Filter expressions, by examples and by properties."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.core.filters import (
    MAX_COMPARISONS,
    MAX_DEPTH,
    MAX_LENGTH,
    AllOf,
    AnyOf,
    Comparison,
    Expression,
    Operator,
    check_fields,
    comparisons,
    format_expression,
    holds,
    parse_expression,
)

A = Comparison("a", Operator.EQUALS, 1)
B = Comparison("b", Operator.EQUALS, 2)
C = Comparison("c", Operator.EQUALS, 3)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
leaves = st.builds(Comparison, texts, st.sampled_from(Operator), values)
expressions: st.SearchStrategy[Expression] = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("a equals 1", A),
        ("  a\tequals\n1 ", A),
        ("a equals 1,b equals 2", AllOf((A, B))),
        ("a equals 1|b equals 2", AnyOf((A, B))),
        ("a equals 1, b equals 2 | c equals 3", AnyOf((AllOf((A, B)), C))),
        ("a equals 1, (b equals 2 | c equals 3)", AllOf((A, AnyOf((B, C))))),
        ("((a equals 1))", A),
        ("(a equals 1, b equals 2), c equals 3", AllOf((AllOf((A, B)), C))),
    ],
)
def test_a_comma_binds_closer_than_a_bar(text: str, expression: Expression) -> None:
    assert parse_expression(text) == expression


@pytest.mark.parametrize(
    ("text", "field", "operator", "value"),
    [
        ('tags anyOf ["enterprise", "beta"]', "tags", "anyOf", ["enterprise", "beta"]),
        ('query equals "toggle"', "query", "equals", "toggle"),
        ("query equals dark-mode", "query", "equals", "dark-mode"),
        ("unbounded equals true", "unbounded", "equals", True),
        ("external exists false", "external", "exists", False),
        ("name equals null", "name", "equals", None),
        ("age equals 1.5", "age", "equals", 1.5),
        ("version equals 1.2.3", "version", "equals", "1.2.3"),
        (
            'kindKey equals {"kind":"user","key":"x"}',
            "kindKey",
            "equals",
            {"kind": "user", "key": "x"},
        ),
        ('*./address/city startsWith "B,|()"', "*./address/city", "startsWith", "B,|()"),
        ('"user.first name" equals "Ada"', "user.first name", "equals", "Ada"),
        ("last-seen before 2026-01-01T00:00:00Z", "last-seen", "before", "2026-01-01T00:00:00Z"),
        ("true equals true", "true", "equals", True),
        ("q equals é", "q", "equals", "é"),
    ],
)
def test_what_a_comparison_is_made_of(text: str, field: str, operator: str, value: Any) -> None:
    assert parse_expression(text) == Comparison(field, Operator(operator), value)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_blank_text_is_no_filter(text: str) -> None:
    assert parse_expression(text) is None


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("a", 2, "the end was found; an operator was expected after 'a': equals, notEquals"),
        ("a is 1", 3, "'is 1' was found; an operator"),
        ("a equals", 9, "the end was found; a value was expected after equals"),
        ("a equals 1,", 12, "the end was found; a field was expected"),
        ("a equals 1 2", 12, "'2' was found; ',', '|' or the end was expected; .*double quotes"),
        ("(a equals 1", 12, "the end was found; .*'\\)'"),
        ("a equals 1)", 11, "'\\)' was found"),
        ("a equals [1,", 10, "not JSON"),
        ("a equals [NaN]", 10, "not JSON"),
        ('a equals "\\ud800"', 10, "not JSON"),
        ("a equals " + "[" * 5000 + "]" * 5000, 10, "not JSON"),
        ('["a"] equals 1', 1, "a field was expected"),
        ("a equals 1 || b equals 2", 13, "'\\| b equals 2' was found; a field was expected"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as caught:
        parse_expression(text)
    assert caught.value.message.startswith(f"filter, at character {position}: ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * (MAX_DEPTH + 1) + "a equals 1" + ")" * (MAX_DEPTH + 1),
        ",".join(["a equals 1"] * (MAX_COMPARISONS + 1)),
        "a equals " + "x" * MAX_LENGTH,
    ],
)
def test_what_is_too_much_to_read(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="at most"):
        parse_expression(text)


def test_what_is_no_text() -> None:
    with pytest.raises(InvalidRequestError, match="UTF-8"):
        parse_expression("a equals \udce9")


def test_as_much_as_there_may_be() -> None:
    assert parse_expression("(" * MAX_DEPTH + "a equals 1" + ")" * MAX_DEPTH) == A
    many = parse_expression(",".join(["a equals 1"] * MAX_COMPARISONS))
    assert len(list(comparisons(many))) == MAX_COMPARISONS


@given(expressions)
@example(Comparison("", Operator.EQUALS, ""))
@example(Comparison("a", Operator.EQUALS, "true"))
def test_to_read_what_was_written_gives_the_same(expression: Expression) -> None:
    assert parse_expression(format_expression(expression)) == expression


@given(st.text('ab1 ,|()[]{}"\\=equalsxit', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expression = parse_expression(text)
    except InvalidRequestError:
        return
    assert expression is None or parse_expression(format_expression(expression)) == expression


@given(expressions, st.sets(texts))
def test_what_holds_is_told_by_the_comparisons(
    expression: Expression, true_fields: set[str]
) -> None:
    def expected(part: Expression) -> bool:
        if isinstance(part, Comparison):
            return part.field in true_fields
        return (all if isinstance(part, AllOf) else any)([expected(one) for one in part.parts])

    assert holds(expression, lambda one: one.field in true_fields) == expected(expression)


def only(text: str) -> Comparison:
    expression = parse_expression(text)
    assert isinstance(expression, Comparison)
    return expression


@pytest.mark.parametrize(
    ("text", "value"),
    [("k equals x", "x"), ("k equals 007", "007"), ("k equals 1e3", "1e3"), ('k equals "1"', "1")],
)
def test_a_text_is_what_was_written(text: str, value: str) -> None:
    assert only(text).text() == value
    assert only(text).texts() == (value,)


def test_texts() -> None:
    assert only('k anyOf ["a", "b"]').texts() == ("a", "b")
    for wrong in ("k anyOf [1]", "k anyOf {}"):
        with pytest.raises(InvalidRequestError, match="at character 1: 'k' anyOf"):
            only(wrong).texts()
    with pytest.raises(InvalidRequestError, match="one text"):
        only('k equals ["a"]').text()


@pytest.mark.parametrize(
    ("written", "value"), [("true", True), ("false", False), ('"true"', True), ('"false"', False)]
)
def test_a_truth_value(written: str, value: bool) -> None:
    assert only(f"k exists {written}").truth() is value


@pytest.mark.parametrize("written", ["1", "0", "1.0", "yes", "null", "[true]"])
def test_what_is_no_truth_value(written: str) -> None:
    with pytest.raises(InvalidRequestError, match="true or false"):
        only(f"k exists {written}").truth()


KNOWN = {"tags": [Operator.ANY_OF], "query": [Operator.EQUALS, Operator.CONTAINS]}


def test_fields_and_their_operators() -> None:
    check_fields(None, KNOWN)
    check_fields(parse_expression("tags anyOf [a] , query equals x".replace("[a]", '["a"]')), KNOWN)
    with pytest.raises(
        InvalidRequestError, match=r"at character 14: there is no field 'colour'.*tags, query"
    ):
        check_fields(parse_expression("tags anyOf x,colour equals red"), KNOWN)
    with pytest.raises(
        InvalidRequestError, match=r"'query' exists: .* compared by equals or contains"
    ):
        check_fields(parse_expression("query exists true"), KNOWN)
