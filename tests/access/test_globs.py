"""Globs, against what regular expressions say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.access.globs import Glob

_TEXT = st.text("ab*:/", max_size=8)


@given(_TEXT, st.text("ab:/", max_size=8))
def test_a_glob_matches_as_the_regular_expression_does(pattern: str, name: str) -> None:
    expression = "[^:/]*".join(map(re.escape, pattern.split("*")))
    # A literal may hold a separator; around a star none is matched, wherever it stands.
    expected = re.fullmatch(expression, name) is not None
    if "*" in pattern and re.search("[:/]", name):
        expected = False
    assert Glob(pattern).matches(name) is expected


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*", "", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("ops_*", "ops_", True),
        ("Ops_*", "ops_x", False),
    ],
)
def test_examples(pattern: str, name: str, matches: bool) -> None:
    assert Glob(pattern).matches(name) is matches


def test_a_hostile_pattern_takes_no_time() -> None:
    """With backtracking this would not end."""
    assert not Glob("*a" * 200 + "b").matches("a" * 5000)
