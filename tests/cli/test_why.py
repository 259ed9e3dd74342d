"""`muster token why`: what it says of a token, an action and a resource."""

import json
from datetime import timedelta
from typing import Any

import pytest

from muster.core.clock import SystemClock
from tests.cli.world import World, both_ways

pytestmark = both_ways

HIGHTOUCH = "proj/default:env/production:segment/hightouch-vip"


def make_token(world: World, *options: str) -> str:
    """Create a token; return its id."""
    token_id: str = world.run_json("token", "create", "--name", "t", *options)["id"]
    return token_id


def ask(world: World, token_id: str, action: str, resource: str) -> dict[str, Any]:
    """Return what `why --json` prints."""
    result = world.run("token", "why", token_id, action, resource, "--json")
    answer: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if answer["allowed"] else 1)
    return answer


def test_a_partner_s_token_may_sync_its_segments_and_is_told_what_else_it_may_not(
    world: World,
) -> None:
    token = make_token(world, "--integration", "hightouch")
    result = world.run("token", "why", token, "updateIncluded", HIGHTOUCH)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == (
        f"allowed: the token 't' and updateIncluded on {HIGHTOUCH}"
    )
    assert "<- decides" in result.stdout

    other = world.run("token", "why", token, "updateIncluded", HIGHTOUCH.replace("high", "low"))
    assert other.exit_code == 1
    assert other.stdout.startswith("denied: ")
    assert "No statement allows it" in other.stdout
    assert "actions createSegment, updateIncluded match" in other.stdout
    assert "do not match" in other.stdout


def test_a_deny_is_shown_to_beat_the_allow(world: World) -> None:
    policy = [
        {"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/*:segment/*"]},
        {"effect": "deny", "actions": ["delete*"], "resources": ["proj/*:env/*:segment/*"]},
    ]
    token = make_token(world, "--policy", json.dumps(policy))
    answer = ask(world, token, "deleteSegment", HIGHTOUCH)
    assert not answer["allowed"]
    [its_policy] = answer["policies"]
    assert its_policy["verdict"] == "deny"
    assert [one["decides"] for one in its_policy["statements"]] == [False, True]


def test_a_personal_token_is_held_to_its_member_too(world: World) -> None:
    token = make_token(world, "--personal", "--role", "writer")
    answer = ask(world, token, "updateIncluded", HIGHTOUCH)
    assert answer["allowed"]
    assert [policy["role"] for policy in answer["policies"]] == ["writer", None]
    assert answer["memberPolicies"][0]["role"] == "admin"
    told = world.run("token", "why", token, "updateIncluded", HIGHTOUCH).stdout
    assert "The token has what every member has: says nothing" in told
    assert "a policy of its own" not in told


def test_it_names_the_custom_role_whose_policy_speaks(world: World) -> None:
    deny = [{"effect": "deny", "actions": ["*"], "resources": ["proj/*:env/*:segment/*"]}]
    allow = [{**deny[0], "effect": "allow"}]
    world.run("roles", "create", "keeper", "--policy", json.dumps(allow), "--base", "reader")
    world.run("roles", "create", "lazy", "--policy", json.dumps(deny))
    token = make_token(world, "--custom-role", "lazy", "--custom-role", "keeper")
    answer = ask(world, token, "updateIncluded", HIGHTOUCH)
    assert answer["allowed"]
    assert [(one["customRole"], one["role"], one["verdict"]) for one in answer["policies"]] == [
        ("keeper", None, "allow"),
        ("lazy", None, "deny"),
    ]
    shown = world.run("token", "why", token, "updateIncluded", HIGHTOUCH).stdout
    assert "The token has the custom role keeper: allow" in shown
    assert "2. allow actions view* do not match resources * match" in " ".join(shown.split())
    assert "The token has the custom role lazy: deny" in shown


def test_tags_and_properties_are_those_asked_about(world: World) -> None:
    policy = [
        {
            "effect": "allow",
            "actions": ["viewProject"],
            "resources": ["proj/*;mobile"],
        }
    ]
    token = make_token(world, "--policy", json.dumps(policy))
    assert not ask(world, token, "viewProject", "proj/default")["allowed"]
    assert ask(world, token, "viewProject", "proj/default;mobile")["allowed"]


def test_an_action_that_never_comes_up_is_noted_with_the_nearest(world: World) -> None:
    token = make_token(world, "--role", "admin")
    result = world.run("token", "why", token, "updateIncludes", HIGHTOUCH)
    assert result.exit_code == 0
    assert (
        "'updateIncludes' is never done to a segment. Did you mean updateIncluded?" in result.stderr
    )


def test_an_expired_token_may_do_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_token(world, "--role", "admin", "--expires", "1h")
    now = SystemClock().now()
    monkeypatch.setattr("muster.cli.why.SystemClock.now", lambda _: now + timedelta(hours=2))
    result = world.run("token", "why", token, "updateIncluded", HIGHTOUCH)
    assert result.exit_code == 1
    assert "It expired at" in result.stdout


@pytest.mark.parametrize(
    ("resource", "complaint"),
    [
        ("proj/*", "names many resources"),
        ("segment/vip", "must follow 'env/...'"),
        ("*", "names many resources"),
    ],
)
def test_what_is_no_single_resource_is_wrong_usage(
    world: World, resource: str, complaint: str
) -> None:
    result = world.run("token", "why", "0" * 24, "updateIncluded", resource)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.split())


def test_an_unknown_token_is_an_error(world: World) -> None:
    result = world.run("token", "why", "0" * 24, "updateIncluded", HIGHTOUCH)
    assert result.exit_code == 1
    assert "There is no access token with the id" in result.stderr


def test_a_webhook_has_the_tags_that_are_stored_of_it(world: World) -> None:
    webhook = world.tools.webhooks.create_webhook("https://hooks.example.com/", tags=["ops"])
    policy = [{"effect": "allow", "actions": ["updateOn"], "resources": ["webhook/*;ops"]}]
    token = make_token(world, "--policy", json.dumps(policy))
    assert ask(world, token, "updateOn", f"webhook/{webhook.id}")["allowed"]
    assert not ask(world, token, "updateOn", f"webhook/{webhook.id};other")["allowed"]
    assert not ask(world, token, "updateOn", "webhook/nothing")["allowed"]
