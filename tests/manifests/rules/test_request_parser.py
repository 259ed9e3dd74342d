"""Rules about request parsers, beyond what their examples show."""

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from muster.core.ids import IntegrationKey
from muster.core.pointers import Json
from muster.manifests.check import read_manifest
from muster.payloads.builder import build, split
from muster.payloads.errors import ParserSpecError
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.sync.catalog import compile_integration
from tests.manifests.documents import document
from tests.manifests.rules.requests import PLACE, errors_among, findings_in, findings_of
from tests.payloads.strategies import SPECS, json_values, request_parsers

ONE_ARRAY: dict[str, Any] = {
    "environmentIdPath": "/environmentId",
    "cohortIdPath": "/cohortId",
    "cohortNamePath": "/cohortName",
    "memberArrayPath": "/members",
    "memberArrayParser": {"memberIdPath": "/id", "booleanMembershipPath": "/isIn"},
}
MEMBER = ("memberIdPath", "booleanMembershipPath", "cohortIdPath", "cohortNamePath")
ODD_POINTERS = st.sampled_from(
    [
        "",
        "/",
        "/cohortId",
        "/members",
        "/members/0",
        "/members/0/id",
        "/members/7/cohortId",
        "/members/900/cohortId",
        "/members/name",
        "/members[0]/id",
        "members/0",
        "$.members[0].id",
        "/a~b",
        "/cohortId/name",
        "/x" * 70,
    ]
)
MATCHERS = st.sampled_from(["^add$", "add", "", "(", "/^add$/", "^a.*b$", r"\d{9}", "^(in|out)$"])


def parser(member: dict[str, Json] | None = None, **changes: Json) -> dict[str, Any]:
    """Return a requestParser with changes; a change to None leaves the key out."""
    whole = {**ONE_ARRAY, **changes}
    whole["memberArrayParser"] = {**ONE_ARRAY["memberArrayParser"], **(member or {})}
    for level in (whole, whole["memberArrayParser"]):
        for key in [key for key, value in level.items() if value is None]:
            del level[key]
    return whole


@st.composite
def odd_parsers(draw: st.DrawFn) -> Json:
    """A requestParser in which some things are missing, odd or too many."""
    odd = draw(request_parsers(disjoint=draw(st.booleans())))
    odd["memberArrayParser"] = dict(odd["memberArrayParser"])
    keys = [*ONE_ARRAY, "addMemberArrayPath", "removeMemberArrayPath", "contextKindPath"]
    for _ in range(draw(st.integers(0, 3))):
        match draw(st.integers(0, 5)):
            case 0:
                odd.pop(draw(st.sampled_from(keys)), None)
            case 1 | 2:
                odd[draw(st.sampled_from(keys[:4] + keys[5:]))] = draw(ODD_POINTERS)
            case 3 if isinstance(odd.get("memberArrayParser"), dict):
                odd["memberArrayParser"][draw(st.sampled_from(MEMBER))] = draw(ODD_POINTERS)
            case 4:
                odd["arrayInclusion"] = {"path": draw(ODD_POINTERS), "matcher": draw(MATCHERS)}
            case _:
                odd[draw(st.sampled_from(keys) | st.text(max_size=5))] = draw(json_values)
    return odd


@given(odd_parsers() | json_values)
def test_what_does_not_compile_is_an_error(declared: Json) -> None:
    findings = findings_in(declared)
    try:
        RequestParser.compile(declared)
    except ParserSpecError:
        assert any(
            pointer.startswith("/requestParser") for pointer in errors_among(findings).values()
        )


@settings(max_examples=200)
@given(odd_parsers())
def test_without_an_error_a_manifest_compiles_and_a_body_can_be_built_for_it(
    declared: Json,
) -> None:
    findings = findings_in(declared)
    if errors_among(findings):
        event("errors")
        return
    manifest = read_manifest(document(capabilities={"syncedSegment": {"requestParser": declared}}))
    compiled = compile_integration(IntegrationKey("acme"), manifest, "here").parser
    assert compiled is not None
    if any(finding.rule == "request-parser/matcher-no-word" for finding in findings):
        event("no word")
        return
    event("built")
    keys = [str(number) for number in range(140)]
    url = None if compiled.spec.cohort_url is None else "cohort"
    cohort = CohortChanges("cohort", "cohort", url, added=keys[:70], removed=keys[70:])
    for part in split(compiled, SyncChanges("environment", cohorts=(cohort,))):
        assert compiled.parse(build(compiled, part)) == part


@given(json_values, st.sampled_from(["requestParser", "syncedSegment", "capabilities", ""]))
def test_no_rule_fails_on_any_manifest(value: Json, key: str) -> None:
    match key:
        case "requestParser":
            findings_in(value)
        case "syncedSegment":
            findings_of(document(capabilities={"syncedSegment": value}))
        case "capabilities":
            findings_of(document(capabilities=value))
        case _:
            findings_of(value)


@pytest.mark.parametrize("key", sorted(SPECS))
def test_manifests_in_use_break_no_rule(key: str) -> None:
    assert not findings_in(SPECS[key])


@pytest.mark.parametrize(
    ("declared", "rule", "pointer"),
    [
        ({"addMemberArrayPath": ""}, "unusable", "/removeMemberArrayPath"),
        ({"removeMemberArrayPath": ""}, "unusable", "/addMemberArrayPath"),
        (
            {"addMemberArrayPath": "", "removeMemberArrayPath": "/out"},
            "array-beside-pair",
            "/memberArrayPath",
        ),
    ],
)
def test_an_empty_text_is_false_to_the_framework_and_there_for_muster(
    declared: dict[str, Json], rule: str, pointer: str
) -> None:
    broken = errors_among(findings_in(parser(**declared)))
    assert broken == {f"request-parser/{rule}": f"/requestParser{pointer}"}


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}, "/members"])
@pytest.mark.parametrize(
    ("given_key", "other_key", "rule"),
    [
        ("removeMemberArrayPath", "addMemberArrayPath", "remove-without-add"),
        ("addMemberArrayPath", "removeMemberArrayPath", "add-without-remove"),
    ],
)
def test_a_half_of_the_pair_counts_where_javascript_takes_it_for_true(
    given_key: str, other_key: str, rule: str, value: Json
) -> None:
    broken = errors_among(findings_in({**ONE_ARRAY, given_key: value}))
    is_true = isinstance(value, list | dict) or bool(value)
    assert (f"request-parser/{rule}" in broken) is is_true
    with_both = errors_among(findings_in({**ONE_ARRAY, given_key: value, other_key: None}))
    assert f"request-parser/{rule}" not in with_both


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("batch/0/id", "/batch/0/id"),
        ("batch.0.id", "/batch/0/id"),
        ("$.batch[0].id", "/batch/0/id"),
        ("#/batch/0/id", "/batch/0/id"),
        ("batch[0]['user']", "/batch/0/user"),
        (" /batch/0/id", "/batch/0/id"),
        ("/batch~id", "/batch~0id"),
        ("/batch[0]/id", "/batch/0/id"),
        ("/batch/", "/batch"),
        ("//batch", "/batch"),
        ("/batch /id", "/batch/id"),
    ],
)
def test_a_pointer_that_was_meant_otherwise_is_written_out(written: str, meant: str) -> None:
    findings = findings_in(parser(cohortNamePath=written))
    hints = [f.hint for f in findings if f.pointer == f"{PLACE}/requestParser/cohortNamePath"]
    assert f"Write `{meant}`." in hints


@pytest.mark.parametrize("name", ["/batch[]", "/batch[*]", "/batch[-1]"])
def test_there_is_no_pointer_to_every_element(name: str) -> None:
    findings = findings_in(parser(memberArrayPath=name))
    assert errors_among(findings) == {
        "request-parser/pointer-brackets": "/requestParser/memberArrayPath"
    }


@pytest.mark.parametrize("name", ["/traits[email]", "/a.b", "/a b", "/été", "/a~1b"])
def test_odd_names_of_members_are_fine(name: str) -> None:
    assert not findings_in(parser(cohortNamePath=name))


@pytest.mark.parametrize(
    ("member", "changes", "pointer"),
    [
        ({}, {"cohortIdPath": "/environmentId"}, "/cohortIdPath"),
        ({}, {"cohortIdPath": "/cohort", "cohortNamePath": "/cohort/name"}, "/cohortNamePath"),
        ({}, {"cohortIdPath": "/cohort/id", "cohortNamePath": "/cohort"}, "/cohortIdPath"),
        ({}, {"environmentIdPath": "/members/environmentId"}, "/environmentIdPath"),
        ({}, {"environmentIdPath": "/members"}, "/memberArrayPath"),
        ({"booleanMembershipPath": "/id"}, {}, "/memberArrayParser/booleanMembershipPath"),
        ({"memberIdPath": ""}, {}, "/memberArrayParser/booleanMembershipPath"),
        ({}, {"environmentIdPath": "/members/3/id"}, "/memberArrayParser/memberIdPath"),
    ],
)
def test_pointers_in_each_others_way_are_found_where_they_stand(
    member: dict[str, Json], changes: dict[str, Json], pointer: str
) -> None:
    broken = errors_among(findings_in(parser(member, **changes)))
    assert broken == {"request-parser/clash": f"/requestParser{pointer}"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cohortIdPath": "/environmentId"}, "at the same place, `/environmentId`"),
        ({"cohortIdPath": "/cohortName/0"}, "leads through `/cohortName`"),
        ({"environmentIdPath": "/members/id"}, "asks for 'id' in `/members`, which is an array"),
    ],
)
def test_what_clashes_is_told_in_full(changes: dict[str, Json], said: str) -> None:
    clash = next(f for f in findings_in(parser(**changes)) if f.rule == "request-parser/clash")
    assert said in clash.message


def test_a_far_element_is_one_that_bodies_do_not_have() -> None:
    findings = findings_in(parser(environmentIdPath="/members/5000/environmentId"))
    assert errors_among(findings) == {"request-parser/clash": "/requestParser"}


def test_a_flag_that_nobody_looks_at_is_in_nobodys_way() -> None:
    inclusion = {"path": "/action", "matcher": "^add$"}
    declared = parser({"booleanMembershipPath": "/id"}, arrayInclusion=inclusion)
    assert not errors_among(findings_in(declared))


@pytest.mark.parametrize("array", ["addMemberArrayPath", "removeMemberArrayPath"])
def test_a_cohort_may_be_taken_from_either_array(array: str) -> None:
    pair = {"memberArrayPath": None, "addMemberArrayPath": "/in", "removeMemberArrayPath": "/out"}
    place = {"cohortIdPath": f"{pair[array]}/0/cohortId", "cohortNamePath": "/name"}
    declared = parser({"booleanMembershipPath": None}, **pair, **place)
    assert errors_among(findings_in(declared)) == {
        "request-parser/cohort-of-one-member": "/requestParser/cohortIdPath"
    }
    declared["memberArrayParser"]["cohortIdPath"] = "/cohortId"
    assert not errors_among(findings_in(declared))


def test_what_is_wrong_is_shown_by_line_and_column() -> None:
    found = findings_in(parser(cohortIdPath="cohortId"))
    assert [finding.position is not None for finding in found] == [True]
