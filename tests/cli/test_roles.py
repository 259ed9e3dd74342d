"""`muster roles`: list, show, create, change and delete."""

import json
import re
from pathlib import Path

import pytest

from muster.accounts.model import TokenKind
from tests.cli.world import World, both_ways

pytestmark = both_ways

POLICY = [{"effect": "allow", "actions": ["update*"], "resources": ["proj/*:env/*:segment/*"]}]


def create(world: World, key: str, *flags: str) -> None:
    """Create a role that lets segments be changed."""
    result = world.run("roles", "create", key, "--policy", json.dumps(POLICY), *flags)
    assert result.exit_code == 0, result.output


def test_a_role_is_made_from_a_file_and_shown(world: World, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(POLICY))
    made = world.run_json(
        *("roles", "create", "keeper", "--policy", str(file), "--name", "Keeper of segments"),
        *("--description", "For ops", "--base", "reader"),
    )
    assert (made["key"], made["name"], made["basePermissions"]) == (
        *("keeper", "Keeper of segments"),
        "reader",
    )
    assert made["policy"] == POLICY
    assert world.run_json("roles", "show", made["id"]) == made
    shown = world.run("roles", "show", "keeper").stdout
    fields, _, policy = shown.partition("\n\n")
    assert re.search(r"^Base permissions\s+reader$", fields, re.MULTILINE)
    assert re.search(r"^Description\s+For ops$", fields, re.MULTILINE)
    again = world.run("roles", "create", "copy", "--policy", "-", input=policy)
    assert again.exit_code == 0, again.output
    assert world.run_json("roles", "show", "copy")["policy"] == POLICY


def test_the_list_shows_each_role_on_a_line(world: World) -> None:
    create(world, "b", "--name", "Role B")
    create(world, "a")
    title, *rows = world.run("roles", "list").stdout.splitlines()
    assert title.split() == ["KEY", "NAME", "BASE", "STATEMENTS", "CHANGED", "ID"]
    cells = [re.split(r"\s{2,}", row) for row in rows]
    assert [row[:5] for row in cells] == [
        ["a", "a", "no_access", "1", "just now"],
        ["b", "Role B", "no_access", "1", "just now"],
    ]
    listed = world.run("roles", "list", "--limit", "1")
    assert "1 of 2 custom roles; continue with --offset 1." in listed.stderr
    assert world.run_json("roles", "list", "--offset", "1")["items"][0]["key"] == "b"


def test_only_what_is_given_changes(world: World) -> None:
    create(world, "keeper", "--description", "For ops")
    result = world.run("roles", "update", "keeper", "--name", "Keeper", "--base", "reader")
    assert (result.exit_code, result.stderr) == (0, "Changed the custom role keeper.\n")
    role = world.run_json("roles", "show", "keeper")
    assert (role["name"], role["description"], role["policy"]) == ("Keeper", "For ops", POLICY)
    other = [{**POLICY[0], "effect": "deny"}]
    changed = world.run_json(
        "roles", "update", "keeper", "--policy", json.dumps(other), "--description", ""
    )
    assert (changed["policy"], changed["description"]) == (other, "")
    assert changed["basePermissions"] == "reader"


def test_a_role_is_deleted_once_nobody_has_it(world: World) -> None:
    create(world, "keeper")
    token = world.tools.tokens.create_token("ci", TokenKind.SERVICE, custom_roles=["keeper"]).token
    refused = world.run("roles", "delete", "keeper", "--yes")
    assert refused.exit_code == 1
    assert "the token 'ci' has it" in refused.stderr
    world.tools.tokens.delete_token(token.id)
    deleted = world.run("roles", "delete", "keeper", "--yes")
    assert (deleted.exit_code, deleted.stderr) == (0, "Deleted the custom role keeper.\n")
    gone = world.run("roles", "show", "keeper")
    assert gone.exit_code == 1
    assert "no custom role 'keeper'" in gone.stderr


@pytest.mark.parametrize(("answer", "deleted"), [("y", True), ("n", False)])
def test_on_a_terminal_it_asks_first(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: str, deleted: bool
) -> None:
    create(world, "keeper")
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    result = world.run("roles", "delete", "keeper", input=f"{answer}\n")
    assert "Delete the custom role keeper (keeper)?" in result.stderr
    assert result.exit_code == (0 if deleted else 1)
    assert (world.run_json("roles", "list")["totalCount"] == 0) is deleted


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "k"],
        ["create", "k", "--policy", "[]"],
        ["create", "k", "--policy", json.dumps(POLICY), "--base", "writer"],
        ["update", "k"],
        ["delete", "k"],
    ],
)
def test_wrong_usage_exits_2(world: World, arguments: list[str]) -> None:
    result = world.run("roles", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert world.run_json("roles", "list")["totalCount"] == 0
