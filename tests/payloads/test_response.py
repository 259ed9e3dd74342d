"""What is answered is JSON, and holds what the template's author wrote, whatever was sent."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.payloads.errors import ResponseTemplateError
from muster.payloads.response import MAX_TEMPLATE_LENGTH, ResponseTemplate, ResponseValues
from tests.payloads.strategies import json_values

STATUS = (
    '{ "project": "{{projectKey}}", "environment": "{{environmentKey}}", "segment": "{{segmentKey}}",'
    ' "url": "{{{segmentUrl}}}", {{#if errorMessage}}"status": "failure", "error": {"message":'
    ' "{{{errorMessage}}}", "code": {{statusCode}} }{{else}}"status": "success"{{/if}} }'
)
ECHO = (
    '{"action": "{{requestBody.action}}", "raw": "{{{requestBody.action}}}", "status": "success"}'
)
HOSTILE = st.sampled_from(
    [
        '"',
        '", "status": "failure',
        '"}, {"',
        "\\",
        '\\", "x": "',
        "{{projectKey}}",
        "{{{",
        "}}",
        "<&'`=>",
        "\n\0\u2028",
        "\\u0022",
        "M0_0_",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]))


def values(body: Json = None, status: int = 200, message: str = "", **keys: str) -> ResponseValues:
    known = {"project_key": "p", "environment_key": "e", "segment_key": "s", "segment_url": "u"}
    return ResponseValues(body, status, message, **{**known, **keys})


def answer(source: str, shown: ResponseValues) -> Any:
    return orjson.loads(ResponseTemplate.compile(source).render(shown))


def strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from strings(member)
    elif isinstance(value, list):
        for element in value:
            yield from strings(element)


def test_a_template_has_a_longest_length() -> None:
    assert answer('"' + "x" * (MAX_TEMPLATE_LENGTH - 2) + '"', values())
    with pytest.raises(ResponseTemplateError, match="32,769 characters, more than 32,768"):
        ResponseTemplate.compile('"' + "x" * (MAX_TEMPLATE_LENGTH - 1) + '"')


def test_an_applied_request() -> None:
    assert answer(STATUS, values()) == {
        "project": "p",
        "environment": "e",
        "segment": "s",
        "url": "u",
        "status": "success",
    }


def test_a_refused_request() -> None:
    shown = answer(STATUS, values(None, 400, 'not "JSON" at all\n'))
    assert shown["status"] == "failure"
    assert shown["error"] == {"message": 'not "JSON" at all\n', "code": 400}


@given(HOSTILE, HOSTILE)
def test_values_are_shown_as_they_are_and_stay_in_their_strings(one: str, two: str) -> None:
    assert answer(ECHO, values({"action": one})) == {"action": one, "raw": one, "status": "success"}
    shown = answer(STATUS, values(None, 400, f"x{one}", segment_key=two, segment_url=two))
    assert shown == {
        "project": "p",
        "environment": "e",
        "segment": two,
        "url": two,
        "status": "failure",
        "error": {"message": f"x{one}", "code": 400},
    }


@given(HOSTILE.filter(bool))
def test_a_string_outside_of_quotes_becomes_one(text: str) -> None:
    assert answer('{"is": {{requestBody.x}}, "n": 1}', values({"x": text})) == {"is": text, "n": 1}


@pytest.mark.parametrize(
    ("value", "shown"), [(True, True), (False, False), (0, 0), (-5, -5), (2.0, 2), (0.25, 0.25)]
)
def test_numbers_and_booleans_are_themselves(value: Json, shown: Json) -> None:
    template = '{"bare": {{requestBody.x}}, "quoted": "{{requestBody.x}}"}'
    body = answer(template, values({"x": value}))
    assert body == {"bare": shown, "quoted": orjson.dumps(shown).decode()}


@pytest.mark.parametrize("body", [{}, {"a": None}, {"a": ""}, None, 5, "a", [], {"a": []}])
def test_what_is_missing_or_empty_is_not_there(body: Json) -> None:
    template = '{"a": "{{requestBody.a}}", "is": {{#if requestBody.a}}true{{else}}false{{/if}}}'
    assert answer(template, values(body)) == {"a": "", "is": False}


@given(st.dictionaries(HOSTILE, HOSTILE, max_size=5))
def test_names_of_members_are_as_hostile_as_values(body: dict[str, str]) -> None:
    template = (
        '[{{#each requestBody}}{"k": "{{@key}}", "v": "{{this}}", "again": "{{lookup ../requestBody @key}}"}'
        "{{#unless @last}},{{/unless}}{{/each}}]"
    )
    shown = answer(template, values(body))
    assert shown == [{"k": key, "v": value, "again": value} for key, value in body.items()]


@given(st.lists(HOSTILE, max_size=5))
def test_lists_can_be_walked(body: list[str]) -> None:
    template = (
        '{"list": [{{#each requestBody}}"{{this}}"{{#unless @last}},{{/unless}}{{/each}}],'
        ' "first": "{{requestBody.[0]}}", "second": "{{lookup requestBody 1}}", "all": "{{requestBody}}"}'
    )
    assert answer(template, values(body)) == {
        "list": body,
        "first": "".join(body[:1]),
        "second": "".join(body[1:2]),
        "all": ",".join(body),
    }


def test_a_value_used_as_a_name_can_not_take_anothers_place() -> None:
    template = '{"status": "success", "{{requestBody.k}}": 1}'
    assert answer(template, values({"k": "mine"})) == {"status": "success", "mine": 1}
    with pytest.raises(ResponseTemplateError, match="name twice"):
        answer(template, values({"k": "status"}))


PIECES = st.sampled_from(
    [
        "{{requestBody}}",
        "{{{requestBody.a}}}",
        "{{requestBody.a.b}}",
        "{{#each requestBody}}{{@key}}{{this}}{{/each}}",
        "{{#with requestBody}}{{a}}{{/with}}",
        "{{#requestBody}}{{.}}{{/requestBody}}",
        "{{lookup requestBody requestBody.a}}",
        "{{errorMessage}}",
        "{{statusCode}}",
        '"',
        ",",
        ":",
        "[",
        "]",
        " ",
        "\\",
        "1",
    ]
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=8).map("".join), json_values, HOSTILE)
def test_whatever_is_written_and_sent_it_is_json_or_an_error(
    source: str, body: Json, message: str
) -> None:
    for text in (source, f'{{"a": "{source}"}}'):
        try:
            template = ResponseTemplate.compile(text)
        except ResponseTemplateError:
            continue
        for sent in (body, {"a": body}, {"a": {"b": message}, message: "a"}):
            try:
                rendered = template.render(values(sent, 400, message))
            except ResponseTemplateError:
                continue
            assert not any(_looks_like_a_mark(text) for text in strings(orjson.loads(rendered)))


def _looks_like_a_mark(text: str) -> bool:
    return len(text) > 33 and text.startswith("M") and text[33] == "_"


def test_a_large_body_costs_nothing_that_is_not_asked_for() -> None:
    template = ResponseTemplate.compile(ECHO)
    body = {"action": "add", "members": [{"id": "x"}] * 1_000_000}
    assert orjson.loads(template.render(values(body)))["action"] == "add"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('["{{requestBody.list}}"]', "10,000 values"),
        ("[{{#each requestBody.list}}1,{{/each}} 0]", "10,000 values"),
        ('["{{requestBody.long}}", "{{requestBody.long}}"]', "1,048,576 characters"),
    ],
)
def test_what_is_asked_for_is_bounded(source: str, said: str) -> None:
    template = ResponseTemplate.compile(source)
    body = {"list": ["x"] * 30_000, "long": "y" * 600_000}
    with pytest.raises(ResponseTemplateError, match=said):
        template.render(values(body))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (None, "null, not a string"),
        ({"status": "ok"}, "an object, not a string"),
        ("", "did not render to JSON"),
        ('{"a": ', "did not render to JSON"),
        ("{{#if errorMessage}}", "not a Handlebars template"),
        ("{{/}}", "not a Handlebars template"),
        ('{"a": "{{shout errorMessage}}"}', "Missing helper"),
        ('{"a": {{errorMessage}} }', "missing one renders to nothing"),
        ('{"a": "\\\\{{projectKey}}"}', "did not render to JSON"),
        ("{{> other}}", "not be found"),
    ],
)
def test_what_does_not_compile(source: Json, said: str) -> None:
    with pytest.raises(ResponseTemplateError, match=said):
        ResponseTemplate.compile(source)


def test_the_log_helper_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer('{"a": "{{log errorMessage}}"}', values(None, 400, "secret")) == {"a": ""}
    assert capsys.readouterr().out == ""
