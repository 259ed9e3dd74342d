"""`muster members`: list, create, change and delete."""

import json
import re

import pytest

from tests.cli.world import World, both_ways

pytestmark = both_ways

POLICY = [{"effect": "allow", "actions": ["update*"], "resources": ["proj/*:env/*:segment/*"]}]


@pytest.fixture
def keeper(world: World) -> str:
    """The key of a custom role."""
    world.run("roles", "create", "keeper", "--policy", json.dumps(POLICY))
    return "keeper"


def test_a_member_is_made_and_listed(world: World, keeper: str) -> None:
    made = world.run_json(
        *("members", "create", "ada@example.com", "--role", "writer", "--custom-role", keeper),
        *("--first-name", "Ada", "--last-name", "Lovelace"),
    )
    assert (made["role"], made["customRoles"]) == ("writer", [keeper])
    title, admin, ada = world.run("members", "list").stdout.splitlines()
    assert title.split("  ")[0] == "EMAIL"
    assert admin.startswith("admin@localhost")
    assert re.split(r"\s{2,}", ada) == [
        *("ada@example.com", "Ada Lovelace", "writer", "keeper", "never"),
        made["id"],
    ]
    for flags in (["--search", "LOVE"], ["--role", "writer"], ["--role", keeper]):
        assert world.run_json("members", "list", *flags)["items"] == [made]
    assert world.run_json("members", "list", "--role", "reader")["items"] == []
    listed = world.run("members", "list", "--limit", "1")
    assert "1 of 2 members; continue with --offset 1." in listed.stderr


def test_without_a_role_it_is_a_reader_or_has_custom_roles_alone(world: World, keeper: str) -> None:
    assert world.run_json("members", "create", "a@example.com")["role"] == "reader"
    alone = world.run_json("members", "create", "b@example.com", "--custom-role", keeper)
    assert (alone["role"], alone["customRoles"]) == ("no_access", [keeper])


def test_only_what_is_given_changes(world: World, keeper: str) -> None:
    made = world.run_json("members", "create", "ada@example.com", "--first-name", "Ada")
    changed = world.run_json("members", "update", "ADA@example.com", "--custom-role", keeper)
    assert changed == {**made, "customRoles": [keeper]}
    result = world.run(
        *("members", "update", made["id"], "--role", "no_access", "--last-name", "L"),
        "--no-custom-roles",
    )
    assert (result.exit_code, result.stderr) == (0, "Changed the member ada@example.com.\n")
    [now] = world.run_json("members", "list", "--search", "ada")["items"]
    assert now == {**made, "role": "no_access", "customRoles": [], "lastName": "L"}


def test_a_member_is_deleted_and_the_last_admin_is_not(world: World) -> None:
    world.run("members", "create", "ada@example.com")
    deleted = world.run("members", "delete", "ada@example.com", "--yes")
    assert (deleted.exit_code, deleted.stderr) == (0, "Deleted the member ada@example.com.\n")
    refused = world.run("members", "delete", "admin@localhost", "--yes")
    assert refused.exit_code == 1
    assert "last member with the role admin" in refused.stderr
    assert world.run_json("members", "list")["totalCount"] == 1


def test_on_a_terminal_it_asks_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("members", "create", "ada@example.com")
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    result = world.run("members", "delete", "ada@example.com", input="n\n")
    assert "Delete the member ada@example.com, and their personal tokens?" in result.stderr
    assert result.exit_code == 1
    assert world.run_json("members", "list")["totalCount"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["create"],
        ["create", "a@example.com", "--role", "owner"],
        ["update", "a@example.com"],
        ["update", "a@example.com", "--custom-role", "k", "--no-custom-roles"],
        ["delete", "admin@localhost"],
    ],
)
def test_wrong_usage_exits_2(world: World, arguments: list[str]) -> None:
    result = world.run("members", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_what_can_not_be_is_told_and_fails(world: World) -> None:
    for arguments, says in (
        (["create", "no address"], "one @"),
        (["create", "ADMIN@localhost"], "There is a member ADMIN@localhost already"),
        (["create", "a@example.com", "--custom-role", "nowhere"], "no custom role 'nowhere'"),
        (["update", "nobody@example.com", "--role", "admin"], "no member 'nobody@example.com'"),
    ):
        result = world.run("members", *arguments)
        assert result.exit_code == 1, arguments
        assert says in result.stderr
