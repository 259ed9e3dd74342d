"""LaunchDarkly's own Python client on segments: on SQLite and on PostgreSQL."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.api.segments_api import SegmentsApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.segment_body import SegmentBody

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, SEMANTIC, client, running_on_database
from tests.end_to_end.official_segments import (
    CLAUSE,
    PLACE,
    eventually,
    follow,
    is_member,
    new_segment,
    patch,
    replace,
    state,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def segments(server: Muster) -> SegmentsApi:
    """The API of segments, for an admin."""
    return SegmentsApi(client(server, TOKEN))


class TestMaking:
    def test_a_new_one_holds_nobody(self, segments: SegmentsApi) -> None:
        made = new_segment(segments, description="for tests", tags=["b", "a", "b"])
        assert (made.version, made.generation, made.deleted) == (1, 1, False)
        assert (made.rules, made.included, made.excluded, made.unbounded) == ([], [], [], False)
        assert (made.description, made.tags) == ("for tests", ["a", "b"])
        found = segments.get_segment(*PLACE, made.key)
        assert (found.key, found.creation_date) == (made.key, made.creation_date)
        assert found.flags == []

    def test_a_big_one_has_one_kind_of_contexts(self, segments: SegmentsApi) -> None:
        made = new_segment(segments, unbounded=True, unboundedContextKind="org")
        assert (made.unbounded, made.unbounded_context_kind) == (True, "org")
        assert made.unbounded_metadata is not None
        assert made.unbounded_metadata.included_count == 0

    def test_a_key_is_taken_once(self, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        with pytest.raises(ConflictException):
            segments.post_segment(*PLACE, SegmentBody(key=key, name="again"))

    @pytest.mark.parametrize(
        "fields",
        [
            {"key": "a b"},
            {"key": ""},
            {"name": " "},
            {"tags": ["a b"]},
            {"unboundedContextKind": "multi"},
        ],
        ids=str,
    )
    def test_what_can_not_be_is_refused(
        self, segments: SegmentsApi, fields: dict[str, Any]
    ) -> None:
        with pytest.raises(BadRequestException):
            new_segment(segments, **fields)

    def test_the_environment_has_to_be_there(self, segments: SegmentsApi) -> None:
        with pytest.raises(NotFoundException):
            segments.post_segment("default", "nowhere", SegmentBody(key="s", name="s"))

    def test_one_that_is_made_again_is_of_the_next_generation(self, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True).key
        segments.update_big_segment_context_targets(*PLACE, key, state(included={"add": ["u"]}))
        segments.delete_segment(*PLACE, key)
        with pytest.raises(NotFoundException):
            segments.get_segment(*PLACE, key)
        wanted = SegmentBody(key=key, name="again", unbounded=True)
        assert segments.post_segment(*PLACE, wanted).generation == 2
        assert not is_member(segments, key, "u")


class TestListing:
    def test_they_are_listed_page_by_page_in_the_order_asked_for(
        self, segments: SegmentsApi
    ) -> None:
        made = [new_segment(segments, tags=["paged"]).key for _ in range(3)]
        tagged = 'tags anyOf ["paged"]'
        first = segments.get_segments(*PLACE, limit=2, filter=tagged, sort="name")
        rest = segments.get_segments(*PLACE, limit=2, offset=2, filter=tagged, sort="name")
        assert first.total_count == 3
        assert [one.key for one in [*first.items, *rest.items]] == sorted(made)
        assert "next" in first.links
        newest = segments.get_segments(*PLACE, filter='tags anyOf ["paged"]')
        assert [one.key for one in newest.items] == made[::-1]

    def test_the_last_one_changed_is_found(self, segments: SegmentsApi) -> None:
        older, newer = (new_segment(segments, unbounded=True, tags=["changed"]) for _ in range(2))
        time.sleep(0.01)
        segments.update_big_segment_context_targets(
            *PLACE, older.key, state(included={"add": ["u"]})
        )
        found = segments.get_segments(*PLACE, filter='tags anyOf ["changed"]', sort="-lastModified")
        assert [one.key for one in found.items] == [older.key, newer.key]

    def test_a_filter_finds_by_text_kind_and_members(self, segments: SegmentsApi) -> None:
        small = new_segment(segments, name="Zebra herd", tags=["z1"]).key
        big = new_segment(segments, unbounded=True, tags=["z1"]).key
        patch(segments, small, replace("/included", ["zoe"]))
        segments.update_big_segment_context_targets(*PLACE, big, state(excluded={"add": ["zoe"]}))

        def found(text: str) -> list[str]:
            listed = segments.get_segments(*PLACE, filter=f'tags anyOf ["z1"], {text}')
            return sorted(one.key for one in listed.items)

        assert found('query equals "ZEBRA"') == [small]
        assert found("unbounded equals true") == [big]
        assert found("external exists false") == sorted([small, big])
        assert found('includedKeys anyOf ["zoe"]') == [small]
        assert found('excludedKeys anyOf ["zoe", "nobody"]') == [big]

    def test_a_filter_that_can_not_be_read_is_refused(self, segments: SegmentsApi) -> None:
        for text in ("tags anyOf", 'colour equals "red"', "unbounded equals perhaps"):
            with pytest.raises(BadRequestException):
                segments.get_segments(*PLACE, filter=text)
        with pytest.raises(BadRequestException):
            segments.get_segments(*PLACE, sort="colour")


class TestPatching:
    def test_targets_and_rules_are_replaced(self, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        changed = patch(
            segments,
            key,
            replace("/name", "Renamed"),
            replace("/description", "why"),
            replace("/tags", ["t"]),
            replace("/included", ["u1", "u2", "u1"]),
            replace("/excluded", ["u3"]),
            replace("/includedContexts", [{"contextKind": "org", "values": ["o1"]}]),
            replace("/rules", [{"clauses": [CLAUSE], "weight": 50_000}]),
        )
        assert (changed.name, changed.description, changed.tags) == ("Renamed", "why", ["t"])
        assert (changed.included, changed.excluded) == (["u1", "u2"], ["u3"])
        assert changed.included_contexts is not None
        assert changed.included_contexts[0].context_kind == "org"
        (rule,) = changed.rules
        assert rule.weight == 50_000
        assert rule.clauses[0].id
        assert changed.version == 2

    def test_what_is_so_already_is_no_change(self, segments: SegmentsApi) -> None:
        made = new_segment(segments)
        same = patch(segments, made.key, replace("/name", made.name))
        assert (same.version, same.last_modified_date) == (1, made.last_modified_date)

    def test_a_version_that_was_read_before_is_tested(self, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        test = {"op": "test", "path": "/version", "value": 1}
        patch(segments, key, test, replace("/name", "one"))
        with pytest.raises(ConflictException):
            patch(segments, key, test, replace("/name", "two"))
        assert segments.get_segment(*PLACE, key).name == "one"

    def test_a_dry_run_shows_and_stores_nothing(self, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        shown = patch(segments, key, replace("/name", "other"), dry_run=True)
        assert shown.name == "other"
        assert segments.get_segment(*PLACE, key).version == 1

    def test_an_error_says_where_in_the_body_it_is(
        self, server: Muster, segments: SegmentsApi
    ) -> None:
        key = new_segment(segments).key
        contexts = [{"contextKind": "org", "values": ["o"]}, {"contextKind": "a b", "values": []}]
        answer = server.client.patch(
            f"/api/v2/segments/default/test/{key}", json=[replace("/includedContexts", contexts)]
        )
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("/includedContexts/1/contextKind: ")

    def test_a_merge_patch_is_taken(self, server: Muster, segments: SegmentsApi) -> None:
        key = new_segment(segments, description="old").key
        answer = server.client.patch(
            f"/api/v2/segments/default/test/{key}",
            json={"merge": {"name": "merged", "description": None}, "comment": "c"},
        )
        assert (answer.status_code, answer.json()["name"]) == (200, "merged")
        assert answer.json()["description"] == ""

    @pytest.mark.parametrize(
        ("operation", "error"),
        [
            (replace("/key", "other"), BadRequestException),
            (replace("/unbounded", True), BadRequestException),
            (replace("/included", [1]), BadRequestException),
            (replace("/included", [""]), BadRequestException),
            (replace("/included", ["u" * 257]), BadRequestException),
            (replace("/included", [f"u{i}" for i in range(15_001)]), BadRequestException),
            (replace("/rules", [{"clauses": []}]), BadRequestException),
            (
                replace("/rules", [{"clauses": [{**CLAUSE, "op": "resembles"}]}]),
                BadRequestException,
            ),
            (
                replace("/rules", [{"clauses": [{**CLAUSE, "op": "matches", "values": ["("]}]}]),
                BadRequestException,
            ),
            (replace("/rules", [{"clauses": [CLAUSE], "weight": 100_001}]), BadRequestException),
            ({"op": "remove", "path": "/rules/7"}, UnprocessableEntityException),
        ],
        ids=str,
    )
    def test_what_can_not_be_is_refused(
        self, segments: SegmentsApi, operation: dict[str, Any], error: type[Exception]
    ) -> None:
        key = new_segment(segments).key
        with pytest.raises(error):
            patch(segments, key, operation)
        assert segments.get_segment(*PLACE, key).version == 1


class TestInstructions:
    def test_each_is_followed(self, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        changed = follow(
            segments,
            key,
            {"kind": "addTags", "values": ["x", "y"]},
            {"kind": "removeTags", "values": ["x"]},
            {"kind": "updateName", "value": "By instructions"},
            {"kind": "addIncludedTargets", "contextKind": "org", "values": ["o1", "o2"]},
            {"kind": "removeIncludedTargets", "contextKind": "org", "values": ["o2"]},
            {"kind": "addExcludedUsers", "values": ["u1"]},
            {"kind": "addRule", "clauses": [CLAUSE], "description": "first"},
            {"kind": "addRule", "clauses": [CLAUSE, {**CLAUSE, "attribute": "plan"}]},
        )
        assert (changed.tags, changed.name) == (["y"], "By instructions")
        assert changed.included_contexts is not None
        assert changed.included_contexts[0].values == ["o1"]
        assert changed.excluded == ["u1"]
        first, second = changed.rules
        changed = follow(
            segments,
            key,
            {"kind": "reorderRules", "ruleIds": [second.id, first.id]},
            {"kind": "updateRuleDescription", "ruleId": second.id, "description": "now first"},
            {
                "kind": "updateRuleRolloutAndContextKind",
                "ruleId": second.id,
                "weight": 10_000,
                "contextKind": "org",
            },
            {"kind": "removeClauses", "ruleId": second.id, "clauseIds": [second.clauses[1].id]},
            {
                "kind": "addValuesToClause",
                "ruleId": first.id,
                "clauseId": first.clauses[0].id,
                "values": ["@example.org"],
            },
            {
                "kind": "removeValuesFromClause",
                "ruleId": first.id,
                "clauseId": first.clauses[0].id,
                "values": ["@example.com"],
            },
            {
                "kind": "updateClause",
                "ruleId": second.id,
                "clauseId": second.clauses[0].id,
                "clause": {**CLAUSE, "negate": True},
            },
        )
        assert [rule.id for rule in changed.rules] == [second.id, first.id]
        assert changed.rules[0].description == "now first"
        assert (changed.rules[0].weight, changed.rules[0].rollout_context_kind) == (10_000, "org")
        assert [clause.negate for clause in changed.rules[0].clauses] == [True]
        assert changed.rules[1].clauses[0].values == ["@example.org"]
        assert (
            follow(segments, key, {"kind": "removeRule", "ruleId": first.id}).rules[0].id
            == second.id
        )

    def test_all_are_followed_or_none(self, segments: SegmentsApi) -> None:
        made = new_segment(segments)
        with pytest.raises(BadRequestException):
            follow(
                segments,
                made.key,
                {"kind": "updateName", "value": "half done"},
                {"kind": "reorderRules", "ruleIds": ["none"]},
            )
        assert segments.get_segment(*PLACE, made.key).name == made.name

    def test_a_context_is_not_included_and_excluded_at_once(self, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        follow(segments, key, {"kind": "addIncludedUsers", "values": ["u"]})
        with pytest.raises(BadRequestException):
            follow(segments, key, {"kind": "addExcludedUsers", "values": ["u"]})

    def test_members_of_a_big_one_are_changed(self, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True).key
        changed = follow(
            segments,
            key,
            {"kind": "addBigSegmentIncludedTargets", "values": ["a", "b"]},
            {"kind": "removeBigSegmentIncludedTargets", "values": ["b"]},
            {"kind": "addBigSegmentExcludedTargets", "values": ["c"]},
            {"kind": "addTags", "values": ["t"]},
        )
        assert changed.unbounded_metadata is not None
        assert changed.unbounded_metadata.included_count == 1
        assert changed.unbounded_metadata.excluded_count == 1
        assert segments.get_segment(*PLACE, key).tags == ["t"]
        assert is_member(segments, key, "a")
        assert not is_member(segments, key, "b")

    def test_they_need_their_media_type(self, server: Muster, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        answer = server.client.patch(
            f"/api/v2/segments/default/test/{key}",
            json={"instructions": [{"kind": "addTags", "values": ["t"]}]},
        )
        assert answer.status_code == 400
        assert "domain-model" in answer.json()["message"]

    def test_an_environment_that_is_another_one_is_refused(
        self, server: Muster, segments: SegmentsApi
    ) -> None:
        key = new_segment(segments).key
        answer = server.client.patch(
            f"/api/v2/segments/default/test/{key}",
            content=json.dumps(
                {
                    "environmentKey": "production",
                    "instructions": [{"kind": "addTags", "values": ["t"]}],
                }
            ),
            headers={"Content-Type": SEMANTIC},
        )
        assert answer.status_code == 400


class TestDeleting:
    def test_one_that_others_ask_for_is_kept(self, segments: SegmentsApi) -> None:
        used, user = new_segment(segments).key, new_segment(segments).key
        asks = {"attribute": "", "op": "segmentMatch", "values": [used], "negate": False}
        patch(segments, user, replace("/rules", [{"clauses": [asks]}]))
        with pytest.raises(ConflictException, match=user):
            segments.delete_segment(*PLACE, used)
        segments.delete_segment(*PLACE, user)
        segments.delete_segment(*PLACE, used)
        with pytest.raises(NotFoundException):
            segments.delete_segment(*PLACE, used)


class TestPermission:
    def test_nobody_and_readers_change_nothing(self, server: Muster, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True).key
        made = server.client.post(
            "/api/v2/tokens", json={"name": "r", "serviceToken": True, "role": "reader"}
        )
        reader = SegmentsApi(client(server, made.json()["token"]))
        assert reader.get_segment(*PLACE, key).key == key
        for change in (
            lambda: new_segment(reader),
            lambda: patch(reader, key, replace("/name", "n")),
            lambda: reader.delete_segment(*PLACE, key),
            lambda: reader.update_big_segment_context_targets(
                *PLACE, key, state(included={"add": ["u"]})
            ),
            lambda: reader.create_big_segment_export(*PLACE, key),
        ):
            with pytest.raises(ForbiddenException):
                change()
        nobody = SegmentsApi(client(server, "api-nobody"))
        with pytest.raises(UnauthorizedException):
            nobody.get_segment(*PLACE, key)

    def test_every_change_is_in_the_audit_log(self, server: Muster, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True).key
        patch(segments, key, replace("/description", "d"))
        segments.update_big_segment_context_targets(*PLACE, key, state(included={"add": ["u"]}))
        segments.delete_segment(*PLACE, key)

        def actions() -> list[str]:
            found = server.client.get(
                "/api/v2/auditlog", params={"spec": f"proj/*:env/*:segment/{key}"}
            )
            return [
                access["action"] for entry in found.json()["items"] for access in entry["accesses"]
            ]

        # Entries of members are written half a second later.
        eventually(
            lambda: sorted(actions()),
            ["createSegment", "deleteSegment", "updateDescription", "updateIncluded"],
        )
