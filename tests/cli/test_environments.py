"""`muster environments`."""

import re
from datetime import timedelta

import pytest

from muster.accounts.model import Environment
from muster.core.clock import SystemClock
from tests.cli.world import World, both_ways

pytestmark = both_ways


def stored(world: World, key: str = "production") -> Environment:
    """Return an environment as it is now."""
    return world.tools.environments.get_environment(None, "default", key)


def owner(world: World, sdk_key: str, *, in_days: int = 0) -> Environment | None:
    """Return whose SDK key a text is, some days from now."""
    moment = SystemClock().now() + timedelta(days=in_days)
    return world.tools.accounts.find_environment_by_sdk_key(sdk_key, moment)


def test_keys_are_masked_unless_they_are_asked_for(world: World) -> None:
    environment = stored(world)
    sdk_key, mobile_key = environment.sdk_key.reveal(), environment.mobile_key.reveal()
    for command in (["list"], ["show", "production"], ["show", environment.id]):
        hidden = world.run("environments", *command)
        assert environment.id in hidden.stdout
        assert f"sdk-********{sdk_key[-4:]}" in hidden.stdout
        assert sdk_key not in hidden.output
        assert mobile_key not in hidden.output
        assert sdk_key not in str(world.run_json("environments", *command))
        assert sdk_key in world.run("environments", *command, "--reveal").stdout
        assert mobile_key in str(world.run_json("environments", *command, "--reveal"))


def test_an_environment_is_made(world: World) -> None:
    made = world.run_json(
        "environments",
        "create",
        "qa",
        "--name",
        "Quality",
        "--tag",
        "b",
        "--tag",
        "a",
        "--critical",
    )
    assert (made["key"], made["name"], made["tags"], made["critical"]) == (
        *("qa", "Quality"),
        *(["a", "b"], True),
    )
    assert stored(world, "qa").id == made["id"]
    listed = world.run_json("environments", "list")
    assert [one["key"] for one in listed["items"]] == ["production", "test", "qa"]
    assert "1 of 3" in world.run("environments", "list", "--limit", "1").stderr


def test_an_environment_of_another_project(world: World) -> None:
    world.run("projects", "create", "shop")
    result = world.run("environments", "create", "qa", "--project", "shop")
    assert result.stderr == "Created the environment shop/qa.\n"
    assert re.search(r"^Project +shop$", result.stdout, re.MULTILINE)


def test_another_sdk_key_and_time_for_the_old_one(world: World) -> None:
    old = stored(world).sdk_key.reveal()
    result = world.run("environments", "reset-key", "production", "--expires", "2d", "--reveal")
    new = result.stdout.strip()
    assert "The old one is good until" in result.stderr
    assert owner(world, new) == owner(world, old, in_days=1) == stored(world)
    assert owner(world, old, in_days=3) is None


def test_another_sdk_key_at_once(world: World) -> None:
    old = stored(world).sdk_key.reveal()
    result = world.run("environments", "reset-key", "production")
    new = stored(world).sdk_key.reveal()
    assert result.stdout == f"sdk-********{new[-4:]}\n"
    assert old != new
    assert owner(world, old) is None


def test_another_mobile_key(world: World) -> None:
    before = stored(world)
    shown = world.run_json("environments", "reset-key", "production", "--mobile", "--reveal")
    after = stored(world)
    assert shown["mobileKey"] == after.mobile_key.reveal() != before.mobile_key.reveal()
    assert after.sdk_key == before.sdk_key


@pytest.mark.parametrize(
    "options", [["--expires", "yesterday"], ["--mobile", "--expires", "2d"]], ids=" ".join
)
def test_an_expiry_that_can_not_be_meant(world: World, options: list[str]) -> None:
    before = stored(world)
    result = world.run("environments", "reset-key", "production", *options)
    assert result.exit_code == 2
    assert "--expires" in result.stderr
    assert stored(world) == before


def test_one_is_deleted_with_its_segments(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_segment("hightouch-vip", ["ann"])
    assert world.run("environments", "delete", "production", input="y\n").exit_code == 2
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    kept = world.run("environments", "delete", "production", input="n\n")
    assert "'default/production' with all that is in it (segments: 1)?" in " ".join(
        kept.stderr.split()
    )
    assert stored(world) == world.environment
    assert world.run("environments", "delete", "production", input="y\n").exit_code == 0
    assert world.tools.accounts.find_environment_by_id(world.environment.id) is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "test"], "has an environment test already"),
        (["create", "qa", "--color", "red"], "'red' is no colour"),
        (["create", "qa", "--project", "nowhere"], "no project 'nowhere'"),
        (["list", "--project", "nowhere"], "no project 'nowhere'"),
        (["show", "staging"], "Those there are, with their client-side IDs"),
        (["reset-key", "staging"], "no environment 'staging'"),
    ],
)
def test_what_fails_says_why(world: World, arguments: list[str], says: str) -> None:
    result = world.run("environments", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr


def test_the_last_one_stays(world: World) -> None:
    assert world.run("environments", "delete", "test", "--yes").exit_code == 0
    result = world.run("environments", "delete", "production", "--yes")
    assert result.exit_code == 1
    assert "last environment of default" in result.stderr
