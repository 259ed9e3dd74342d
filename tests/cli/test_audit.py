"""`muster audit`: what it shows of who changed what."""

import pytest

from tests.cli.world import World, both_ways

pytestmark = both_ways


def make_and_delete_a_token(world: World) -> str:
    """Return the id of a token that was made and deleted."""
    token_id: str = world.run_json("token", "create", "--name", "partner", "--role", "writer")["id"]
    assert world.run("token", "delete", token_id, "--yes").exit_code == 0
    return token_id


def test_what_was_done_is_listed_newest_first(world: World) -> None:
    token_id = make_and_delete_a_token(world)
    deleted, created = world.run_json("audit", "list")["items"]
    assert [one["verb"] for one in (deleted, created)] == ["deleted", "created"]
    assert created["accesses"] == [
        {"action": "createAccessToken", "resource": f"service-token/{token_id}"}
    ]
    who = "personal token bootstrap" if world.remote else "operator"
    assert created["tokenName"] == ("bootstrap" if world.remote else None)
    table = world.run("audit", "list").stdout.splitlines()
    assert table[0].split() == ["ID", "WHEN", "WHO", "DID", "NAME", "RESOURCE"]
    assert who in table[1]
    assert "deleted token" in table[1]


def test_one_is_shown_with_what_it_changed_and_without_its_secret(world: World) -> None:
    created = world.run_json("token", "create", "--name", "partner", "--role", "writer")
    [entry] = world.run_json("audit", "list")["items"]
    result = world.run("audit", "show", entry["id"])
    assert result.exit_code == 0
    assert "created the token partner" in result.stdout
    assert '+ role: "writer"' in result.stdout
    assert created["secret"] not in result.stdout
    assert created["secret"] not in str(world.run_json("audit", "show", entry["id"]))


def test_a_personal_token_is_told_with_its_member(world: World) -> None:
    make_and_delete_a_token(world)
    [entry, _] = world.run_json("audit", "list")["items"]
    shown = world.run("audit", "show", entry["id"]).stdout
    assert ("admin@localhost (" in shown) is world.remote  # else it is the operator who asks


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--search", "DELETED"], 1),
        (["--resource", "service-token/*"], 2),
        (["--resource", "proj/*"], 0),
        (["--since", "2000-01-01"], 2),
        (["--since", "1h"], 2),
        (["--since", "1999-12-31T23:00:00.5-01:00"], 2),
        (["--until", "2000-01-01T00:00:00"], 0),
        (["--until", "1h"], 0),
        (["--by-token", "nobody"], 0),
        (["--limit", "1"], 1),
    ],
)
def test_the_list_can_be_narrowed(world: World, options: list[str], count: int) -> None:
    make_and_delete_a_token(world)
    assert len(world.run_json("audit", "list", *options)["items"]) == count


def test_an_empty_list_is_told(world: World) -> None:
    result = world.run("audit", "list", "--search", "nothing like it")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "There are no such entries in the audit log.\n"


@pytest.mark.parametrize("when", ["tomorrow", "5", "2026-13-01", "999999y"])
def test_what_is_no_time_is_wrong_usage(world: World, when: str) -> None:
    result = world.run("audit", "list", "--since", when)
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert f"--since: {when!r} is no time. Expected a duration before now such as 12h or 7d" in said


def test_a_list_that_may_go_on_says_how(world: World) -> None:
    make_and_delete_a_token(world)
    result = world.run("audit", "list", "--limit", "1")
    until = result.stderr.split("--until ")[1].rstrip(".\n")
    [older] = world.run_json("audit", "list", "--until", until)["items"]
    assert older["verb"] == "created"


def test_what_is_not_there_and_what_can_not_be_meant(world: World) -> None:
    missing = world.run("audit", "show", "nothing")
    assert missing.exit_code == 1
    assert "There is no audit entry" in missing.stderr
    wrong = world.run("audit", "list", "--resource", "segment/vip")
    assert wrong.exit_code == 2
    assert "must follow 'env/...'" in " ".join(wrong.stderr.split())
