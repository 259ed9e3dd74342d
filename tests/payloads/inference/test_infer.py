"""What is made of a sample body."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from muster.core.pointers import Json, format_pointer, parse_pointer
from muster.payloads.builder import build
from muster.payloads.explanation import Way
from muster.payloads.inference.infer import infer
from muster.payloads.inference.names import words_of
from muster.payloads.inference.proposal import Confidence, Proposal
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.properties import ParserProperty, compose_request_parser
from tests.payloads.strategies import SPECS, json_values

MANIFESTS = sorted((Path(__file__).parents[3] / "integrations").glob("*/manifest.json"))
ENVIRONMENT_ID = "5f0c1e2d3b4a596877869504"
BUNDLED = {
    path.parent.name: json.loads(path.read_text())["capabilities"]["syncedSegment"]["requestParser"]
    for path in MANIFESTS
}
SHAPES = {**SPECS, **BUNDLED}
"""The requestParser of each bundled integration, and of the framework's examples."""

hex_ids = st.text("0123456789abcdef", min_size=24, max_size=24)
cohort_ids = (
    hex_ids | st.integers(1, 10**9).map(str) | st.sampled_from(["beta-testers", "c_1", "X 9"])
)
cohort_names = st.sampled_from(["Beta testers", "VIP", "Users in Berlin", "Left the cart", "42"])
member_ids = (
    st.integers(1, 10**6).map(lambda number: f"user-{number}")
    | st.integers(1, 10**6).map(lambda number: f"u{number}@example.com")
    | st.uuids().map(str)
    | hex_ids
)


@st.composite
def realistic_changes(draw: st.DrawFn, parser: RequestParser) -> SyncChanges:
    """Changes as a partner's sample shows them: one named cohort and a few members."""
    spec = parser.spec
    keys = draw(st.lists(member_ids, min_size=1, max_size=6, unique=True))
    # Where one array names the cohort, or one word stands for all, the members do the same.
    cut = draw(st.integers(0, len(keys)))
    if spec.inclusion is not None:
        cut = draw(st.sampled_from([0, len(keys)]))
    cohort = CohortChanges(
        cohort_id=draw(cohort_ids),
        name=draw(cohort_names),
        url="https://partner.example/c/1" if spec.cohort_url and draw(st.booleans()) else None,
        added=keys[:cut],
        removed=keys[cut:],
    )
    kind = draw(st.sampled_from(["user", "device", "account"])) if spec.context_kind else "user"
    return SyncChanges(draw(hex_ids), kind, (cohort,))


def parser_of(proposal: Proposal) -> RequestParser:
    """Return the parser that is proposed, completed with what is suggested for what is missing."""
    values = dict(proposal.values)
    for reading in proposal.missing:
        assert reading.suggestion is not None, reading
        values[reading.property] = reading.suggestion
    return RequestParser.compile(compose_request_parser(values))


def respell(spec: Json, spell: Callable[[str], str]) -> Json:
    """Return a requestParser for the same body, the names in it spelt another way."""
    if isinstance(spec, dict):
        return {name: respell(value, spell) for name, value in spec.items()}
    if not spec.startswith("/"):
        return spec
    return format_pointer(
        *(token if token.isdecimal() else spell(token) for token in parse_pointer(spec))
    )


def camel(name: str) -> str:
    first, *rest = words_of(name)
    return first + "".join(word.title() for word in rest)


SPELLINGS = {
    "camelCase": camel,
    "PascalCase": lambda name: "".join(word.title() for word in words_of(name)),
    "snake_case": lambda name: "_".join(words_of(name)),
    "kebab-case": lambda name: "-".join(words_of(name)),
    "SCREAMING_CASE": lambda name: "_".join(words_of(name)).upper(),
    "with spaces": lambda name: " ".join(words_of(name)).capitalize(),
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
@settings(max_examples=40)
@given(st.data())
def test_every_known_shape_is_read_as_its_own_manifest_reads_it(
    shape: str, data: st.DataObject
) -> None:
    parser = RequestParser.compile(SHAPES[shape])
    changes = data.draw(realistic_changes(parser))
    body = build(parser, changes)
    proposal = infer(body)
    removes = parser.spec.inclusion is not None and changes.cohorts[0].removed
    expected = {ParserProperty.MATCHER} if removes else set()
    assert {reading.property for reading in proposal.missing} == expected
    assert parser_of(proposal).parse(body) == changes


@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_names_are_known_however_they_are_spelt(shape: str, spelling: str) -> None:
    spec = respell(SHAPES[shape], SPELLINGS[spelling])
    parser = RequestParser.compile(spec)
    removed = [] if parser.spec.inclusion else ["grace"]
    cohort = CohortChanges("c1", "Beta testers", added=["ada", "alan"], removed=removed)
    changes = SyncChanges(ENVIRONMENT_ID, cohorts=(cohort,))
    assert parser_of(infer(build(parser, changes))).parse(build(parser, changes)) == changes


@given(json_values)
@example({"": {"": []}})
@example([[[]]])
@example({"members": [{"userId": None}], "cohortId": None, "action": None})
def test_anything_that_is_json_gets_an_answer(body: Json) -> None:
    proposal = infer(body)
    assert all(reading.looked_for for reading in proposal.readings)
    if proposal.way is not None and not proposal.missing:
        RequestParser.compile(proposal.request_parser())


def test_a_huge_body_is_looked_at_in_part() -> None:
    members = [{"userId": f"u{number}", "value": True} for number in range(100_000)]
    deep: Json = "x"
    for _ in range(900):
        deep = {"down": deep}
    proposal = infer({"environmentId": "e", "cohortId": "c", "batch": members, "more": deep})
    assert proposal.way is Way.BOOLEAN
    (array,) = [one for one in proposal.readings if one.property is ParserProperty.MEMBERS]
    assert array.chosen is not None
    assert array.chosen.sample == "100,000 members"


def test_each_thing_is_told_with_its_value_and_the_reason() -> None:
    proposal = infer(
        {
            "data": {"segment": {"id": 17, "name": "Beta", "url": "https://a.example/17"}},
            "project_id": ENVIRONMENT_ID,
            "env": "production",
            "add": [{"id": "ada", "email": "ada@example.com"}],
            "remove": [],
        }
    )
    assert proposal.way is Way.ARRAY
    assert proposal.confidence is Confidence.CERTAIN
    told = {
        one.property: (one.chosen.value, one.chosen.sample, [a.value for a in one.alternatives])
        for one in proposal.readings
        if one.chosen
    }
    assert told == {
        ParserProperty.ENVIRONMENT_ID: ("/project_id", f'"{ENVIRONMENT_ID}"', ["/env"]),
        ParserProperty.COHORT_ID: ("/data/segment/id", "17", []),
        ParserProperty.COHORT_NAME: ("/data/segment/name", '"Beta"', []),
        ParserProperty.COHORT_URL: ("/data/segment/url", '"https://a.example/17"', []),
        ParserProperty.ADDS: ("/add", "1 member", []),
        ParserProperty.REMOVES: ("/remove", "0 members", []),
        ParserProperty.MEMBER_ID: ("/id", '"ada"', ["/email"]),
    }
    assert all(one.chosen.why for one in proposal.readings if one.chosen)


def with_members(*members: Json, **others: Json) -> Json:
    return {
        "environmentId": "e",
        "cohortId": "c",
        "cohortName": "n",
        "members": [*members],
        **others,
    }


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("userId", "ada"),
        ("user_id", "ada"),
        ("id", 7),
        ("distinct_id", "ada"),
        ("external_id", "ada"),
        ("anonymousId", "ada"),
        ("memberid", "ada"),
        ("contextKey", "ada"),
        ("mpid", "ada"),
        ("email", "ada@example.com"),
    ],
)
def test_ids_of_members(name: str, sample: Json) -> None:
    body = with_members({"plan": "pro", name: sample}, action="add")
    assert infer(body).values[ParserProperty.MEMBER_ID] == f"/{name}"


def test_of_several_ids_the_users_own_is_taken() -> None:
    member = {"id": "row-1", "email": "a@example.com", "anonymousId": "x", "user_id": "ada"}
    reading = next(
        one
        for one in infer(with_members(member, action="add")).readings
        if one.property is ParserProperty.MEMBER_ID
    )
    assert reading.chosen is not None
    assert reading.chosen.value == "/user_id"
    assert [one.value for one in reading.alternatives] == ["/id", "/anonymousId", "/email"]


def test_an_id_that_not_every_member_has_is_passed_over() -> None:
    body = with_members({"userId": "ada", "id": "1"}, {"id": "2"}, action="add")
    assert infer(body).values[ParserProperty.MEMBER_ID] == "/id"


def test_a_nested_id() -> None:
    body = with_members({"user": {"id": "ada"}, "inCohort": True})
    assert infer(body).values[ParserProperty.MEMBER_ID] == "/user/id"


def test_plain_ids_are_their_members() -> None:
    body = {
        "projectId": "p",
        "list_id": "l",
        "title": "L",
        "op": "add",
        "user_ids": ["ada", "alan"],
    }
    proposal = infer(body)
    assert proposal.values[ParserProperty.MEMBER_ID] == ""
    assert RequestParser.compile(proposal.request_parser()).parse(body) == SyncChanges(
        "p", cohorts=(CohortChanges("l", "L", added=["ada", "alan"]),)
    )


@pytest.mark.parametrize(
    "name", ["value", "isMember", "in_cohort", "member", "active", "In Segment"]
)
def test_booleans_of_members(name: str) -> None:
    proposal = infer(with_members({"id": "ada", name: True}, {"id": "alan", name: False}))
    assert proposal.way is Way.BOOLEAN
    assert proposal.values[ParserProperty.FLAG] == f"/{name}"


@pytest.mark.parametrize(
    ("word", "opposite"),
    [
        ("add", "remove"),
        ("enter", "exit"),
        ("created", "deleted"),
        ("ADD_MEMBERS", "REMOVE_MEMBERS"),
        ("user.joined", "user.left"),
        ("segmentEntered", "segmentExited"),
    ],
)
def test_an_adding_word_is_the_matcher_and_a_removing_one_asks_for_it(
    word: str, opposite: str
) -> None:
    adding = infer(with_members({"id": "ada"}, action=word))
    matcher = adding.values[ParserProperty.MATCHER]
    assert matcher == f"^{word.replace('.', chr(92) + '.')}$"
    assert any("removes" in remark for remark in adding.remarks)

    (missing,) = infer(with_members({"id": "ada"}, action=opposite)).missing
    assert missing.property is ParserProperty.MATCHER
    assert missing.suggestion == matcher


def test_a_word_of_no_known_meaning_asks_for_the_one_that_adds() -> None:
    proposal = infer(with_members({"id": "ada"}, action="sync"))
    assert proposal.values[ParserProperty.ACTION] == "/action"
    (missing,) = proposal.missing
    assert (missing.property, missing.suggestion) == (ParserProperty.MATCHER, None)


def test_one_boolean_for_the_whole_body_is_an_action() -> None:
    body = {
        "env": "e",
        "cohort_id": "c",
        "cohort_name": "C",
        "in_cohort": False,
        "users": [{"user_id": "ada"}],
    }
    parser = RequestParser.compile(infer(body).request_parser())
    assert parser.parse(body).cohorts[0].removed == ["ada"]
    assert parser.parse({**body, "in_cohort": True}).cohorts[0].added == ["ada"]


@pytest.mark.parametrize(("there", "absent"), [("add", "remove"), ("exited", "entered")])
def test_one_of_two_arrays_is_enough(there: str, absent: str) -> None:
    body = {"env": "e", "segment": {"key": "s", "title": "S"}, "users": {there: [{"id": "ada"}]}}
    proposal = infer(body)
    assert proposal.way is Way.ARRAY
    assert proposal.confidence is Confidence.LIKELY
    arrays = {ParserProperty.ADDS, ParserProperty.REMOVES}
    found = {one.chosen for one in proposal.readings if one.property in arrays}
    by_value = {one.value: one.confidence for one in found if one}
    assert by_value[f"/users/{absent}"] is Confidence.GUESS
    assert f"/users/{there}" in by_value


def test_arrays_in_objects_that_say_what_happens() -> None:
    body = {"env": "e", "list": "l", "added": {"users": ["a"]}, "removed": {"users": ["b"]}}
    values = infer(body).values
    assert values[ParserProperty.ADDS] == "/added/users"
    assert values[ParserProperty.REMOVES] == "/removed/users"


def test_the_way_can_be_chosen() -> None:
    body = with_members({"id": "ada", "active": True}, action="add")
    assert infer(body).way is Way.ACTION
    chosen = infer(body, Way.BOOLEAN)
    assert chosen.values[ParserProperty.FLAG] == "/active"
    unseen = infer(body, Way.ARRAY)
    assert [one.property for one in unseen.missing] == [ParserProperty.ADDS, ParserProperty.REMOVES]


def test_an_environment_without_a_name_is_known_by_its_digits() -> None:
    body = {
        "message_id": "0123456789abcdef01234567",
        "to": {"0": {"value": ENVIRONMENT_ID}},
        "segment_id": "aaaaaaaaaaaaaaaaaaaaaaaa",
        "members": [{"id": "bbbbbbbbbbbbbbbbbbbbbbbb"}],
        "action": "add",
    }
    proposal = infer(body)
    assert proposal.values[ParserProperty.ENVIRONMENT_ID] == "/to/0/value"


def test_what_is_not_there_is_named_with_what_was_looked_for() -> None:
    proposal = infer({"action": "add", "members": [{"id": "ada"}], "cohort_id": "c"})
    missing = {one.property: one for one in proposal.missing}
    assert set(missing) == {ParserProperty.ENVIRONMENT_ID, ParserProperty.COHORT_NAME}
    assert "24 hexadecimal digits" in missing[ParserProperty.ENVIRONMENT_ID].looked_for
    assert missing[ParserProperty.COHORT_NAME].suggestion == "/cohort_name"


def test_arrays_named_after_what_happens_go_before_an_action() -> None:
    body = {
        "id_token": "t",
        "action_type": "segment.users.added",
        "customer_config": {
            "fields": [{"field_id": "f", "value": {"id": ENVIRONMENT_ID, "display_name": "Web"}}]
        },
        "data": {
            "segment": {"id": 17, "name": "Beta"},
            "sync_info": {"page_number": 1, "sync_task_id": "aaaaaaaaaaaaaaaaaaaaaaaa"},
            "add": [{"id": "ada"}],
        },
    }
    proposal = infer(body)
    assert proposal.way is Way.ARRAY
    assert proposal.request_parser() == SHAPES["framework-example-1"]


def test_cohorts_in_an_array_of_each_member_can_not_be_read() -> None:
    profile = {
        "mpid": "1",
        "audiences": [{"audience_id": 1, "audience_name": "A", "action": "add"}],
    }
    proposal = infer({"account": {"account_id": 1}, "user_profiles": [profile]})
    assert proposal.way is None
    assert ParserProperty.COHORT_ID not in proposal.values
    assert any("/audiences of a member is an array" in remark for remark in proposal.remarks)


@pytest.mark.parametrize(
    ("member", "remark"),
    [
        ({"id": "ada", "isMember": "true"}, "no JSON boolean"),
        ({"id": "ada", "in_segment": 1}, "no JSON boolean"),
        ({"id": "ada", "removed": False}, "true for those who leave"),
        ({"id": "ada", "status": "added"}, "says in a word"),
    ],
)
def test_what_no_manifest_can_read_is_remarked_on(member: Json, remark: str) -> None:
    proposal = infer(with_members(member))
    assert proposal.way is None
    assert any(remark in one for one in proposal.remarks)


def test_a_number_is_no_client_side_id() -> None:
    body = {"project_id": 17, "cohort_id": "c", "add": ["ada"], "remove": []}
    proposal = infer(body)
    assert any("/project_id holds a number" in remark for remark in proposal.remarks)


def test_a_boolean_of_the_body_is_no_action_unless_its_name_says_so() -> None:
    assert infer(with_members({"id": "ada"}, dry_run=True)).way is None


def test_a_mere_text_is_not_taken_for_an_id() -> None:
    proposal = infer(with_members({"plan": "pro"}, action="add"))
    (missing,) = proposal.missing
    assert missing.property is ParserProperty.MEMBER_ID
    assert [one.value for one in missing.alternatives] == ["/plan"]


def test_a_name_is_no_action() -> None:
    proposal = infer(with_members({"id": "ada"}, description="Users in Berlin", cohortName="Added"))
    assert proposal.way is None
