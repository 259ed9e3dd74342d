"""Query parameters that lists share."""

import pytest

from muster.api.queries import all_of, any_of, read_expand, read_filter, true_or_false
from muster.core.errors import InvalidRequestError

KNOWN = ("query", "tags", "keys")


def test_a_filter_is_read_field_by_field() -> None:
    assert read_filter("query:a:b,tags:x+y, keys:p|q", KNOWN) == {
        "query": "a:b",
        "tags": "x+y",
        "keys": "p|q",
    }
    assert read_filter(None, KNOWN) == read_filter("", KNOWN) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [("a", "query, tags, keys"), ("colour:red", "colour:red"), ("query:a,query:b", "twice")],
)
def test_what_is_no_filter(text: str, says: str) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        read_filter(text, KNOWN)


def test_values_with_several_parts() -> None:
    assert all_of("a+b") == all_of("a b") == ("a", "b")
    assert any_of("a|b") == ("a", "b")
    assert all_of("") == any_of("") == ()
    assert read_expand("environments, other") == {"environments", "other"}
    assert read_expand(None) == frozenset()


def test_true_or_false() -> None:
    assert true_or_false("true", "critical")
    assert not true_or_false("false", "critical")
    with pytest.raises(InvalidRequestError, match="critical is 'yes'"):
        true_or_false("yes", "critical")
