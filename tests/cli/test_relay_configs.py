"""`muster relay-configs`: list, show, create, reset and delete."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.world import World

POLICY = [{"effect": "allow", "actions": ["*"], "resources": ["proj/shop:env/*"]}]
KEY = re.compile(r"rel-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n")


def create(world: World, name: str) -> Any:
    """Create a configuration for the environments of the shop."""
    return world.run_json("relay-configs", "create", name, "--policy", json.dumps(POLICY))


def test_one_is_made_from_a_file_and_its_key_stands_alone(world: World, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(POLICY))
    made = world.run("relay-configs", "create", "relay", "--policy", str(file))
    assert made.exit_code == 0
    assert KEY.fullmatch(made.stdout)
    assert made.stderr.startswith("Created the Relay Proxy configuration 'relay', id ")
    [listed] = world.run_json("relay-configs", "list")["items"]
    assert (listed["name"], listed["policy"]) == ("relay", POLICY)
    assert listed["ending"] == made.stdout.strip()[-4:]
    assert world.run_json("relay-configs", "show", listed["id"]) == listed
    fields, _, policy = world.run("relay-configs", "show", listed["id"]).stdout.partition("\n\n")
    assert re.search(r"^Name\s+relay$", fields, re.MULTILINE)
    assert re.search(rf"^Key\s+\.\.\.{listed['ending']}$", fields, re.MULTILINE)
    assert json.loads(policy) == POLICY


def test_the_list_shows_each_on_a_line(world: World) -> None:
    made = [create(world, name) for name in ("one", "another")]
    title, *rows = world.run("relay-configs", "list").stdout.splitlines()
    assert title.split() == ["NAME", "ENDING", "STATEMENTS", "CHANGED", "ID"]
    assert sorted(re.split(r"\s{2,}", row) for row in rows) == sorted(
        [one["name"], one["ending"], "1", "just now", one["id"]] for one in made
    )


def test_a_reset_prints_another_key(world: World) -> None:
    made = create(world, "relay")
    reset = world.run("relay-configs", "reset", made["id"])
    assert KEY.fullmatch(reset.stdout)
    assert reset.stdout.strip() != made["key"]
    assert "The old one is worth nothing from now on." in reset.stderr
    again = world.run("relay-configs", "reset", made["id"], "--expires", "2999-01-01")
    assert "The old one is good until 2999-01-01 00:00 UTC." in again.stderr
    shown = world.run_json("relay-configs", "show", made["id"])
    assert shown["ending"] == again.stdout.strip()[-4:]
    assert again.stdout.strip() not in json.dumps(shown)


def test_one_is_deleted(world: World) -> None:
    made = create(world, "relay")
    deleted = world.run("relay-configs", "delete", made["id"], "--yes")
    assert (deleted.exit_code, deleted.stderr) == (
        0,
        "Deleted the Relay Proxy configuration relay.\n",
    )
    for command in ("show", "reset"):
        gone = world.run("relay-configs", command, made["id"])
        assert gone.exit_code == 1
        assert "no Relay Proxy configuration" in gone.stderr


@pytest.mark.parametrize(("answer", "deleted"), [("y", True), ("n", False)])
def test_on_a_terminal_it_asks_first(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: str, deleted: bool
) -> None:
    made = create(world, "relay")
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    result = world.run("relay-configs", "delete", made["id"], input=f"{answer}\n")
    assert "Delete the Relay Proxy configuration relay?" in result.stderr
    assert result.exit_code == (0 if deleted else 1)
    assert (world.run_json("relay-configs", "list")["items"] == []) is deleted


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "n"],
        ["create", "n", "--policy", "[]"],
        ["reset", "id", "--expires", "yesterday"],
        ["delete", "id"],
    ],
)
def test_wrong_usage_exits_2(world: World, arguments: list[str]) -> None:
    result = world.run("relay-configs", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert world.run_json("relay-configs", "list")["items"] == []
