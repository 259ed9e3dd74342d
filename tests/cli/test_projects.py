"""`muster projects`."""

import pytest

from muster.core.paging import PageRequest
from tests.cli.world import World, both_ways

pytestmark = both_ways


def keys(world: World) -> list[str]:
    """Return the keys of the projects that there are."""
    return [one.key for one in world.tools.projects.list_projects(None, PageRequest()).items]


def test_a_project_is_made_shown_and_listed(world: World) -> None:
    result = world.run("projects", "create", "shop", "--name", "The shop", "--tag", "eu")
    assert result.exit_code == 0
    assert result.stderr == "Created the project shop.\n"
    environment = world.tools.environments.get_environment(None, "shop", "test")
    assert f"test ({environment.id})" in result.stdout
    assert world.run("projects", "show", "shop").stdout == result.stdout
    title, default, shop = world.run("projects", "list").stdout.splitlines()
    assert title.split() == ["KEY", "NAME", "TAGS", "ENVIRONMENTS", "CREATED"]
    assert default.split()[0] == "default"
    assert shop.split()[:4] == ["shop", "The", "shop", "eu"]


def test_the_same_for_scripts(world: World) -> None:
    made = world.run_json("projects", "create", "shop", "--tag", "eu")
    assert (made["key"], made["name"], made["tags"]) == ("shop", "shop", ["eu"])
    assert [one["key"] for one in made["environments"]] == ["production", "test"]
    assert world.run_json("projects", "show", "shop") == made
    listed = world.run_json("projects", "list", "--offset", "1")
    assert (listed["items"], listed["totalCount"]) == ([made], 2)
    assert "1 of 2 projects" in world.run("projects", "list", "--limit", "1").stderr


@pytest.mark.parametrize(("answer", "deleted"), [("y", True), ("n", False)])
def test_it_asks_before_it_deletes(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: str, deleted: bool
) -> None:
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    world.run("projects", "create", "shop")
    result = world.run("projects", "delete", "shop", input=f"{answer}\n")
    assert "'shop' with its environments (production, test)" in result.stderr
    assert result.exit_code == (0 if deleted else 1)
    assert ("shop" in keys(world)) is not deleted


def test_without_a_terminal_nothing_is_deleted_unasked(world: World) -> None:
    world.run("projects", "create", "shop")
    assert world.run("projects", "delete", "shop", input="y\n").exit_code == 2
    assert keys(world) == ["default", "shop"]
    assert world.run("projects", "delete", "shop", "--yes").exit_code == 0
    assert keys(world) == ["default"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "default"], "There is a project default already."),
        (["create", "no key"], "'no key' is no key of a project"),
        (["show", "nowhere"], "There is no project 'nowhere'"),
        (["delete", "default", "--yes"], "default is the last project"),
    ],
)
def test_what_fails_says_why(world: World, arguments: list[str], says: str) -> None:
    result = world.run("projects", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr
