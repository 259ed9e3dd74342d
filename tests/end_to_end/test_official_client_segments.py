"""LaunchDarkly's own Python client on segments: on SQLite and on PostgreSQL."""

import json
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from launchdarkly_api.api.segments_api import SegmentsApi
from launchdarkly_api.api_response import ApiResponse
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.patch_segment_expiring_target_input_rep import (
    PatchSegmentExpiringTargetInputRep,
)
from launchdarkly_api.models.patch_segment_request import PatchSegmentRequest
from launchdarkly_api.models.patch_with_comment import PatchWithComment
from launchdarkly_api.models.segment_body import SegmentBody
from launchdarkly_api.models.segment_user_state import SegmentUserState
from launchdarkly_api.models.user_segment import UserSegment

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

PLACE = ("default", "test")
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
_numbers = count(1)


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


def new_segment(segments: SegmentsApi, **fields: Any) -> UserSegment:
    """Make a segment with a key of its own."""
    key = f"s{next(_numbers)}"
    wanted = SegmentBody.from_dict({"key": key, "name": key.upper(), **fields})
    assert wanted is not None
    return segments.post_segment(*PLACE, wanted)


def patch(
    segments: SegmentsApi, key: str, *operations: dict[str, Any], **options: Any
) -> UserSegment:
    """Change a segment by a JSON Patch, as users of the client do."""
    wanted = PatchWithComment.from_dict({"patch": list(operations), "comment": "a test"})
    assert wanted is not None
    return segments.patch_segment(*PLACE, key, wanted, **options)


def replace(path: str, value: Any) -> dict[str, Any]:
    """Return the operation that replaces a value."""
    return {"op": "replace", "path": path, "value": value}


class _Instructions(PatchWithComment):
    """The way to send a semantic patch with the client."""

    instructions: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        return {"instructions": self.instructions, "comment": "a test"}


def follow(segments: SegmentsApi, key: str, *instructions: dict[str, Any]) -> UserSegment:
    """Change a segment by a semantic patch."""
    wanted = _Instructions(patch=[], instructions=list(instructions))
    return segments.patch_segment(*PLACE, key, wanted, _content_type=SEMANTIC)


def state(**lists: dict[str, list[str]]) -> SegmentUserState:
    """Return changes of a big segment's members."""
    wanted = SegmentUserState.from_dict(lists)
    assert wanted is not None
    return wanted


def eventually(read: Callable[[], Any], wanted: Any) -> None:
    """Wait until something reads as it is to."""
    deadline = time.monotonic() + 30
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} is not {wanted!r}"
        time.sleep(0.05)


def is_member(segments: SegmentsApi, key: str, context_key: str) -> bool:
    """Tell whether a segment includes a context."""
    return bool(segments.get_segment_membership_for_context(*PLACE, key, context_key).included)


CLAUSE = {"attribute": "email", "op": "endsWith", "values": ["@example.com"], "negate": False}


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


class TestMembers:
    def test_contexts_enter_and_leave(self, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True, unboundedContextKind="org").key
        segments.update_big_segment_context_targets(
            *PLACE, key, state(included={"add": ["a/b", "c:d"]}, excluded={"add": ["x"]})
        )
        assert is_member(segments, key, "a/b")
        segments.update_big_segment_context_targets(
            *PLACE, key, state(included={"add": [], "remove": ["a/b"]})
        )
        assert not is_member(segments, key, "a/b")
        assert is_member(segments, key, "c:d")
        assert segments.get_segment_membership_for_context(*PLACE, key, "x").excluded

    def test_users_are_those_of_a_segment_of_users(self, segments: SegmentsApi) -> None:
        of_users = new_segment(segments, unbounded=True).key
        of_orgs = new_segment(segments, unbounded=True, unboundedContextKind="org").key
        segments.update_big_segment_targets(*PLACE, of_users, state(included={"add": ["u"]}))
        assert segments.get_segment_membership_for_user(*PLACE, of_users, "u").included
        with pytest.raises(BadRequestException):
            segments.update_big_segment_targets(*PLACE, of_orgs, state(included={"add": ["u"]}))

    def test_a_segment_that_is_not_big_takes_none(self, segments: SegmentsApi) -> None:
        key = new_segment(segments).key
        with pytest.raises(BadRequestException, match="not big"):
            segments.update_big_segment_context_targets(*PLACE, key, state(included={"add": ["u"]}))

    @pytest.mark.parametrize(
        "lists",
        [
            {"included": {"add": ["ok", ""]}},
            {"included": {"add": ["k" * 257]}},
            {"included": {"add": ["k\0"]}},
            {"included": {"add": ["both"], "remove": ["both"]}},
        ],
        ids=str,
    )
    def test_a_bad_key_keeps_all_from_being_applied(
        self, segments: SegmentsApi, lists: dict[str, Any]
    ) -> None:
        key = new_segment(segments, unbounded=True).key
        with pytest.raises(BadRequestException):
            segments.update_big_segment_context_targets(*PLACE, key, state(**lists))
        assert segments.get_segment(*PLACE, key).version == 1

    def test_synced_members_are_the_partners(self, server: Muster, segments: SegmentsApi) -> None:
        body = {
            "environmentId": server.environment_id("test"),
            "cohortId": f"c{next(_numbers)}",
            "cohortName": "Synced",
            "listData": {"add": [{"id": "u1"}], "remove": []},
        }
        assert server.push("rudderstack", body).status_code == 204
        key = f"rudderstack-{body['cohortId']}"
        with pytest.raises(BadRequestException, match="synced by rudderstack"):
            segments.update_big_segment_context_targets(
                *PLACE, key, state(included={"add": ["u2"]})
            )
        with pytest.raises(BadRequestException, match="follows the cohort"):
            patch(segments, key, replace("/name", "mine"))
        segments.update_big_segment_context_targets(*PLACE, key, state(excluded={"add": ["u1"]}))
        assert patch(segments, key, replace("/tags", ["t"])).tags == ["t"]
        # What is changed by hand and by a sync, one after the other, is all there.
        assert server.push("rudderstack", body | {"cohortName": "Renamed"}).status_code == 204
        found = segments.get_segment(*PLACE, key)
        assert (found.name, found.tags, found.external) == ("Renamed", ["t"], "rudderstack")
        segments.delete_segment(*PLACE, key)
        assert server.push("rudderstack", body).status_code == 204
        assert segments.get_segment(*PLACE, key).generation == 2

    def test_a_context_is_evaluated_in_all_segments(self, segments: SegmentsApi) -> None:
        by_rule, by_list, by_other, big = (
            new_segment(segments, unbounded=number == 3).key for number in range(4)
        )
        patch(segments, by_rule, replace("/rules", [{"clauses": [CLAUSE]}]))
        patch(segments, by_list, replace("/included", ["u1"]))
        asks = {"attribute": "", "op": "segmentMatch", "values": [big], "negate": False}
        patch(segments, by_other, replace("/rules", [{"clauses": [asks]}]))
        segments.update_big_segment_context_targets(*PLACE, big, state(included={"add": ["u1"]}))

        def verdicts(context: dict[str, Any]) -> list[tuple[bool, bool, bool]]:
            found = segments.get_context_instance_segments_membership_by_env(*PLACE, context)
            by_key = {one.key: one for one in found.items}
            return [
                (one.is_member, one.is_individually_targeted, one.is_rule_targeted)
                for one in (by_key[key] for key in (by_rule, by_list, by_other, big))
            ]

        out, by_hand, by_rules = (False, False, False), (True, True, False), (True, False, True)
        assert verdicts({"kind": "user", "key": "u1", "email": "a@example.com"}) == [
            by_rules,
            by_hand,
            by_rules,
            by_hand,
        ]
        assert verdicts({"kind": "multi", "org": {"key": "o"}, "user": {"key": "u2"}}) == [out] * 4
        for wrong in ({}, {"kind": "user"}, {"kind": "multi"}, {"kind": "user", "key": ""}):
            with pytest.raises(BadRequestException):
                segments.get_context_instance_segments_membership_by_env(*PLACE, wrong)


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


def made_id(answer: ApiResponse[None]) -> str:
    """Return the id of what was begun: where the answer says that it can be followed."""
    headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
    return headers["location"].rpartition("/")[2]


class TestTransfers:
    def start(self, segments: SegmentsApi, key: str, content: bytes, **options: Any) -> str:
        """Begin an import; return its id."""
        options = {"mode": "merge", **options}
        answer = segments.create_big_segment_import_with_http_info(
            *PLACE, key, file=("keys.csv", content), **options
        )
        assert answer.status_code == 204
        return made_id(answer)

    def status(self, segments: SegmentsApi, key: str, import_id: str) -> str:
        """Return how far an import is."""
        return str(segments.get_big_segment_import(*PLACE, key, import_id).status)

    def test_keys_are_merged_then_replaced(self, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True).key
        segments.update_big_segment_context_targets(*PLACE, key, state(included={"add": ["old"]}))
        merged = self.start(segments, key, b'a,other column\n"b,c"\n\na\n')
        eventually(lambda: self.status(segments, key, merged), "complete")
        assert all(is_member(segments, key, one) for one in ("old", "a", "b,c"))
        replaced = self.start(
            segments, key, "\N{ZERO WIDTH NO-BREAK SPACE}a\né\n".encode(), mode="replace"
        )
        eventually(lambda: self.status(segments, key, replaced), "complete")
        assert [is_member(segments, key, one) for one in ("old", "a", "b,c", "é")] == [
            False,
            True,
            False,
            True,
        ]
        found = segments.get_big_segment_import(*PLACE, key, replaced)
        assert (found.mode, found.segment_key) == ("replace", key)
        assert found.files is not None
        assert found.files[0].filename == "keys.csv"

    def test_a_bad_row_keeps_all_from_being_applied(
        self, server: Muster, segments: SegmentsApi
    ) -> None:
        key = new_segment(segments, unbounded=True).key
        content = b"good\n" + b"k" * 257 + b"\n,no key\n"
        stopped = self.start(segments, key, content)
        eventually(lambda: self.status(segments, key, stopped), "stopped")
        report = server.client.get(f"/api/v2/segments/default/test/{key}/imports/{stopped}").json()[
            "_report"
        ]
        assert [row["line"] for row in report["badRows"]] == [2, 3]
        assert not is_member(segments, key, "good")

    def test_one_that_waits_begins_when_it_is_told_to(self, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True).key
        waiting = self.start(segments, key, b"a\n", wait_on_approvals=True)
        assert self.status(segments, key, waiting) == "pending_approval"
        follow(segments, key, {"kind": "processBigSegmentImport", "importId": waiting})
        eventually(lambda: self.status(segments, key, waiting), "complete")
        assert is_member(segments, key, "a")

    def test_members_are_exported(self, server: Muster, segments: SegmentsApi) -> None:
        key = new_segment(segments, unbounded=True).key
        members = [f"u{number:05}" for number in range(12_345)]
        imported = self.start(segments, key, "\n".join(members).encode())
        eventually(lambda: self.status(segments, key, imported), "complete")
        answer = segments.create_big_segment_export_with_http_info(*PLACE, key)
        export_id = made_id(answer)
        eventually(
            lambda: segments.get_big_segment_export(*PLACE, key, export_id).status, "complete"
        )
        found = segments.get_big_segment_export(*PLACE, key, export_id)
        file = server.client.get(str(found.links["file"].href))
        assert file.text.splitlines() == members
        assert len(file.content) == found.size_bytes

    def test_what_takes_no_file_says_so(self, segments: SegmentsApi) -> None:
        small, big = new_segment(segments).key, new_segment(segments, unbounded=True).key
        with pytest.raises(BadRequestException, match="not big"):
            self.start(segments, small, b"a\n")
        with pytest.raises(BadRequestException, match="merge or replace"):
            self.start(segments, big, b"a\n", mode="shuffle")
        with pytest.raises(BadRequestException, match="not big"):
            segments.create_big_segment_export(*PLACE, small)
        for missing in ("none", "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(NotFoundException):
                segments.get_big_segment_import(*PLACE, big, missing)
            with pytest.raises(NotFoundException):
                segments.get_big_segment_export(*PLACE, big, missing)


class TestExpiring:
    def change(self, segments: SegmentsApi, key: str, *instructions: dict[str, Any]) -> Any:
        """Change when targets expire."""
        wanted = PatchSegmentExpiringTargetInputRep.from_dict({"instructions": list(instructions)})
        assert wanted is not None
        return segments.patch_expiring_targets_for_segment("default", "test", key, wanted)

    @pytest.mark.parametrize("unbounded", [True, False])
    def test_a_target_leaves_when_its_moment_has_come(
        self, segments: SegmentsApi, unbounded: bool
    ) -> None:
        key = new_segment(segments, unbounded=unbounded).key
        if unbounded:
            segments.update_big_segment_context_targets(
                *PLACE, key, state(included={"add": ["soon", "later"]})
            )
        else:
            patch(segments, key, replace("/included", ["soon", "later"]))
        now = int(time.time() * 1000)
        add = {"kind": "addExpiringTarget", "targetType": "included", "contextKind": "user"}
        made = self.change(
            segments,
            key,
            {**add, "contextKey": "soon", "value": now + 300},
            {**add, "contextKey": "later", "value": now + 3_600_000},
            {**add, "contextKey": "nobody", "value": now + 300},
        )
        assert (made.total_instructions, made.successful_instructions) == (3, 2)
        assert [one.instruction_index for one in made.errors] == [2]
        listed = segments.get_expiring_targets_for_segment("default", "test", key)
        assert {one.context_key for one in listed.items} <= {"soon", "later"}
        eventually(lambda: is_member(segments, key, "soon"), wanted=False)
        assert is_member(segments, key, "later")
        left = segments.get_expiring_targets_for_segment("default", "test", key).items
        assert [(one.context_key, one.target_type) for one in left] == [("later", "included")]
        update = {**add, "kind": "updateExpiringTarget", "contextKey": "later"}
        changed = self.change(segments, key, {**update, "value": now + 7_200_000, "version": 1})
        assert changed.items[0].version == 2
        remove = {**add, "kind": "removeExpiringTarget", "contextKey": "later"}
        assert self.change(segments, key, remove).items == []
        assert is_member(segments, key, "later")

    def test_users_expire_in_the_words_that_clients_had_for_them(
        self, segments: SegmentsApi
    ) -> None:
        key = new_segment(segments).key
        patch(segments, key, replace("/included", ["soon", "later"]))
        now = int(time.time() * 1000)
        add = {"kind": "addExpireUserTargetDate", "targetType": "included"}

        def change(*instructions: dict[str, Any]) -> Any:
            wanted = PatchSegmentRequest.from_dict({"instructions": list(instructions)})
            assert wanted is not None
            return segments.patch_expiring_user_targets_for_segment("default", "test", key, wanted)

        def listed() -> list[tuple[str, str | None]]:
            found = segments.get_expiring_user_targets_for_segment("default", "test", key)
            return [(one.user_key, one.target_type) for one in found.items]

        made = change(
            {**add, "userKey": "soon", "value": now + 2_000},
            {**add, "userKey": "later", "value": now + 3_600_000},
            {**add, "userKey": "nobody", "value": now + 2_000},
        )
        assert (made.total_instructions, made.failed_instructions) == (3, 1)
        assert sorted(listed()) == [("later", "included"), ("soon", "included")]
        eventually(lambda: is_member(segments, key, "soon"), wanted=False)
        assert listed() == [("later", "included")]
        change({**add, "kind": "removeExpireUserTargetDate", "userKey": "later"})
        assert listed() == []
        assert is_member(segments, key, "later")


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
