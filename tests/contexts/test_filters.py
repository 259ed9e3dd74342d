"""What filters of contexts ask for, and where they let it be looked for."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.contexts.filters import Scope, read_context_filter
from muster.contexts.model import ContextRecord
from muster.core.errors import InvalidRequestError
from muster.core.filters import AllOf, AnyOf, Comparison, Expression, Operator, format_expression
from muster.core.ids import EnvironmentId
from tests.clock import START

PLACE = EnvironmentId("e" * 24)


def context(
    kind: str,
    key: str,
    seen_at: datetime | None = START,
    application: str | None = None,
    **attributes: Any,
) -> ContextRecord:
    """Return a context that was evaluated."""
    return ContextRecord(PLACE, kind, key, attributes, seen_at, application)


ADA = context(
    "user",
    "ada",
    application="web",
    name="Ada Lovelace",
    email="ada@example.com",
    age=36,
    admin=True,
    groups=["eu", "beta", 7],
    address={"city": "London", "a/b": {"~": "odd"}},
    joined="2026-05-01T12:00:00+02:00",
    left=1_777_636_800_000,
    zip="007",
)
BARE = context("user", "ada", None)


@pytest.mark.parametrize(
    "text",
    [
        'kind equals "user"',
        "kind notEquals device",
        'kind anyOf ["device", "user"]',
        "kind startsWith us",
        'kinds equals ["user"]',
        'kinds anyOf ["device", "user"]',
        'kinds contains ["user"]',
        "key equals ada",
        "key startsWith a",
        "key contains d",
        'key anyOf ["x", "ada"]',
        'kindKey equals {"kind": "user", "key": "ada"}',
        'kindKeys anyOf ["user:ada", {"kind": "user", "key": "bob"}]',
        'kindKeys contains ["user:ada"]',
        'id equals "user:ada"',
        "q equals LOVE",
        "q equals AD",
        'name equals "Ada Lovelace"',
        "name startsWith Ada",
        "applicationId equals web",
        "applicationId exists true",
        "user.email contains @example",
        "*.age equals 36",
        "*.age notEquals 35",
        'user.age anyOf ["36", 36]',
        "user.admin equals true",
        "user.key equals ada",
        "*.key startsWith ad",
        "user.groups equals beta",
        "user.groups equals 7",
        'user.groups contains ["eu", "beta"]',
        "user.groups startsWith be",
        "user.address/city equals London",
        "user./address/city equals London",
        "user.address/a~1b/~0 exists true",
        "user.phone exists false",
        'user.joined before "2026-05-01T10:00:01Z"',
        'user.joined after "2026-05-01T09:59:59Z"',
        'user.left after "2026-05-01T11:00:00Z"',
        "user.left before 1777636800001",
        "user.zip equals 007",
        "user.zip equals 7 | user.zip equals 007",
    ],
)
def test_what_a_filter_finds(text: str) -> None:
    assert read_context_filter(text).matches(ADA)


@pytest.mark.parametrize(
    "text",
    [
        "kind equals device",
        "kind equals USER",
        "kind notEquals user",
        'kinds equals ["user", "device"]',
        'kinds contains ["user", "device"]',
        "key equals Ada",
        "key startsWith da",
        'kindKey equals {"kind": "device", "key": "ada"}',
        'kindKeys contains ["user:ada", "user:bob"]',
        "q equals London",
        "name equals Ada",
        "applicationId equals ios",
        "applicationId exists false",
        'user.age equals "36"',
        "user.age equals 36.5",
        "user.admin equals 1",
        'user.admin equals "true"',
        "device.age equals 36",
        "user.groups notEquals beta",
        'user.groups contains ["eu", "us"]',
        "user.phone exists true",
        "user.phone notEquals x",
        "user.age startsWith 3",
        "user.address equals London",
        'user.joined before "2026-05-01T10:00:00Z"',
        'user.joined after "2026-05-01T10:00:00Z"',
        "user.email before 99999999999999",
        "user.zip equals 7",
        "key equals ada, kind equals device",
    ],
)
def test_what_a_filter_passes_over(text: str) -> None:
    assert not read_context_filter(text).matches(ADA)


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        (None, Scope()),
        ("kind equals user", Scope(kinds=frozenset({"user"}))),
        ("kind notEquals user", Scope()),
        ("key equals x", Scope(keys=frozenset({"x"}))),
        ("key equals 12", Scope(keys=frozenset({"12"}))),
        ("id equals a:b:c", Scope(frozenset({"a"}), frozenset({"b:c"}))),
        ("key equals x, kind equals user", Scope(frozenset({"user"}), frozenset({"x"}))),
        ("key equals x | key equals y", Scope(keys=frozenset({"x", "y"}))),
        ("key equals x | kind equals user", Scope()),
        ("key equals x, key equals y", Scope(keys=frozenset())),
        ("key startsWith abc | key startsWith abd", Scope(prefix="ab")),
        ("key startsWith ab, key startsWith abc", Scope(prefix="abc")),
        ("user.email exists true", Scope(frozenset({"user"}), recorded_only=True)),
        ("user.email exists false", Scope(frozenset({"user"}))),
        ("*.email equals x | key equals y", Scope()),
        ("user.key equals x", Scope(frozenset({"user"}), frozenset({"x"}))),
        ("name equals x, q equals y", Scope(recorded_only=True)),
    ],
)
def test_where_to_look(text: str | None, scope: Scope) -> None:
    assert read_context_filter(text).scope == scope


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("email equals x", r"at character 1: there is no field 'email'.*user\.email"),
        ("key equals x, sort equals y", "at character 15: there is no field 'sort'"),
        (".email equals x", "no field"),
        ("user. equals x", "no field"),
        ("key exists true", "'key' exists: this field is compared by anyOf, contains, equals"),
        ("kindKey equals ada", "a context is written"),
        ('kindKey equals {"kind": 1, "key": "ada"}', "a context is written"),
        ("*.a~b equals 1", "'~0' stands for '~'"),
        ("*.at before yesterday", "its value must be a time"),
        ('*.at before "2026-05-01T12:00:00"', "its value must be a time"),
        ("*.at exists maybe", "must be true or false"),
        ('key equals ["a"]', "must be one text"),
        ("key anyOf [1]", "array of texts"),
        ('q equals ["a"]', "must be one text"),
        ("*.name startsWith []", "must be one text"),
    ],
)
def test_what_can_t_be_asked(text: str, says: str) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        read_context_filter(text)


kinds = st.sampled_from(["user", "device"])
keys = st.sampled_from(["a", "ab", "abc", "b", "1"])
contexts = st.builds(
    lambda kind, key, seen, names: context(
        kind, key, START if seen else None, **(names if seen else {})
    ),
    kinds,
    keys,
    st.booleans(),
    st.dictionaries(st.sampled_from(["name", "x"]), keys),
)
comparisons = (
    st.builds(
        Comparison, st.just("kind"), st.sampled_from([Operator.EQUALS, Operator.NOT_EQUALS]), kinds
    )
    | st.builds(
        Comparison,
        st.just("key"),
        st.sampled_from(
            [Operator.EQUALS, Operator.STARTS_WITH, Operator.CONTAINS, Operator.NOT_EQUALS]
        ),
        keys,
    )
    | st.builds(
        Comparison, st.just("id"), st.just(Operator.EQUALS), st.builds("{}:{}".format, kinds, keys)
    )
    | st.builds(
        Comparison,
        st.sampled_from(["name", "user.x", "*.x"]),
        st.just(Operator.EXISTS),
        st.booleans(),
    )
    | st.builds(
        Comparison, st.sampled_from(["name", "device.x", "*.x"]), st.just(Operator.EQUALS), keys
    )
)
expressions: st.SearchStrategy[Expression] = st.recursive(
    comparisons,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=6,
)


@given(expressions, contexts)
def test_what_matches_is_where_it_is_looked_for(expression: Expression, one: ContextRecord) -> None:
    wanted = read_context_filter(format_expression(expression))
    scope = wanted.scope
    if wanted.matches(one):
        assert scope.kinds is None or one.kind in scope.kinds
        assert scope.keys is None or one.key in scope.keys
        assert one.key.startswith(scope.prefix)
        assert one.last_seen_at is not None or not scope.recorded_only


def test_a_member_has_no_attributes() -> None:
    assert read_context_filter("key equals ada").matches(BARE)
    assert not read_context_filter("name startsWith A").matches(BARE)
    assert read_context_filter("name exists false").matches(BARE)
