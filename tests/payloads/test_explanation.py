"""Explanations: they come to what the parser reads, and each pointer leads to what it is said to."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.core.pointers import MISSING, Json, parse_pointer, resolve
from muster.payloads.errors import InvalidPayloadError, ParserSpecError
from muster.payloads.explanation import (
    CohortExplanation,
    Entry,
    Explanation,
    Fact,
    Way,
    explain,
)
from muster.payloads.parser import RequestParser
from tests.payloads.strategies import (
    ENVIRONMENT_ID,
    PARSERS,
    SPECS,
    damaged_bodies,
    json_values,
    request_parsers,
)

AMPLITUDE = PARSERS["amplitude"]
HIGHTOUCH = PARSERS["hightouch"]
RUDDERSTACK = PARSERS["rudderstack"]


def entry(key: Json, value: Json = True, **own: Json) -> dict[str, Any]:
    """Return a member of an Amplitude body."""
    return {"userId": key, "value": value, "cohortId": "c", "cohortName": "C", **own}


def amplitude(*batch: Json) -> Json:
    """Return an Amplitude body."""
    return {"environmentId": ENVIRONMENT_ID, "batch": list(batch)}


def hightouch(*keys: Json, **changed: Json) -> Json:
    """Return a Hightouch body."""
    return {
        "environmentId": ENVIRONMENT_ID,
        "cohortId": "c",
        "action": "add",
        "members": [{"integration_distinct_id": key} for key in keys],
    } | changed


def value_at(body: Json, pointer: str) -> Json:
    """Return what a body has at a pointer."""
    return resolve(body, parse_pointer(pointer))


T = TypeVar("T")


def outcome(read: Callable[[], T]) -> T | tuple[str, str | None]:
    """Return what is read, or why it is refused."""
    try:
        return read()
    except InvalidPayloadError as error:
        return error.message, error.pointer


def says_the_same(parser: RequestParser, body: Json) -> None:
    """Hold an explanation to the parser and to the body."""
    read = outcome(lambda: parser.parse(body))
    explanation = outcome(lambda: explain(parser, body))
    if isinstance(read, tuple) or isinstance(explanation, tuple):
        assert explanation == read
        return
    assert explanation.to_changes() == read
    assert explanation.received == read.received
    check_facts(body, explanation)
    for cohort in explanation.cohorts:
        for one in cohort.entries:
            check_entry(body, explanation, cohort, one)


def check_facts(body: Json, explanation: Explanation) -> None:
    """Each fact's pointer leads to what was sent, and that to the value."""
    facts = [explanation.environment, explanation.context_kind]
    facts += [explanation.action.word] if explanation.action else []
    for cohort in explanation.cohorts:
        facts += [cohort.id, cohort.name, cohort.url]
        assert cohort.id.sent is not MISSING
    for fact in facts:
        if fact.pointer is None:
            assert fact.sent is MISSING
        else:
            assert value_at(body, fact.pointer) is fact.sent
        if fact.sent in {MISSING, "", None}:
            assert fact.value in {None, "user", fact.sent}
        elif isinstance(fact.sent, str):
            assert fact.value == fact.sent


def check_entry(
    body: Json, explanation: Explanation, cohort: CohortExplanation, one: Entry
) -> None:
    """An entry's pointers lead to the member's id, the reason and the cohort's id."""
    assert text_of(value_at(body, one.pointer)) == one.key
    assert text_of(value_at(body, one.cohort_pointer)) == cohort.cohort_id
    reason = value_at(body, one.reason)
    if explanation.way is Way.BOOLEAN:
        assert reason is one.added
    elif explanation.way is Way.ARRAY:
        assert isinstance(reason, list)
        assert one.pointer.startswith(f"{one.reason}/")
    else:
        assert explanation.action is not None
        assert reason is explanation.action.word.sent
        assert explanation.action.adds is one.added


def text_of(value: Json) -> str:
    """Return an id as it is kept; of a whole number, its digits."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


@settings(max_examples=50)
@given(st.data())
@pytest.mark.parametrize("key", sorted(PARSERS))
def test_an_explanation_comes_to_what_the_parser_reads(key: str, data: st.DataObject) -> None:
    says_the_same(PARSERS[key], data.draw(damaged_bodies(PARSERS[key])))


@settings(max_examples=150)
@given(request_parsers(disjoint=False), json_values)
def test_so_it_does_for_any_manifest_and_any_body(spec: Json, body: Json) -> None:
    try:
        parser = RequestParser.compile(spec)
    except ParserSpecError:
        return
    says_the_same(parser, body)


@settings(max_examples=150)
@given(st.data())
def test_so_it_does_for_any_manifest_and_a_body_of_it(data: st.DataObject) -> None:
    parser = RequestParser.compile(data.draw(request_parsers(disjoint=True)))
    says_the_same(parser, data.draw(damaged_bodies(parser)))


def test_a_boolean_is_the_reason() -> None:
    body = amplitude(entry("ada"), entry("bob", False, cohortId="d", cohortName="D"))
    first, second = explain(AMPLITUDE, body).cohorts
    assert first.entries == [Entry("ada", True, "/batch/0/userId", "/batch/0/value", first_id(0))]
    assert second.entries == [Entry("bob", False, "/batch/1/userId", "/batch/1/value", first_id(1))]
    assert second.id == Fact("d", "/batch/1/cohortId", "d")
    assert second.name == Fact("D", "/batch/1/cohortName", "D")


def first_id(index: int) -> str:
    """Return the pointer of the cohort's id in a member."""
    return f"/batch/{index}/cohortId"


def test_an_array_is_the_reason() -> None:
    lists = {"add": [{"id": "ada"}], "remove": [{"id": 7}]}
    body = {"environmentId": ENVIRONMENT_ID, "cohortId": "c", "listData": lists}
    (cohort,) = explain(RUDDERSTACK, body).cohorts
    assert cohort.list_decided(added=True) == [
        Entry("ada", True, "/listData/add/0/id", "/listData/add", "/cohortId")
    ]
    assert cohort.list_decided(added=False) == [
        Entry("7", False, "/listData/remove/0/id", "/listData/remove", "/cohortId")
    ]


@pytest.mark.parametrize(("word", "adds"), [("add", True), ("remove", False), (5, False)])
def test_an_action_is_the_reason(word: Json, adds: bool) -> None:
    explanation = explain(HIGHTOUCH, hightouch("ada", action=word))
    action = explanation.action
    assert action is not None
    assert action.word == Fact(str(word), "/action", word)
    assert (action.adds, action.matcher.pattern) == (adds, "^add$")
    (one,) = explanation.cohorts[0].entries
    assert (one.added, one.reason) == (adds, "/action")


def test_the_last_word_overrules_those_before() -> None:
    body = amplitude(entry("ada"), entry("bob"), entry("ada", False), entry("ada"))
    (cohort,) = explain(AMPLITUDE, body).cohorts
    overruled = [(one.pointer, last.pointer) for one, last in cohort.list_overruled()]
    assert overruled == [
        ("/batch/0/userId", "/batch/3/userId"),
        ("/batch/2/userId", "/batch/3/userId"),
    ]
    assert [one.key for one in cohort.list_decided(added=True)] == ["ada", "bob"]


def test_the_last_name_of_a_cohort_is_told_with_its_place() -> None:
    body = amplitude(entry("a"), entry("b", cohortName="Newer"), entry("c", cohortName=None))
    (cohort,) = explain(AMPLITUDE, body).cohorts
    assert cohort.name == Fact("Newer", "/batch/1/cohortName", "Newer")


def test_a_member_that_names_no_cohort_is_of_the_bodys() -> None:
    spec = {**SPECS["amplitude"], "cohortIdPath": "/cohort"}
    body = {**amplitude({"userId": "ada", "value": True}), "cohort": 12}
    (cohort,) = explain(RequestParser.compile(spec), body).cohorts
    assert cohort.id == Fact("12", "/cohort", 12)
    assert cohort.entries[0].cohort_pointer == "/cohort"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, Fact("user", "/contextKind", MISSING)),
        ({"contextKind": None}, Fact("user", "/contextKind", None)),
        ({"contextKind": "device"}, Fact("device", "/contextKind", "device")),
    ],
)
def test_a_default_is_told_from_what_was_sent(sent: dict[str, Json], told: Fact) -> None:
    assert explain(HIGHTOUCH, hightouch("ada", **sent)).context_kind == told


def test_what_a_manifest_does_not_ask_for_has_no_place() -> None:
    explanation = explain(AMPLITUDE, amplitude(entry("ada")))
    assert explanation.context_kind == Fact("user")
    (cohort,) = explain(HIGHTOUCH, hightouch("ada")).cohorts
    assert cohort.url == Fact(None)
    assert cohort.name == Fact(None, "/cohortName")


def test_nothing_is_named_where_there_is_no_member_to_name_it() -> None:
    explanation = explain(AMPLITUDE, amplitude())
    assert (explanation.cohorts, explanation.received) == ((), 0)
