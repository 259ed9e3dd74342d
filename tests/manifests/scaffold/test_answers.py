"""Which answers are taken, and what is proposed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.manifests.keys import parse_integration_key
from muster.manifests.scaffold.answers import (
    AnswerError,
    Topic,
    find_default,
    find_guess,
    propose_key,
    read_answer,
)


@pytest.mark.parametrize(
    ("topic", "text", "kept"),
    [
        (Topic.NAME, "  Acme   Cohorts ", "Acme Cohorts"),
        (Topic.KEY, "acme_2.x", "acme_2.x"),
        (Topic.KEY, "Acme", "acme"),
        (Topic.WEBSITE, " https://acme.example/a?b=c ", "https://acme.example/a?b=c"),
        (Topic.WEBSITE, "HTTP://acme.example", "HTTP://acme.example"),
        (Topic.SUPPORT_EMAIL, "help@acme.example", "help@acme.example"),
        (Topic.OVERVIEW, "Sync cohorts from Acme", "Sync cohorts from Acme."),
        (Topic.OVERVIEW, "Sync cohorts from Acme.", "Sync cohorts from Acme."),
        (Topic.OVERVIEW, "Sync cohorts (of Acme)", "Sync cohorts (of Acme)."),
    ],
)
def test_answers_that_are_taken(topic: Topic, text: str, kept: str) -> None:
    assert read_answer(topic, text) == kept


@pytest.mark.parametrize(
    ("topic", "text", "reason"),
    [
        (Topic.NAME, "", "at least 3 characters"),
        (Topic.NAME, "x" * 101, "at most 100 characters"),
        (Topic.NAME, "Acme\x07", "can't be shown"),
        (Topic.KEY, "", "begins with a letter"),
        (Topic.KEY, "Acme Cohorts", "a-z"),
        (Topic.KEY, "-acme", "begins with a letter"),
        (Topic.KEY, "../acme", "a-z"),
        (Topic.KEY, "a" * 65, "1 to 64"),
        (Topic.WEBSITE, "acme.example", "begin with https://"),
        (Topic.WEBSITE, "https://", "names no host"),
        (Topic.WEBSITE, "https://acme.example/a b", "a space"),
        (Topic.WEBSITE, "https://[acme", "no address"),
        (Topic.WEBSITE, "https://acme.example:port", "no address"),
        (Topic.PRIVACY_POLICY, "mailto:help@acme.example", "begin with https://"),
        (Topic.DOCS_URL, f"https://acme.example/{'x' * 2048}", "at most 2,048 characters"),
        (Topic.SUPPORT_EMAIL, "acme.example", "support@example.com"),
        (Topic.SUPPORT_EMAIL, "a b@acme.example", "an e-mail address"),
        (Topic.OVERVIEW, "Short", "at least 10"),
        (Topic.OVERVIEW, "Is this an overview?", "End it with a period"),
        (Topic.OVERVIEW, "x" * 100, "at most 100"),
        (Topic.DESCRIPTION, "Too short for a description.", "at least 50"),
        (Topic.AUTHOR, "A", "at least 3"),
    ],
)
def test_answers_that_are_not(topic: Topic, text: str, reason: str) -> None:
    with pytest.raises(AnswerError, match=reason):
        read_answer(topic, text)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme Cohorts", "acme-cohorts"),
        ("  Ácmé & Söhne (EU)! ", "acme-sohne-eu"),
        ("x" * 70, "x" * 64),
        ("東京", None),
    ],
)
def test_keys_that_names_suggest(name: str, key: str | None) -> None:
    assert propose_key(name) == key


@given(st.text())
def test_a_suggested_key_is_one_that_muster_takes(name: str) -> None:
    key = propose_key(name)
    if key is not None:
        assert read_answer(Topic.KEY, key) == key == parse_integration_key(key)


@given(st.text("abz09._-", max_size=66))
def test_each_key_that_is_taken_is_one_that_muster_takes(text: str) -> None:
    try:
        key = read_answer(Topic.KEY, text)
    except AnswerError:
        return
    assert parse_integration_key(key) == key


def test_what_is_right_for_everybody_is_the_default() -> None:
    known = {Topic.NAME: "Acme Cohorts", Topic.AUTHOR: "Acme"}
    found = {topic: find_default(topic, known) for topic in Topic}
    assert {topic for topic, text in found.items() if text} == {
        Topic.KEY,
        Topic.OVERVIEW,
        Topic.DESCRIPTION,
    }
    assert found[Topic.OVERVIEW] == "Keep segments in step with the cohorts of Acme."
    assert not any(find_default(topic, {}) for topic in Topic)


def test_a_default_that_would_be_too_long_is_none() -> None:
    known = {Topic.AUTHOR: "A" * 100}
    assert find_default(Topic.OVERVIEW, known) is None


def test_guesses_come_from_the_website() -> None:
    known = {Topic.WEBSITE: "https://www.acme.example/product?x"}
    assert find_guess(Topic.SUPPORT_EMAIL, known) == "support@acme.example"
    assert find_guess(Topic.PRIVACY_POLICY, known) == "https://www.acme.example/privacy"
    assert find_guess(Topic.NAME, known) is None
    assert find_guess(Topic.SUPPORT_EMAIL, {}) is None
