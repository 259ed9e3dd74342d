"""What can be told of a matcher: words that it takes, and words that it should not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.payloads.matcher import Matcher
from muster.payloads.words import (
    find_longer_word,
    find_taken_opposites,
    find_taken_removal,
    find_words,
    matches_nothing,
)


@pytest.mark.parametrize(
    ("pattern", "adding", "removing"),
    [
        ("^(members|add_members)$", "add_members", "remove_members"),
        ("^[Jj]oined?$", "Joine", "remove"),
        ("^[0-9]{3}$", "000", "remove"),
        ("^(in|out)[0-9]$", "in0", "remove"),
        ("(?i)^enrol$", "enrol", "remove"),
        ("^$", "", "remove"),
        ("", "add", None),
        ("^[a-z_]*$", "add", "-"),
        ("^add$x", None, "remove"),
    ],
)
def test_words_are_found(pattern: str, adding: str | None, removing: str | None) -> None:
    words = find_words(Matcher(pattern))
    assert (words.adding, words.removing) == (adding, removing)


@given(st.from_regex(r"\A[a-z_]{1,12}\Z"))
def test_a_word_is_found_for_a_matcher_of_that_word(word: str) -> None:
    words = find_words(Matcher(f"^{word}$"))
    assert words.adding == word
    assert words.removing not in {word, None}


@pytest.mark.parametrize("pattern", ["/^add$/", '"^add$"', "^add$ ", "a^b", r"a\bb"])
def test_some_matchers_take_nothing(pattern: str) -> None:
    assert matches_nothing(Matcher(pattern))


@pytest.mark.parametrize(
    "pattern", ["^add$", "", r"\Badd", r"add\B", r"\d", ".*foo[0-9]", "^x{300}$"]
)
def test_most_matchers_take_something(pattern: str) -> None:
    assert not matches_nothing(Matcher(pattern))


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("^(add_member|remove_member)$", "remove_member"),
        ("^(joinedAudience|leftAudience)$", "leftAudience"),
        ("^(audience.entered|audience.exited)$", "audience.exited"),
        ("(?i)^removed$", "removed"),
        ("^(undelete|readd)$", None),
        ("^(members|add_members)$", None),
    ],
)
def test_a_word_of_the_pattern_that_says_to_remove(pattern: str, word: str | None) -> None:
    assert find_taken_removal(Matcher(pattern)) == word


@pytest.mark.parametrize(
    ("pattern", "opposites"),
    [
        ("^[a-z]+$", ("add", "remove")),
        ("_members?$", ("add_member", "remove_member")),
        ("^[01]$", ("1", "0")),
        ("subscribe", ("subscribe", "unsubscribe")),
        ("^subscribe", None),
        ("^(add|create|true|1)$", None),
    ],
)
def test_words_that_say_opposite_things(pattern: str, opposites: tuple[str, str] | None) -> None:
    assert find_taken_opposites(Matcher(pattern)) == opposites


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("add", "add"),
        ("^add", "add"),
        ("add$", "add"),
        ("1", "1"),
        (r"\badd\b", None),
        ("^add$", None),
    ],
)
def test_a_longer_word_around_one_that_is_taken(pattern: str, word: str | None) -> None:
    found = find_longer_word(Matcher(pattern))
    assert (found and found[0]) == word
    if found is not None:
        assert found[0] in found[1]
