"""What the parser reads in bodies, and how it says why it can't."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from tests.payloads.strategies import ENVIRONMENT_ID, PARSERS, SPECS, few_ids, json_values

AMPLITUDE = PARSERS["amplitude"]
RUDDERSTACK = PARSERS["rudderstack"]
HIGHTOUCH = PARSERS["hightouch"]


def amplitude(*batch: Json) -> Json:
    return {"environmentId": ENVIRONMENT_ID, "batch": list(batch)}


def entry(key: Json, value: Json = True, **own: Json) -> dict[str, Any]:
    return {"userId": key, "value": value, "cohortId": "c", "cohortName": "C", **own}


def rudderstack(**changed: Json) -> Json:
    body = {
        "environmentId": ENVIRONMENT_ID,
        "cohortId": "c",
        "cohortName": "C",
        "listData": {"add": [{"id": "a"}], "remove": [{"id": "b"}]},
        **changed,
    }
    return {name: value for name, value in body.items() if value is not ...}


def hightouch(action: Json, **changed: Json) -> Json:
    body = {
        "environmentId": ENVIRONMENT_ID,
        "cohortId": "c",
        "action": action,
        "members": [{"integration_distinct_id": "a"}],
        **changed,
    }
    return {name: value for name, value in body.items() if value is not ...}


def only_cohort(parser: RequestParser, body: Json) -> CohortChanges:
    (cohort,) = parser.parse(body).cohorts
    return cohort


def refusal(parser: RequestParser, body: Json) -> InvalidPayloadError:
    with pytest.raises(InvalidPayloadError) as caught:
        parser.parse(body)
    return caught.value


class TestMembership:
    def test_a_boolean_of_each_member(self) -> None:
        assert AMPLITUDE.parse(amplitude(entry("a"), entry("b", False))) == SyncChanges(
            ENVIRONMENT_ID, "user", (CohortChanges("c", "C", None, ["a"], ["b"]),)
        )

    def test_two_arrays(self) -> None:
        assert only_cohort(RUDDERSTACK, rudderstack()) == CohortChanges(
            "c", "C", None, ["a"], ["b"]
        )

    @pytest.mark.parametrize("action", ["add"])
    def test_an_action_that_matches_adds(self, action: Json) -> None:
        assert only_cohort(HIGHTOUCH, hightouch(action)).added == ["a"]

    @pytest.mark.parametrize("action", ["remove", "ADD", "", 0, False, "add\n2"])
    def test_any_other_action_removes(self, action: Json) -> None:
        assert only_cohort(HIGHTOUCH, hightouch(action)).removed == ["a"]

    @pytest.mark.parametrize(("action", "text"), [(True, "true"), (1.5, "1.5"), (12, "12")])
    def test_an_action_that_is_no_string_is_matched_as_its_json(
        self, action: Json, text: str
    ) -> None:
        inclusion = {"path": "/action", "matcher": f"^{text}$"}
        parser = RequestParser.compile({**SPECS["hightouch"], "arrayInclusion": inclusion})
        assert only_cohort(parser, hightouch(action)).added == ["a"]

    def test_matchers_search_anywhere(self) -> None:
        inclusion = {"path": "/action", "matcher": "dd"}
        parser = RequestParser.compile({**SPECS["hightouch"], "arrayInclusion": inclusion})
        assert only_cohort(parser, hightouch("please add them")).added == ["a"]

    @pytest.mark.parametrize("missing", [..., None])
    def test_one_of_two_arrays_may_be_missing(self, missing: Json) -> None:
        lists = {"add": [{"id": "a"}], "remove": missing}
        body = rudderstack(listData={k: v for k, v in lists.items() if v is not ...})
        assert only_cohort(RUDDERSTACK, body) == CohortChanges("c", "C", None, ["a"], [])

    def test_both_arrays_missing_is_an_empty_request(self) -> None:
        assert only_cohort(RUDDERSTACK, rudderstack(listData=...)) == CohortChanges("c", "C")

    def test_a_key_in_both_arrays_ends_removed(self) -> None:
        lists = {"add": [{"id": "a"}, {"id": "b"}], "remove": [{"id": "a"}]}
        cohort = only_cohort(RUDDERSTACK, rudderstack(listData=lists))
        assert (cohort.added, cohort.removed) == (["b"], ["a"])

    def test_repetitions_are_received_and_count_once(self) -> None:
        changes = AMPLITUDE.parse(amplitude(entry("a"), entry("b"), entry("a", False), entry("a")))
        assert changes.received == 4
        assert changes.cohorts[0].added == ["a", "b"]

    @given(st.lists(st.tuples(st.sampled_from("cd"), few_ids, st.booleans()), min_size=1))
    def test_the_last_word_wins(self, words: list[tuple[str, str, bool]]) -> None:
        body = amplitude(*(entry(key, value, cohortId=cohort) for cohort, key, value in words))
        said = {(cohort, key): value for cohort, key, value in words}
        for cohort in AMPLITUDE.parse(body).cohorts:
            ours = {key: value for (of, key), value in said.items() if of == cohort.cohort_id}
            assert cohort.added == [key for key, value in ours.items() if value]
            assert cohort.removed == [key for key, value in ours.items() if not value]

    def test_a_member_may_be_its_own_id(self) -> None:
        spec = {**SPECS["rudderstack"], "memberArrayParser": {"memberIdPath": ""}}
        body = rudderstack(listData={"add": ["a", 7], "remove": ["b"]})
        assert only_cohort(RequestParser.compile(spec), body).added == ["a", "7"]


class TestCohorts:
    def test_members_name_several(self) -> None:
        changes = AMPLITUDE.parse(
            amplitude(
                entry("a", cohortUrl="https://a.example/c"),
                entry("a", cohortId="d", cohortName="D"),
                entry("b", False),
            )
        )
        assert changes.cohorts == (
            CohortChanges("c", "C", "https://a.example/c", ["a"], ["b"]),
            CohortChanges("d", "D", None, ["a"], []),
        )

    def test_a_member_without_one_belongs_to_the_bodys(self) -> None:
        body = amplitude(entry("a"), {"userId": "b", "value": True})
        assert only_cohort(AMPLITUDE, body).added == ["a", "b"]

    def test_all_without_one_belong_to_the_bodys(self) -> None:
        spec = {**SPECS["amplitude"], "cohortIdPath": "/cohortId"}
        body = {**amplitude(*({"userId": key, "value": True} for key in "abc")), "cohortId": "d"}
        assert RequestParser.compile(spec).parse(body).cohorts == (
            CohortChanges("d", added=["a", "b", "c"]),
        )

    def test_the_bodys_name_is_not_given_to_other_cohorts(self) -> None:
        first, second = AMPLITUDE.parse(
            amplitude(entry("a"), {"userId": "b", "value": True, "cohortId": "d"})
        ).cohorts
        assert (first.name, second.name) == ("C", None)

    def test_the_last_name_wins(self) -> None:
        body = amplitude(entry("a"), entry("b", cohortName="New"), entry("c", cohortName=None))
        assert only_cohort(AMPLITUDE, body).name == "New"

    def test_without_members_the_bodys_cohort_is_named(self) -> None:
        body = rudderstack(listData={"add": [], "remove": []})
        assert RUDDERSTACK.parse(body).cohorts == (CohortChanges("c", "C"),)

    def test_where_only_members_name_one_none_is_named_without_them(self) -> None:
        assert AMPLITUDE.parse(amplitude()) == SyncChanges(ENVIRONMENT_ID)

    def test_nobody_names_one(self) -> None:
        error = refusal(AMPLITUDE, amplitude({"userId": "a", "value": True}))
        assert error.pointer == "/batch/0/cohortId"
        body = amplitude(entry("a"), entry("b"))
        spec = {**SPECS["amplitude"], "cohortIdPath": "/cohortId"}
        del body["batch"][1]["cohortId"]
        error = refusal(RequestParser.compile(spec), body)
        assert error.pointer == "/batch/1/cohortId"
        assert "for all members at /cohortId" in error.message

    @pytest.mark.parametrize("name", [None, "", ...])
    def test_a_name_may_be_missing(self, name: Json) -> None:
        assert only_cohort(RUDDERSTACK, rudderstack(cohortName=name)).name is None

    def test_a_number_is_a_name(self) -> None:
        assert only_cohort(RUDDERSTACK, rudderstack(cohortName=2024)).name == "2024"

    def test_a_url(self) -> None:
        body = rudderstack(cohortUrl="https://cdp.example/c")
        assert only_cohort(RUDDERSTACK, body).url == "https://cdp.example/c"


class TestContextKinds:
    @pytest.mark.parametrize("kind", [..., None, ""])
    def test_without_one_it_is_user(self, kind: Json) -> None:
        assert RUDDERSTACK.parse(rudderstack(contextKind=kind)).context_kind == "user"

    def test_it_is_kept(self) -> None:
        body = rudderstack(contextKind="org.unit-1_x")
        assert RUDDERSTACK.parse(body).context_kind == "org.unit-1_x"

    @pytest.mark.parametrize(
        "kind", ["kind", "multi", "a b", "ü", "a\n", "x" * 257, 0, False, [], {}]
    )
    def test_what_is_none_is_refused(self, kind: Json) -> None:
        assert refusal(RUDDERSTACK, rudderstack(contextKind=kind)).pointer == "/contextKind"


class TestIds:
    @pytest.mark.parametrize(
        ("sent", "key"),
        [
            (12, "12"),
            (0, "0"),
            (-3, "-3"),
            (2**64 - 1, "18446744073709551615"),
            (10**100, "1" + "0" * 100),
            (12.0, "12"),
            (-0.0, "0"),
            (1.5, "1.5"),
            ("0", "0"),
            (" ", " "),
            ("false", "false"),
            ("x" * 256, "x" * 256),
            ("ü" * 256, "ü" * 256),
        ],
    )
    def test_strings_and_the_digits_of_numbers(self, sent: Json, key: str) -> None:
        assert only_cohort(AMPLITUDE, amplitude(entry(sent))).added == [key]
        assert only_cohort(AMPLITUDE, amplitude(entry("a", cohortId=sent))).cohort_id == key

    @pytest.mark.parametrize(
        ("sent", "found"),
        [
            (None, "null"),
            (True, "a boolean"),
            ("", "an empty string"),
            ({}, "an empty object"),
            (["a"], "an array"),
            ("x" * 257, "a string of 257 characters"),
            ("a\0b", "NUL"),
            (2.0**64, "too large"),
            (1e22, "too large"),
            (1e-7, "too fine"),
            (10**300, "too many digits"),
            pytest.param(10**5000, "too many digits", id="5001 digits"),
        ],
    )
    def test_what_is_no_id(self, sent: Json, found: str) -> None:
        for batch, pointer in (
            ([entry(sent)], "/batch/0/userId"),
            ([entry("a"), entry("b"), entry("c"), entry(sent)], "/batch/3/userId"),
            ([entry("a"), entry("b", cohortId=sent)], "/batch/1/cohortId"),
        ):
            error = refusal(AMPLITUDE, amplitude(*batch))
            assert error.pointer == pointer
            assert found in error.message


class TestErrors:
    """Each says where, what was found and what was expected."""

    @pytest.mark.parametrize(
        ("body", "pointer", "found"),
        [
            ([], "/environmentId", "nothing there (the body is an empty array)"),
            (None, "/environmentId", "nothing there (the body is null)"),
            ({"environmentId": 5}, "/environmentId", "a number"),
            ({"environmentId": ""}, "/environmentId", "an empty string"),
            ({"environmentId": "e"}, "/batch", "nothing there (the body is an object)"),
            ({"environmentId": "e", "batch": None}, "/batch", "null"),
            ({"environmentId": "e", "batch": {"0": {}}}, "/batch", "an object"),
            (amplitude(entry("a"), 5), "/batch/1/userId", "nothing there (/batch/1 is a number)"),
            (
                amplitude(entry("a"), {"value": True}),
                "/batch/1/userId",
                "nothing there (/batch/1 is an object)",
            ),
            (amplitude(entry("a", 1)), "/batch/0/value", "a number"),
            (amplitude(entry("a"), entry("b", "true")), "/batch/1/value", "a string"),
            (amplitude(entry("a", None)), "/batch/0/value", "null"),
            (amplitude(entry("a", cohortName=[1])), "/batch/0/cohortName", "an array"),
            (amplitude(entry("a", cohortName="a\0")), "/batch/0/cohortName", "NUL"),
            (amplitude(entry("a", cohortUrl=5)), "/batch/0/cohortUrl", "a number"),
            (amplitude(entry("a", cohortUrl="x" * 2049)), "/batch/0/cohortUrl", "2,049 characters"),
        ],
    )
    def test_of_a_flagged_array(self, body: Json, pointer: str, found: str) -> None:
        error = refusal(AMPLITUDE, body)
        assert error.pointer == pointer
        assert error.message.startswith(f"{pointer}: found ")
        assert found in error.message
        assert ", expected " in error.message

    def test_of_two_arrays(self) -> None:
        body = rudderstack(listData={"add": [], "remove": [{"id": "a"}, {}]})
        assert refusal(RUDDERSTACK, body).pointer == "/listData/remove/1/id"
        body = rudderstack(listData={"add": "a"})
        assert refusal(RUDDERSTACK, body).pointer == "/listData/add"
        assert refusal(RUDDERSTACK, rudderstack(cohortId=...)).pointer == "/cohortId"

    @pytest.mark.parametrize("action", [..., None, [], {"add": 1}])
    def test_of_an_action(self, action: Json) -> None:
        assert refusal(HIGHTOUCH, hightouch(action)).pointer == "/action"

    def test_pointers_are_escaped(self) -> None:
        spec = {**SPECS["rudderstack"], "memberArrayParser": {"memberIdPath": "/a~1b/~0"}}
        body = rudderstack(listData={"add": [{"a/b": {}}]})
        assert refusal(RequestParser.compile(spec), body).pointer == "/listData/add/0/a~1b/~0"

    @given(few_ids.filter(lambda key: len(key) > 3))
    def test_members_are_not_shown(self, key: str) -> None:
        for body in (amplitude(entry(key, "x")), amplitude(entry([key])), amplitude(key)):
            assert key not in refusal(AMPLITUDE, body).message.split("expected")[0]


class TestRefusedBodies:
    """The sync log names what can be known of a body that was refused."""

    def test_what_is_there_is_found(self) -> None:
        body = amplitude(entry(None, cohortId="d"), entry("b", cohortId=5), entry("c", cohortId=[]))
        assert AMPLITUDE.find_environment_id(body) == ENVIRONMENT_ID
        assert AMPLITUDE.find_cohort_ids(body) == ("d", "5")

    def test_what_is_no_id_is_not(self) -> None:
        assert AMPLITUDE.find_environment_id({"environmentId": "a\0"}) is None
        assert RUDDERSTACK.find_cohort_ids({"cohortId": "x" * 257}) == ()

    def test_they_are_not_too_many(self) -> None:
        body = amplitude(*(entry("a", cohortId=str(number)) for number in range(500)))
        assert len(AMPLITUDE.find_cohort_ids(body)) == 100

    @given(json_values, st.sampled_from(sorted(PARSERS)))
    def test_any_document_will_do(self, body: Json, key: str) -> None:
        assert PARSERS[key].find_environment_id(body) is None
        assert PARSERS[key].find_cohort_ids(body) == ()
