"""LaunchDarkly's own Python client on who is in a segment: on SQLite and on PostgreSQL."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.api.segments_api import SegmentsApi
from launchdarkly_api.api_response import ApiResponse
from launchdarkly_api.exceptions import (
    BadRequestException,
    NotFoundException,
)
from launchdarkly_api.models.patch_segment_expiring_target_input_rep import (
    PatchSegmentExpiringTargetInputRep,
)
from launchdarkly_api.models.patch_segment_request import PatchSegmentRequest

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database
from tests.end_to_end.official_segments import (
    CLAUSE,
    PLACE,
    eventually,
    follow,
    is_member,
    new_segment,
    numbers,
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
            "cohortId": f"c{next(numbers)}",
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
