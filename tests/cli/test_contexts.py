"""`muster contexts`: search and kinds."""

from datetime import timedelta

import pytest

from muster.contexts.model import ContextRecord
from muster.core.clock import SystemClock
from muster.storage.sql.contexts import SqlContextStore
from tests.cli.world import World


@pytest.fixture
def filled(world: World) -> World:
    """Four members of a segment, one of which was evaluated, and a device."""
    world.add_segment("vip", ["ada", "bob", "o'hara"], excluded=["cleo"])
    place, seen_at = world.environment.id, SystemClock().now() - timedelta(minutes=5, seconds=5)
    SqlContextStore(world.segments._engine).record_contexts(
        [
            ContextRecord(place, "user", "ada", {"email": "ada@x.example"}, seen_at),
            ContextRecord(place, "device", "007", {"on": True}, seen_at),
        ]
    )
    return world


def keys(world: World, *flags: str) -> list[str]:
    """Return the keys of the contexts that are found."""
    found = world.run_json("contexts", "search", *flags)
    return [item["context"]["key"] for item in found["items"]]


def test_contexts_are_shown_with_their_attributes(filled: World) -> None:
    result = filled.run("contexts", "search")
    title, *rows = result.stdout.splitlines()
    assert title.split() == ["KIND", "KEY", "LAST", "SEEN", "ATTRIBUTES"]
    assert [row.split() for row in rows] == [
        ["device", "007", "5", "minutes", "ago", '{"on":true}'],
        ["user", "ada", "5", "minutes", "ago", '{"email":"ada@x.example"}'],
        ["user", "bob", "never", "-"],
        ["user", "cleo", "never", "-"],
        ["user", "o'hara", "never", "-"],
    ]
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        (["--kind", "user"], ["ada", "bob", "cleo", "o'hara"]),
        (["--key", "007"], ["007"]),
        (["--key", "o'hara", "--kind", "user"], ["o'hara"]),
        (["--key", "ada", "--kind", "device"], []),
        (["--filter", "*.on equals true | key startsWith a"], ["007", "ada"]),
        (["--kind", "user", "--filter", "*.on equals true | key startsWith a"], ["ada"]),
        (["-e", "test"], []),
    ],
)
def test_what_is_asked_for(filled: World, flags: list[str], found: list[str]) -> None:
    assert keys(filled, *flags) == found


def test_a_page_tells_how_to_go_on(filled: World) -> None:
    first = filled.run("contexts", "search", "--limit", "3")
    assert len(first.stdout.splitlines()) == 4
    token = first.stderr.strip().removeprefix("There may be more; continue with --after ")
    assert keys(filled, "--limit", "3", "--after", token) == ["cleo", "o'hara"]
    shown = filled.run_json("contexts", "search", "--limit", "3")
    assert shown["continuationToken"] == token
    assert shown["items"][2] == {"context": {"kind": "user", "key": "bob"}, "lastSeenAt": None}


def test_finding_nothing_is_no_failure(filled: World) -> None:
    result = filled.run("contexts", "search", "--kind", "robot")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No context was found in default/production.\n"


def test_a_filter_that_can_t_be_read(filled: World) -> None:
    result = filled.run("contexts", "search", "--filter", "email equals x")
    assert result.exit_code == 1
    assert "at character 1: there is no field 'email'" in result.stderr


def test_kinds(filled: World) -> None:
    filled.tools.context_kinds.put_kind(None, "default", "org", {"name": "Org", "archived": True})
    title, *rows = filled.run("contexts", "kinds").stdout.splitlines()
    assert title.split() == [
        "KIND",
        "NAME",
        "CREATED",
        "FROM",
        "VERSION",
        "ARCHIVED",
        "LAST",
        "SEEN",
    ]
    assert [row.split() for row in rows] == [
        ["org", "Org", "manual", "1", "yes", "never"],
        ["user", "User", "default", "1", "no", "5", "minutes", "ago"],
    ]
    org, user = filled.run_json("contexts", "kinds")["items"]
    assert (org["key"], org["archived"], user["lastSeenAt"] is not None) == ("org", True, True)


@pytest.mark.parametrize(
    "arguments", [["search", "--limit", "51"], ["search", "x"], ["kinds", "x"]]
)
def test_wrong_usage_exits_2(world: World, arguments: list[str]) -> None:
    assert world.run("contexts", *arguments).exit_code == 2
