"""Names as words."""

import pytest

from muster.payloads.inference.names import is_adding, is_removing, opposite_of, words_of


@pytest.mark.parametrize(
    "name",
    ["cohortId", "cohort_id", "cohort-id", "Cohort ID", "cohort.id", "COHORT_ID", "cohortid"],
)
def test_a_name_has_the_same_words_however_it_is_spelt(name: str) -> None:
    assert words_of(name) == ("cohort", "id")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("userIDs", ("user", "id")),
        ("clientSideID", ("client", "side", "id")),
        ("clientsideid", ("client", "side", "id")),
        ("HTTPHeader2", ("http", "header", "2")),
        ("identities", ("identity",)),
        ("status", ("status",)),
        ("añadidoPor", ("añadido", "por")),
        ("", ()),
        ("--", ()),
    ],
)
def test_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    "word", ["add", "added", "addedUsers", "entered", "qualified", "user_created"]
)
def test_words_that_add(word: str) -> None:
    assert is_adding(words_of(word))
    assert not is_removing(words_of(word))


@pytest.mark.parametrize("word", ["remove", "toRemove", "exited", "left", "deleting", "leaves"])
def test_words_that_remove(word: str) -> None:
    assert is_removing(words_of(word))
    assert not is_adding(words_of(word))


@pytest.mark.parametrize(
    "word", ["address", "addresses", "enterprise", "member", "leftover", "inbox"]
)
def test_words_that_only_begin_alike(word: str) -> None:
    assert not is_adding(words_of(word))
    assert not is_removing(words_of(word))


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("add", "remove"),
        ("REMOVE_MEMBERS", "ADD_MEMBERS"),
        ("addedUsers", "removedUsers"),
        ("usersAdded", "usersRemoved"),
        ("audience.exited", "audience.entered"),
        ("deleted", "created"),
        ("address", None),
        ("sync", None),
    ],
)
def test_opposites(text: str, opposite: str | None) -> None:
    assert opposite_of(text) == opposite
