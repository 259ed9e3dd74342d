"""LaunchDarkly's own Python client sends semantic patches of flags: on SQLite and on PostgreSQL."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.contexts_api import ContextsApi
from launchdarkly_api.api.feature_flags_api import FeatureFlagsApi
from launchdarkly_api.api.segments_api import SegmentsApi
from launchdarkly_api.exceptions import BadRequestException, ConflictException, ForbiddenException
from launchdarkly_api.models.feature_flag import FeatureFlag
from launchdarkly_api.models.feature_flag_config import FeatureFlagConfig
from launchdarkly_api.models.patch_with_comment import PatchWithComment
from launchdarkly_api.models.segment_body import SegmentBody

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import (
    DATABASES,
    SEMANTIC,
    Instructions,
    client,
    running_on_database,
)
from tests.end_to_end.official_flags import PLACE, evaluated, new_flag

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

ON = {"kind": "turnFlagOn"}


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


def follow(
    flags: FeatureFlagsApi,
    key: str,
    *instructions: dict[str, Any],
    environment: str | None = "production",
    **options: Any,
) -> FeatureFlag:
    """Change a flag by a semantic patch."""
    body = {"instructions": list(instructions), "comment": "a test"}
    if environment is not None:
        body["environmentKey"] = environment
    wanted = Instructions(patch=[], body=body)
    return flags.patch_feature_flag("default", key, wanted, _content_type=SEMANTIC, **options)


def live(flag: FeatureFlag) -> FeatureFlagConfig:
    """Return what a flag is in production."""
    assert flag.environments is not None
    return flag.environments["production"]


def test_a_flag_is_targeted_at_a_segment(
    server: Muster, flags: FeatureFlagsApi, contexts: ContextsApi
) -> None:
    segments = SegmentsApi(client(server, TOKEN))
    segments.post_segment(*PLACE, SegmentBody(name="Staff", key="staff"))
    members = PatchWithComment.from_dict(
        {"patch": [{"op": "replace", "path": "/included", "value": ["ada"]}]}
    )
    assert members is not None
    segments.patch_segment(*PLACE, "staff", members)
    made = new_flag(flags)
    shown, hidden = (one.id for one in made.variations)
    changed = follow(
        flags,
        made.key,
        ON,
        {
            "kind": "addRule",
            "variationId": shown,
            "clauses": [{"op": "segmentMatch", "values": ["staff"]}],
        },
        {"kind": "addUserTargets", "variationId": shown, "values": ["eve"]},
        {"kind": "updateFallthroughVariationOrRollout", "variationId": hidden},
        {"kind": "addTags", "values": ["beta"]},
    )
    assert (changed.version, live(changed).version, changed.tags) == (2, 2, ["beta"])
    assert changed.environments is not None
    assert changed.environments["test"].on is False
    assert evaluated(contexts, made.key, key="ada") == (True, "RULE_MATCH")
    assert evaluated(contexts, made.key, key="eve") == (True, "TARGET_MATCH")
    assert evaluated(contexts, made.key, key="bob") == (False, "FALLTHROUGH")
    entry = AuditLogApi(client(server, TOKEN)).get_audit_log_entries(limit=1).items[0]
    assert (entry.kind, entry.comment) == ("flag", "a test")
    assert {one.action for one in entry.accesses} == {
        "updateOn",
        "updateRules",
        "updateTargets",
        "updateFallthrough",
        "updateTags",
    }
    again = follow(flags, made.key, ON, {"kind": "addTags", "values": ["beta"]})
    assert again == changed, "what is satisfied already is no change"


def test_all_are_followed_or_none_is(flags: FeatureFlagsApi) -> None:
    made = new_flag(flags)
    with pytest.raises(BadRequestException, match="/instructions/1/ruleId"):
        follow(flags, made.key, ON, {"kind": "addClauses", "ruleId": "r", "clauses": []})
    assert flags.get_feature_flag("default", made.key) == made
    tried = follow(flags, made.key, ON, dry_run=True)
    assert live(tried).on is True
    assert flags.get_feature_flag("default", made.key) == made


def test_a_prerequisite_is_named_by_the_variation_of_the_other(
    flags: FeatureFlagsApi, contexts: ContextsApi
) -> None:
    first, second = new_flag(flags, isFlagOn=True), new_flag(flags, isFlagOn=True)
    asks = {"kind": "addPrerequisite", "key": first.key, "variationId": first.variations[1].id}
    changed = follow(flags, second.key, asks)
    assert [(one.key, one.variation) for one in live(changed).prerequisites or ()] == [
        (first.key, 1)
    ]
    assert evaluated(contexts, second.key, key="ada") == (False, "PREREQUISITE_FAILED")
    back = {"kind": "addPrerequisite", "key": second.key, "variationId": second.variations[0].id}
    with pytest.raises(BadRequestException, match="asks for"):
        follow(flags, first.key, back)
    with pytest.raises(ConflictException, match=second.key):
        follow(flags, first.key, {"kind": "archiveFlag"}, environment=None)
    with pytest.raises(BadRequestException):
        follow(flags, second.key, {**asks, "key": "a\0b"})


def test_the_environment_is_named_where_it_is_needed(flags: FeatureFlagsApi) -> None:
    key = new_flag(flags).key
    renamed = follow(flags, key, {"kind": "updateName", "value": "Renamed"}, environment=None)
    assert renamed.name == "Renamed"
    for environment, says in ((None, "production, test"), ("moon", "production, test")):
        with pytest.raises(BadRequestException, match=says):
            follow(flags, key, ON, environment=environment)


def test_what_is_no_semantic_patch_is_told_so(server: Muster, flags: FeatureFlagsApi) -> None:
    key = new_flag(flags).key
    body = {"environmentKey": "production", "instructions": [ON]}
    path = f"/api/v2/flags/default/{key}"
    plain = server.client.patch(path, json=body)
    assert plain.status_code == 400
    assert SEMANTIC in plain.json()["message"]
    nothings: list[Any] = [
        [],
        {"instructions": {}},
        {"instructions": [ON], "environmentKey": 1},
        {},
    ]
    for wrong in nothings:
        answer = server.client.patch(
            path, content=json.dumps(wrong), headers={"Content-Type": SEMANTIC}
        )
        assert answer.status_code == 400, wrong
    assert flags.get_feature_flag("default", key).version == 1


def test_each_takes_its_action_in_its_environment(server: Muster, flags: FeatureFlagsApi) -> None:
    key = new_flag(flags).key
    statements = [
        {"effect": "allow", "actions": ["viewProject"], "resources": ["proj/*"]},
        {"effect": "allow", "actions": ["updateOn"], "resources": ["proj/*:env/test:flag/*"]},
    ]
    made = server.client.post(
        "/api/v2/tokens", json={"name": "t", "serviceToken": True, "inlineRole": statements}
    )
    narrow = FeatureFlagsApi(client(server, made.json()["token"]))
    assert follow(narrow, key, ON, environment="test").version == 2
    with pytest.raises(ForbiddenException, match="updateOn"):
        follow(narrow, key, ON)
    with pytest.raises(ForbiddenException, match="updateName"):
        follow(narrow, key, {"kind": "turnFlagOff"}, RENAME, environment="test")
    assert flags.get_feature_flag("default", key).version == 2


RENAME = {"kind": "updateName", "value": "Mine"}
