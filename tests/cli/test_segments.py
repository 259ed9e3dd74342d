"""`muster segments`: list, show and members."""

import re
from datetime import datetime, timedelta

import pytest

from muster.core.clock import SystemClock
from tests.cli.world import World, both_ways

pytestmark = both_ways


def test_without_segments_it_says_how_one_comes_to_be(world: World) -> None:
    result = world.run("segments", "list")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "There are no segments in default/production yet." in result.stderr
    assert "/api/v2/segment-targets/" in result.stderr
    assert world.run_json("segments", "list") == {"items": [], "totalCount": 0}


def test_the_list_shows_each_segment_on_a_line(world: World) -> None:
    world.add_segment("hightouch-a", [f"u{number}" for number in range(1234)], name="Big spenders")
    world.add_segment("hightouch-b", ["u1"], synced=timedelta(hours=2))

    title, *rows = world.run("segments", "list").stdout.splitlines()
    assert re.split(r"\s{2,}", title) == [
        "KEY",
        "NAME",
        "INTEGRATION",
        "CONTEXT KIND",
        "MEMBERS",
        "LAST SYNCED",
    ]
    assert sorted(re.split(r"\s{2,}", row) for row in rows) == [
        ["hightouch-a", "Big spenders", "hightouch", "user", "1,234", "3 minutes ago"],
        ["hightouch-b", "hightouch-b", "hightouch", "user", "1", "2 hours ago"],
    ]


def test_a_page_says_how_to_go_on(world: World) -> None:
    for number in range(3):
        world.add_segment(f"hightouch-{number}", [])

    result = world.run("segments", "list", "--limit", "2")
    assert len(result.stdout.splitlines()) == 3
    assert "2 of 3 segments; continue with --offset 2." in result.stderr

    rest = world.run("segments", "list", "--offset", "2")
    assert len(rest.stdout.splitlines()) == 2
    assert rest.stderr == ""

    past = world.run("segments", "list", "--offset", "9")
    assert past.stdout == ""
    assert "There are only 3 segments." in past.stderr


def test_show_tells_all_of_a_segment(world: World) -> None:
    world.add_segment(
        "hightouch-a",
        ["u1", "u2"],
        name="Big spenders",
        cohort_url="https://example.com/a",
        excluded=["u3"],
    )
    shown = world.run("segments", "show", "hightouch-a").stdout
    fields = dict(line.split("  ", 1) for line in shown.splitlines())
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    assert fields["Key"] == "hightouch-a"
    assert fields["Name"] == "Big spenders"
    assert fields["Environment"] == f"default/production ({world.environment.id})"
    assert fields["Integration"] == "hightouch"
    assert fields["Cohort"] == "cohort of hightouch-a"
    assert fields["Cohort URL"] == "https://example.com/a"
    assert fields["Included"] == "2"
    assert fields["Excluded"] == "1"
    assert fields["Reference"] == "hightouch-a.g1"
    assert fields["Last synced"].endswith("UTC (3 minutes ago)")


def test_json_has_exact_counts_and_iso_times(world: World) -> None:
    segment = world.add_segment("hightouch-a", ["u1", "u2"], excluded=["u3"])
    shown = world.run_json("segments", "show", "hightouch-a")
    assert world.run_json("segments", "list") == {"items": [shown], "totalCount": 1}
    assert shown["id"] == segment.id
    assert (shown["includedCount"], shown["excludedCount"]) == (2, 1)
    assert shown["environmentId"] == world.environment.id
    assert shown["syncedAt"].endswith("Z")
    ago = SystemClock().now() - datetime.fromisoformat(shown["syncedAt"])
    assert timedelta(minutes=3) <= ago < timedelta(minutes=4)


def test_an_unknown_segment_is_told_and_fails(world: World) -> None:
    result = world.run("segments", "show", "nowhere")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: There is no segment 'nowhere' in this environment.")


def test_members_are_listed_one_a_line_in_order(world: World) -> None:
    world.add_segment("hightouch-a", ["zoe", "anna", "Émile", "bob"], excluded=["eve"])
    result = world.run("segments", "members", "hightouch-a")
    assert result.stdout == "anna\nbob\nzoe\nÉmile\n"
    assert result.stderr == ""
    assert world.run("segments", "members", "hightouch-a", "--excluded").stdout == "eve\n"


def test_members_of_a_large_segment_go_on_from_a_page(world: World) -> None:
    keys = [f"user-{number:05}" for number in range(2500)]
    world.add_segment("hightouch-a", keys)

    page = world.run("segments", "members", "hightouch-a", "--limit", "2400")
    assert page.stdout.splitlines() == keys[:2400]
    assert "continue with --after user-02399" in page.stderr

    rest = world.run_json("segments", "members", "hightouch-a", "--after", "user-02399")
    assert rest == {"segment": "hightouch-a", "members": keys[2400:], "next": None}

    first = world.run_json("segments", "members", "hightouch-a", "--limit", "2")
    assert first == {"segment": "hightouch-a", "members": keys[:2], "next": "user-00001"}


def test_search_finds_by_prefix_and_an_exact_match_comes_first(world: World) -> None:
    world.add_segment("hightouch-a", ["anna-2", "anna", "ann", "bob"])
    found = world.run("segments", "members", "hightouch-a", "--search", "anna")
    assert found.stdout == "anna\nanna-2\n"


def test_a_search_that_finds_nobody_is_no_failure(world: World) -> None:
    world.add_segment("hightouch-a", ["anna"])
    result = world.run("segments", "members", "hightouch-a", "--search", "nobody")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "No key of those included in hightouch-a was found." in result.stderr


def test_a_hostile_key_stays_on_its_line_and_json_gives_it_as_it_is(world: World) -> None:
    world.add_segment("hightouch-a", ["two\nlines", "\x1b[2J"])
    shown = world.run("segments", "members", "hightouch-a").stdout
    assert shown == "\\x1b[2J\ntwo\\nlines\n"
    found = world.run_json("segments", "members", "hightouch-a")
    assert found["members"] == ["\x1b[2J", "two\nlines"]


@pytest.mark.parametrize("how", ["key", "client-side ID", "variable"])
def test_an_environment_is_named_by_key_id_or_variable(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    world.add_segment("hightouch-a", [])
    test = next(one for one in world.created.environments if one.key == "test")
    flags = ["--environment", "test" if how == "key" else test.id]
    if how == "variable":
        flags = []
        monkeypatch.setenv("MUSTER_ENVIRONMENT", "test")
    result = world.run("segments", "list", *flags)
    assert "There are no segments in default/test yet." in result.stderr


def test_an_unknown_environment_lists_those_there_are(world: World) -> None:
    result = world.run("segments", "list", "-e", "staging")
    assert result.exit_code == 1
    assert "There is no environment 'staging' in the project 'default'." in result.stderr
    for environment in world.created.environments:
        assert f"{environment.key} ({environment.id})" in result.stderr


def test_an_unknown_project_lists_those_there_are(world: World) -> None:
    result = world.run("segments", "show", "any", "--project", "mobile")
    assert result.exit_code == 1
    assert result.stderr == "Error: There is no project 'mobile'. Those there are: default.\n"


@pytest.mark.parametrize("flags", [["--limit", "0"], ["--limit", "1001"], ["--offset", "-1"]])
def test_a_page_out_of_bounds_is_wrong_usage(world: World, flags: list[str]) -> None:
    assert world.run("segments", "list", *flags).exit_code == 2
