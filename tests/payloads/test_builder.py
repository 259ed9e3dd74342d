"""Building a body is the inverse of reading it."""

import orjson
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.payloads.builder import build, split
from muster.payloads.errors import BuildError, ParserSpecError
from muster.payloads.json import decode_body
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from tests.payloads.strategies import (
    ENVIRONMENT_ID,
    PARSERS,
    SPECS,
    request_parsers,
    sayable_changes,
)

Members = dict[tuple[str, str], bool]


def changes_of(*cohorts: CohortChanges, kind: str = "user") -> SyncChanges:
    return SyncChanges(ENVIRONMENT_ID, kind, cohorts)


def members_after(parts: list[SyncChanges]) -> Members:
    """Who is in and who is out of each cohort once the parts were applied."""
    said: Members = {}
    for part in parts:
        for cohort in part.cohorts:
            said |= {(cohort.cohort_id, key): True for key in cohort.added}
            said |= {(cohort.cohort_id, key): False for key in cohort.removed}
    return said


@given(st.data())
@pytest.mark.parametrize("key", sorted(PARSERS))
def test_what_is_built_is_read_as_it_was_meant(key: str, data: st.DataObject) -> None:
    parser = PARSERS[key]
    changes = data.draw(sayable_changes(parser))
    parts = split(parser, changes)
    for part in parts:
        body = build(parser, part)
        assert parser.parse(body) == part
        assert parser.parse(decode_body(orjson.dumps(body))) == part
    assert members_after(parts) == members_after([changes])


@settings(max_examples=300)
@given(request_parsers(disjoint=True), st.data())
def test_any_manifest_whose_pointers_are_apart_can_be_built_for(
    spec: Json, data: st.DataObject
) -> None:
    parser = RequestParser.compile(spec)
    changes = data.draw(sayable_changes(parser))
    parts = split(parser, changes)
    assert members_after(parts) == members_after([changes])
    for part in parts:
        assert parser.parse(build(parser, part)) == part


@settings(max_examples=300)
@given(request_parsers(disjoint=False), st.data())
def test_any_manifest_is_built_for_rightly_or_not_at_all(spec: Json, data: st.DataObject) -> None:
    try:
        parser = RequestParser.compile(spec)
    except ParserSpecError:
        return
    for part in split(parser, data.draw(sayable_changes(parser))):
        try:
            body = build(parser, part)
        except BuildError:
            event("not at all")
        else:
            event("rightly")
            assert parser.parse(body) == part


A = CohortChanges("a", "A", None, ["1", "2"], ["3"])
B = CohortChanges("b", "B", None, ["1"], [])


def test_cohorts_share_a_body_where_members_name_them() -> None:
    assert split(PARSERS["amplitude"], changes_of(A, B)) == [changes_of(A, B)]


def test_cohorts_get_bodies_of_their_own_where_the_body_names_them() -> None:
    assert split(PARSERS["rudderstack"], changes_of(A, B)) == [changes_of(A), changes_of(B)]


def test_an_action_is_for_a_whole_body() -> None:
    assert split(PARSERS["zeotap"], changes_of(A)) == [
        changes_of(CohortChanges("a", "A", None, ["1", "2"], [])),
        changes_of(CohortChanges("a", "A", None, [], ["3"])),
    ]


def test_nothing_is_said_in_one_body_too() -> None:
    nothing = changes_of()
    assert split(PARSERS["amplitude"], nothing) == [nothing]
    assert build(PARSERS["amplitude"], nothing) == {"environmentId": ENVIRONMENT_ID, "batch": []}


def test_bodies_look_like_the_partners() -> None:
    assert build(PARSERS["framework-example-1"], changes_of(A)) == {
        "customer_config": {"fields": [{"value": {"id": ENVIRONMENT_ID}}]},
        "data": {
            "segment": {"id": "a", "name": "A"},
            "add": [{"id": "1"}, {"id": "2"}],
            "remove": [{"id": "3"}],
        },
    }


@pytest.mark.parametrize(
    ("key", "adding", "removing"),
    [
        ("hightouch", "add", "remove"),
        ("tealium-synced-segments", "add_member", "remove_member"),
        ("zeotap", "add_members", "remove_members"),
    ],
)
def test_actions_are_words_out_of_the_matcher(key: str, adding: str, removing: str) -> None:
    adds = changes_of(CohortChanges("a", "A", None, ["1"], []))
    removes = changes_of(CohortChanges("a", "A", None, [], ["1"]))
    assert build(PARSERS[key], adds)["action"] == adding
    assert build(PARSERS[key], removes)["action"] == removing


@pytest.mark.parametrize(
    ("matcher", "changes"),
    [
        ("", changes_of(CohortChanges("a", None, None, [], ["1"]))),
        ("/^add$/", changes_of(CohortChanges("a", None, None, ["1"], []))),
    ],
)
def test_a_matcher_for_which_no_word_is_found(matcher: str, changes: SyncChanges) -> None:
    inclusion = {"path": "/action", "matcher": matcher}
    parser = RequestParser.compile({**SPECS["hightouch"], "arrayInclusion": inclusion})
    with pytest.raises(BuildError, match="No word was found"):
        build(parser, changes)


@pytest.mark.parametrize(
    ("key", "changes", "reason"),
    [
        ("amplitude", changes_of(A, kind="device"), "contextKindPath"),
        ("amplitude", changes_of(CohortChanges("a")), "nothing there|split|order"),
        ("amplitude", changes_of(A, CohortChanges("c")), "no members"),
        ("amplitude", changes_of(A, CohortChanges("c", url="u", added=["1"])), "a URL"),
        ("hightouch", changes_of(CohortChanges("a", url="u")), "cohortUrlPath"),
        ("hightouch", changes_of(A), "either adds or removes"),
        ("rudderstack", changes_of(A, B), "names one cohort"),
        ("rudderstack", changes_of(), "every body names a cohort"),
        ("rudderstack", changes_of(CohortChanges("")), "an empty string"),
        ("rudderstack", changes_of(CohortChanges("a", added=["1", "1"])), "order"),
        ("rudderstack", changes_of(CohortChanges("a", added=["1"], removed=["1"])), "order"),
        ("rudderstack", changes_of(CohortChanges("a", added=["x" * 257])), "257 characters"),
        ("rudderstack", changes_of(A, kind="multi"), "context kind"),
    ],
)
def test_what_can_not_be_said_is_refused_with_the_reason(
    key: str, changes: SyncChanges, reason: str
) -> None:
    with pytest.raises(BuildError, match=reason):
        build(PARSERS[key], changes)


@pytest.mark.parametrize("path", ["/cohortId/name", "/cohortId", "/listData/add/name", ""])
def test_pointers_in_each_others_way(path: str) -> None:
    spec = {**SPECS["rudderstack"], "cohortNamePath": path}
    with pytest.raises(BuildError, match="each other's way"):
        build(RequestParser.compile(spec), changes_of(A))


def test_pointers_to_one_place_that_say_the_same() -> None:
    spec = {**SPECS["rudderstack"], "cohortNamePath": "/cohortId"}
    same = CohortChanges("a", "a", None, ["1"], [])
    assert build(RequestParser.compile(spec), changes_of(same))["cohortId"] == "a"
