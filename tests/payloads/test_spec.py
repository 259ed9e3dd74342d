"""Which requestParsers compile, and what is said of those that don't."""

import pytest
from hypothesis import given

from muster.core.pointers import Json
from muster.payloads.errors import ParserSpecError
from muster.payloads.parser import RequestParser
from tests.payloads.strategies import PARSERS, SPECS, json_values

PAIR = SPECS["rudderstack"]
FLAGS = SPECS["amplitude"]
ACTION = SPECS["hightouch"]


def test_pointers_are_parsed() -> None:
    spec = PARSERS["framework-example-1"].spec
    assert spec.environment_id == ("customer_config", "fields", "0", "value", "id")
    assert (
        PARSERS["framework-example-1"].environment_id_pointer
        == "/customer_config/fields/0/value/id"
    )


def test_it_is_known_where_a_member_names_the_bodys_cohort() -> None:
    assert PARSERS["amplitude"].spec.heading_array == ("batch",)
    assert PARSERS["rudderstack"].spec.heading_array is None


def test_arrayinclusion_decides_where_both_are_declared() -> None:
    member = {"memberIdPath": "/id", "booleanMembershipPath": "/value"}
    parser = RequestParser.compile({**ACTION, "memberArrayParser": member})
    body = {
        "environmentId": "e",
        "cohortId": "c",
        "action": "add",
        "members": [{"id": "a", "value": False}],
    }
    assert parser.parse(body).cohorts[0].added == ["a"]


@pytest.mark.parametrize(
    ("spec", "pointer", "said"),
    [
        (None, "", "null, not an object"),
        ([], "", "an empty array, not an object"),
        ({**PAIR, "environmentIdPath": ...}, "/environmentIdPath", "nothing, not a string"),
        ({**PAIR, "cohortIdPath": 5}, "/cohortIdPath", "a number, not a string"),
        ({**PAIR, "cohortNamePath": "name"}, "/cohortNamePath", "not a JSON pointer"),
        ({**PAIR, "cohortUrlPath": None}, "/cohortUrlPath", "null, not a string"),
        ({**PAIR, "cohortUrlPaht": "/x"}, "/cohortUrlPaht", "Did you mean cohortUrlPath"),
        ({**PAIR, "memberArrayParser": ...}, "/memberArrayParser", "nothing, not an object"),
        ({**PAIR, "memberArrayParser": {}}, "/memberArrayParser/memberIdPath", "nothing"),
        (
            {**PAIR, "memberArrayParser": {"memberIdPath": "/a~"}},
            "/memberArrayParser/memberIdPath",
            "not a JSON pointer",
        ),
        ({**PAIR, "addMemberArrayPath": ...}, "/addMemberArrayPath", "Add it"),
        ({**PAIR, "removeMemberArrayPath": ...}, "/removeMemberArrayPath", "Add it"),
        ({**PAIR, "removeMemberArrayPath": "/listData/add"}, "/removeMemberArrayPath", "the same"),
        ({**PAIR, "memberArrayPath": "/all"}, "/memberArrayPath", "one or the other"),
        (
            {**PAIR, "arrayInclusion": {"path": "/a", "matcher": "x"}},
            "/arrayInclusion",
            "one or the other",
        ),
        (
            {**PAIR, "memberArrayParser": {"memberIdPath": "", "booleanMembershipPath": "/x"}},
            "/memberArrayParser/booleanMembershipPath",
            "one or the other",
        ),
        ({**PAIR, "cohortUrlPath": "/a" * 65}, "/cohortUrlPath", "65 parts, more than 64"),
        ({**FLAGS, "memberArrayPath": ...}, "/memberArrayPath", "where the members are"),
        (
            {**FLAGS, "memberArrayParser": {"memberIdPath": "/id"}},
            "/memberArrayParser/booleanMembershipPath",
            "added or removed",
        ),
        ({**ACTION, "memberArrayPath": ...}, "/memberArrayPath", "where the members are"),
        ({**ACTION, "arrayInclusion": "/action"}, "/arrayInclusion", "not an object"),
        ({**ACTION, "arrayInclusion": {"path": "/a"}}, "/arrayInclusion/matcher", "nothing"),
        (
            {**ACTION, "arrayInclusion": {"path": "/a", "matcher": "(?=x)"}},
            "/arrayInclusion/matcher",
            "not an RE2 expression: invalid perl operator",
        ),
        (
            {**ACTION, "arrayInclusion": {"path": "/a", "matcher": "(x"}},
            "/arrayInclusion/matcher",
            "not an RE2 expression: missing",
        ),
    ],
)
def test_what_does_not_compile(spec: Json, pointer: str, said: str) -> None:
    if isinstance(spec, dict):
        spec = {name: value for name, value in spec.items() if value is not ...}
    with pytest.raises(ParserSpecError) as caught:
        RequestParser.compile(spec)
    assert caught.value.pointer == pointer
    assert said in caught.value.message


@given(json_values)
def test_anything_else_is_refused(spec: Json) -> None:
    with pytest.raises(ParserSpecError):
        RequestParser.compile(spec)
