"""LaunchDarkly's own Python client on flags, and on what they have to do with segments and contexts."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.context_settings_api import ContextSettingsApi
from launchdarkly_api.api.contexts_api import ContextsApi
from launchdarkly_api.api.feature_flags_api import FeatureFlagsApi
from launchdarkly_api.api.segments_api import SegmentsApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.feature_flag_body import FeatureFlagBody
from launchdarkly_api.models.patch_operation import PatchOperation
from launchdarkly_api.models.patch_with_comment import PatchWithComment
from launchdarkly_api.models.segment_body import SegmentBody
from launchdarkly_api.models.value_put import ValuePut

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database
from tests.end_to_end.official_flags import PLACE, evaluated, new_flag

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

LIVE = "/environments/production"
COLORS = [{"value": "red", "name": "Red"}, {"value": "green"}, {"value": {"mixed": [1, None]}}]
_numbers = count(1)


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def flags(server: Muster) -> FeatureFlagsApi:
    """The API of flags, for an admin."""
    return FeatureFlagsApi(client(server, TOKEN))


@pytest.fixture(scope="module")
def contexts(server: Muster) -> ContextsApi:
    """The API of contexts, for an admin."""
    return ContextsApi(client(server, TOKEN))


@pytest.fixture(scope="module")
def segments(server: Muster) -> SegmentsApi:
    """The API of segments, for an admin."""
    return SegmentsApi(client(server, TOKEN))


def new_segment(segments: SegmentsApi, *users: str) -> str:
    """Make a segment of these users; return its key."""
    key = f"s{next(_numbers)}"
    segments.post_segment(*PLACE, SegmentBody(name=key.upper(), key=key))
    if users:
        segments.patch_segment(*PLACE, key, patch(("replace", "/included", list(users))))
    return key


def patch(*operations: tuple[str, str, Any], comment: str | None = None) -> PatchWithComment:
    """Return a patch of these operations: op, path, value."""
    return PatchWithComment(
        patch=[PatchOperation(op=op, path=path, value=value) for op, path, value in operations],
        comment=comment,
    )


def asking_for(segment: str, **served: Any) -> dict[str, Any]:
    """Return a rule that asks for a segment."""
    clause = {"op": "segmentMatch", "values": [segment], "negate": False}
    return {"clauses": [{"attribute": "segmentMatch", **clause}], **(served or {"variation": 0})}


class TestFlags:
    def test_one_is_made_with_what_is_usual(self, flags: FeatureFlagsApi) -> None:
        made = new_flag(flags, tags=["beta", "beta"])
        assert (made.kind, made.version, made.temporary, made.archived) == (
            "boolean",
            1,
            True,
            False,
        )
        assert [one.value for one in made.variations] == [True, False]
        assert made.tags == ["beta"]
        assert made.client_side_availability is not None
        assert made.client_side_availability.using_mobile_key is True
        assert made.environments is not None
        live = made.environments["production"]
        assert (live.on, live.off_variation) == (False, 1)
        assert live.fallthrough is not None
        assert live.fallthrough.variation == 0
        assert flags.get_feature_flag("default", made.key) == made

    def test_one_is_made_with_everything(self, flags: FeatureFlagsApi) -> None:
        made = new_flag(
            flags,
            description="Which colour",
            variations=COLORS,
            defaults={"onVariation": 1, "offVariation": 0},
            temporary=False,
            clientSideAvailability={"usingEnvironmentId": True, "usingMobileKey": False},
            customProperties={"ticket": {"name": "Ticket", "value": ["SHOP-1"]}},
            isFlagOn=True,
        )
        assert made.kind == "multivariate"
        assert [one.value for one in made.variations] == ["red", "green", {"mixed": [1, None]}]
        assert made.defaults is not None
        assert (made.defaults.on_variation, made.defaults.off_variation) == (1, 0)
        assert made.custom_properties["ticket"].value == ["SHOP-1"]
        assert made.include_in_snippet is True
        assert made.environments is not None
        assert all(one.on for one in made.environments.values())

    def test_a_list_is_filtered_sorted_and_paged(self, flags: FeatureFlagsApi) -> None:
        keys = [new_flag(flags, tags=["listed"], name=name).key for name in ("Beta", "Alpha")]
        found = flags.get_feature_flags("default", tag="listed")
        assert [one.key for one in found.items] == sorted(keys)
        assert all(one.environments is None for one in found.items)
        found = flags.get_feature_flags(
            "default", filter="tags:listed,query:alph", env="production"
        )
        assert [one.name for one in found.items] == ["Alpha"]
        assert found.items[0].environments is not None
        assert list(found.items[0].environments) == ["production"]
        assert found.items[0].environments["production"].rules is None, "a list is a summary"
        page = flags.get_feature_flags("default", tag="listed", sort="name", limit=1, offset=1)
        assert ([one.name for one in page.items], page.total_count) == (["Beta"], 2)
        assert page.links["prev"].href == "/api/v2/flags/default?limit=1&tag=listed&sort=name"

    def test_an_archived_flag_is_out_of_the_way(
        self, flags: FeatureFlagsApi, contexts: ContextsApi
    ) -> None:
        key = new_flag(flags).key
        archived = flags.patch_feature_flag("default", key, patch(("replace", "/archived", True)))
        assert archived.archived_date is not None
        listed = {one.key for one in flags.get_feature_flags("default", limit=100).items}
        assert key not in listed
        put_away = flags.get_feature_flags("default", archived=True).items
        assert key in {one.key for one in put_away}
        served = contexts.evaluate_context_instance(*PLACE, {"kind": "user", "key": "ada"})
        assert key not in {one.key for one in served.items}
        back = flags.patch_feature_flag("default", key, patch(("replace", "/archived", False)))
        assert back.archived_date is None

    def test_one_is_patched_in_all_environments_or_in_one(
        self, flags: FeatureFlagsApi, server: Muster
    ) -> None:
        key = new_flag(flags).key
        changed = flags.patch_feature_flag(
            "default",
            key,
            patch(
                ("replace", "/name", "Renamed"),
                ("add", "/tags/-", "eu"),
                ("replace", f"{LIVE}/on", True),
                ("replace", f"{LIVE}/trackEvents", True),
                comment="a try",
            ),
        )
        assert (changed.name, changed.tags, changed.version) == ("Renamed", ["eu"], 2)
        assert changed.environments is not None
        assert changed.environments["production"].on is True
        assert changed.environments["production"].version == 2
        assert changed.environments["test"].on is False
        assert changed.environments["test"].version == 1
        entry = AuditLogApi(client(server, TOKEN)).get_audit_log_entries(limit=1).items[0]
        assert (entry.kind, entry.comment) == ("flag", "a try")
        assert {(one.action, one.resource) for one in entry.accesses} == {
            ("updateName", f"proj/default:env/*:flag/{key}"),
            ("updateTags", f"proj/default:env/*:flag/{key}"),
            ("updateOn", f"proj/default:env/production:flag/{key}"),
            ("updateTrackEvents", f"proj/default:env/production:flag/{key}"),
        }

    def test_a_dry_run_changes_nothing(self, flags: FeatureFlagsApi) -> None:
        made = new_flag(flags)
        tried = flags.patch_feature_flag(
            "default", made.key, patch(("replace", "/name", "Tried")), dry_run=True
        )
        assert (tried.name, tried.version) == ("Tried", 2)
        assert flags.get_feature_flag("default", made.key) == made

    def test_a_variation_in_the_middle_goes_and_the_rules_stay_right(
        self, flags: FeatureFlagsApi, segments: SegmentsApi
    ) -> None:
        key = new_flag(flags, variations=COLORS).key
        rule = asking_for(new_segment(segments), variation=2)
        flags.patch_feature_flag("default", key, patch(("add", f"{LIVE}/rules/-", rule)))
        with pytest.raises(BadRequestException, match="names it"):
            flags.patch_feature_flag("default", key, remove("/variations/2"))
        changed = flags.patch_feature_flag("default", key, remove("/variations/1"))
        assert [one.value for one in changed.variations] == ["red", {"mixed": [1, None]}]
        assert changed.environments is not None
        live = changed.environments["production"]
        assert live.rules is not None
        assert live.rules[0].variation == 1
        assert live.off_variation == 1

    def test_a_prerequisite_is_there_and_goes_round_in_no_circle(
        self, flags: FeatureFlagsApi, contexts: ContextsApi
    ) -> None:
        first, second = new_flag(flags, isFlagOn=True).key, new_flag(flags, isFlagOn=True).key
        asks = f"{LIVE}/prerequisites/-"
        flags.patch_feature_flag(
            "default", second, patch(("add", asks, {"key": first, "variation": 1}))
        )
        assert evaluated(contexts, second, key="ada") == (False, "PREREQUISITE_FAILED")
        with pytest.raises(BadRequestException, match="asks for"):
            flags.patch_feature_flag(
                "default", first, patch(("add", asks, {"key": second, "variation": 0}))
            )
        with pytest.raises(BadRequestException, match="no flag 'nothing'"):
            flags.patch_feature_flag(
                "default", first, patch(("add", asks, {"key": "nothing", "variation": 0}))
            )
        with pytest.raises(ConflictException, match=f"prerequisite of {second}"):
            flags.delete_feature_flag("default", first)
        with pytest.raises(ConflictException, match="archived"):
            flags.patch_feature_flag("default", first, patch(("replace", "/archived", True)))
        flags.delete_feature_flag("default", second)
        flags.delete_feature_flag("default", first)

    def test_what_is_refused_raises_its_class(self, server: Muster, flags: FeatureFlagsApi) -> None:
        key = new_flag(flags).key
        with pytest.raises(NotFoundException):
            flags.get_feature_flag("default", "nothing")
        with pytest.raises(NotFoundException):
            flags.get_feature_flags("nowhere")
        with pytest.raises(ConflictException, match=f"has a flag {key} already"):
            flags.post_feature_flag("default", FeatureFlagBody(key=key, name="Again"))
        with pytest.raises(UnprocessableEntityException):
            flags.patch_feature_flag("default", key, patch(("add", "/tags/9", "x")))
        for body in (
            {"variations": [{"value": 1}]},
            {"variations": [{"value": True}, {"value": True}]},
            {"defaults": {"onVariation": 0, "offVariation": 2}},
            {"key": "no key"},
            {"tags": ["a b"]},
        ):
            with pytest.raises(BadRequestException):
                new_flag(flags, **body)
        for path, value in (
            (f"{LIVE}/offVariation", 2),
            (f"{LIVE}/fallthrough", {}),
            (f"{LIVE}/fallthrough", {"rollout": {"variations": [{"variation": 0, "weight": 1}]}}),
            (f"{LIVE}/targets", [{"variation": v, "values": ["ada"]} for v in (0, 1)]),
            (f"{LIVE}/salt", "another"),
            ("/environments/elsewhere", {"on": True}),
            ("/key", "another"),
            ("/archived", "yes"),
        ):
            with pytest.raises(BadRequestException):
                flags.patch_feature_flag("default", key, patch(("add", path, value)))
        for sort, filter_text in (("size", None), (None, "state:gone"), (None, "type:x")):
            with pytest.raises(BadRequestException):
                flags.get_feature_flags("default", sort=sort, filter=filter_text)
        with pytest.raises(BadRequestException, match="no environment 'elsewhere'"):
            flags.get_feature_flags("default", env="elsewhere")
        with pytest.raises(UnauthorizedException):
            FeatureFlagsApi(client(server, "api-nobody")).get_feature_flags("default")
        assert flags.get_feature_flag("default", key).version == 1, "nothing of it was done"

    def test_who_may_change_one_environment_may_not_change_the_other(
        self, server: Muster, flags: FeatureFlagsApi
    ) -> None:
        key = new_flag(flags).key
        statements = [
            {"effect": "allow", "actions": ["viewProject"], "resources": ["proj/*"]},
            {"effect": "allow", "actions": ["updateOn"], "resources": ["proj/*:env/test:flag/*"]},
        ]
        made = server.client.post(
            "/api/v2/tokens", json={"name": "t", "serviceToken": True, "inlineRole": statements}
        )
        narrow = FeatureFlagsApi(client(server, made.json()["token"]))
        on = patch(("replace", "/environments/test/on", True))
        assert narrow.patch_feature_flag("default", key, on).version == 2
        for other in (("replace", f"{LIVE}/on", True), ("replace", "/name", "Mine")):
            with pytest.raises(ForbiddenException):
                narrow.patch_feature_flag("default", key, patch(other))
        with pytest.raises(ForbiddenException):
            narrow.delete_feature_flag("default", key)
        with pytest.raises(ForbiddenException):
            new_flag(narrow)


class TestFlagsAndSegments:
    def test_a_flag_that_asks_for_a_segment_serves_its_members(
        self, flags: FeatureFlagsApi, contexts: ContextsApi, segments: SegmentsApi
    ) -> None:
        key, segment = new_flag(flags).key, new_segment(segments, "ada")
        rule = asking_for(segment)
        flags.patch_feature_flag(
            "default",
            key,
            patch(
                ("replace", f"{LIVE}/on", True),
                ("add", f"{LIVE}/rules/-", rule),
                ("replace", f"{LIVE}/fallthrough", {"variation": 1}),
            ),
        )
        assert evaluated(contexts, key, key="ada") == (True, "RULE_MATCH")
        assert evaluated(contexts, key, key="brian") == (False, "FALLTHROUGH")

    def test_a_flag_that_asks_for_a_cohort_follows_each_push(
        self, server: Muster, flags: FeatureFlagsApi, contexts: ContextsApi
    ) -> None:
        sync(server, add=["ada"])
        key = new_flag(flags, isFlagOn=True).key
        flags.patch_feature_flag(
            "default",
            key,
            patch(
                ("add", f"{LIVE}/rules/-", asking_for("rudderstack-loyal")),
                ("replace", f"{LIVE}/fallthrough", {"variation": 1}),
            ),
        )
        assert evaluated(contexts, key, key="ada") == (True, "RULE_MATCH")
        assert evaluated(contexts, key, key="eve") == (False, "FALLTHROUGH")
        sync(server, add=["eve"], remove=["ada"])
        assert evaluated(contexts, key, key="ada") == (False, "FALLTHROUGH")
        assert evaluated(contexts, key, key="eve") == (True, "RULE_MATCH")

    def test_a_segment_that_flags_use_is_not_deleted_and_they_are_named(
        self, flags: FeatureFlagsApi, segments: SegmentsApi
    ) -> None:
        segment = new_segment(segments)
        first, second = sorted((new_flag(flags).key, new_flag(flags).key))
        for key in (first, second):
            rule = ("add", f"{LIVE}/rules/-", asking_for(segment))
            flags.patch_feature_flag("default", key, patch(rule))
        found = segments.get_segment(*PLACE, segment)
        assert found.flags is not None
        assert [(one.key, one.name) for one in found.flags] == [
            (first, first.upper()),
            (second, second.upper()),
        ]
        with pytest.raises(ConflictException, match=f"the flag {first}, the flag {second}"):
            segments.delete_segment(*PLACE, segment)
        flags.delete_feature_flag("default", first)
        with pytest.raises(ConflictException, match=f"the flag {second}"):
            segments.delete_segment(*PLACE, segment)
        flags.patch_feature_flag("default", second, remove(f"{LIVE}/rules/0"))
        assert segments.get_segment(*PLACE, segment).flags == []
        segments.delete_segment(*PLACE, segment)

    def test_a_flag_of_another_environment_does_not_hold_a_segment(
        self, flags: FeatureFlagsApi, segments: SegmentsApi
    ) -> None:
        segment, key = new_segment(segments), new_flag(flags).key
        rule = ("add", "/environments/test/rules/-", asking_for(segment))
        flags.patch_feature_flag("default", key, patch(rule))
        segments.delete_segment(*PLACE, segment)


class TestFlagsForAContext:
    def test_a_variation_is_set_for_a_context_and_taken_back(
        self, server: Muster, flags: FeatureFlagsApi, contexts: ContextsApi
    ) -> None:
        key = new_flag(flags, variations=COLORS, isFlagOn=True).key
        settings = ContextSettingsApi(client(server, TOKEN))
        for value in ("green", {"mixed": [1, None]}):
            settings.put_context_flag_setting(
                *PLACE, "user", "ada", key, ValuePut(setting=value, comment="for her")
            )
            assert evaluated(contexts, key, key="ada") == (value, "TARGET_MATCH")
        settings.put_context_flag_setting(*PLACE, "device", "till-7", key, ValuePut(setting="red"))
        live = (flags.get_feature_flag("default", key).environments or {})["production"]
        assert live.targets is not None
        assert [(one.variation, one.values) for one in live.targets] == [(2, ["ada"])]
        assert live.context_targets is not None
        assert [one.context_kind for one in live.context_targets] == ["device"]
        settings.put_context_flag_setting(*PLACE, "user", "ada", key, ValuePut(setting=None))
        assert evaluated(contexts, key, key="ada") == ("red", "FALLTHROUGH")
        with pytest.raises(BadRequestException, match='"red", "green"'):
            settings.put_context_flag_setting(
                *PLACE, "user", "ada", key, ValuePut(setting="violet")
            )
        with pytest.raises(NotFoundException, match="no flag 'nothing'"):
            settings.put_context_flag_setting(
                *PLACE, "user", "ada", "nothing", ValuePut(setting=True)
            )

    def test_what_is_evaluated_is_filtered_sorted_and_paged(
        self, flags: FeatureFlagsApi, contexts: ContextsApi
    ) -> None:
        for name in ("Plum", "Apricot", "Quince"):
            new_flag(flags, tags=["fruit"], name=name)
        ada = {"kind": "user", "key": "ada"}
        fruit = 'tags contains ["fruit"]'
        found = contexts.evaluate_context_instance(*PLACE, ada, filter=fruit, sort="-name")
        assert [one.name for one in found.items] == ["Quince", "Plum", "Apricot"]
        assert {one.reason.kind for one in found.items if one.reason} == {"OFF"}
        page = contexts.evaluate_context_instance(
            *PLACE, ada, filter=f'{fruit}, query equals "P"', sort="name", limit=1, offset=1
        )
        assert ([one.name for one in page.items], page.total_count) == (["Plum"], 2)

    def test_a_rollout_shares_contexts_out(
        self, flags: FeatureFlagsApi, contexts: ContextsApi
    ) -> None:
        key = new_flag(flags, isFlagOn=True).key
        shares = [{"variation": 0, "weight": 30_000}, {"variation": 1, "weight": 70_000}]
        rollout = ("replace", f"{LIVE}/fallthrough", {"rollout": {"variations": shares}})
        changed = flags.patch_feature_flag("default", key, patch(rollout))
        live = (changed.environments or {})["production"]
        assert live.fallthrough is not None
        assert live.fallthrough.rollout is not None
        assert [one.weight for one in live.fallthrough.rollout.variations] == [30_000, 70_000]
        served = [evaluated(contexts, key, key=f"u{n}")[0] for n in range(60)]
        assert 5 <= sum(served) <= 33


def sync(server: Muster, **members: list[str]) -> None:
    """Add members to a cohort, or remove some, as a partner does."""
    listed = {name: [{"id": key} for key in keys] for name, keys in members.items()}
    body = {
        "environmentId": server.environment_id("production"),
        "cohortId": "loyal",
        "contextKind": "user",
        "cohortName": "Loyal",
        "listData": listed,
    }
    assert server.push("rudderstack", body).status_code == 204


def remove(path: str) -> PatchWithComment:
    """Return a patch that takes away what is at a path."""
    return PatchWithComment(patch=[PatchOperation(op="remove", path=path)])
