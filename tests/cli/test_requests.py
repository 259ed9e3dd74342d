"""`muster requests`: the sync log."""

import re
from datetime import timedelta
from typing import Any

import pytest

from muster.core.ids import IntegrationKey, RequestId, SegmentKey, TokenId, new_id
from muster.sync.log import SyncRecord
from tests.cli.world import World


def add_record(world: World, **values: Any) -> SyncRecord:
    """Add a record of a request that Hightouch sent five minutes ago, but for the values given."""
    record = SyncRecord(
        **{
            "id": RequestId(new_id()),
            "received_at": world.now - timedelta(minutes=5),
            "integration_key": IntegrationKey("hightouch"),
            "environment_id": world.environment.id,
            "segment_keys": (SegmentKey("hightouch-a"),),
            "token_id": TokenId("f" * 24),
            "status": 204,
            "received": 1500,
            "added": 1200,
            "removed": 200,
            "unchanged": 100,
            "duration": timedelta(microseconds=12_345),
            **values,
        }
    )
    world.tools.sync_log.append_records([record])
    return record


def add_refused_record(world: World, **values: Any) -> SyncRecord:
    """Add a record of a request whose body was refused."""
    return add_record(
        world,
        **{
            "segment_keys": (),
            "status": 400,
            "added": 0,
            "removed": 0,
            "unchanged": 0,
            "error_code": "invalid-request",
            "error_pointer": "/batch/17/userId",
            "error_message": "Found null, expected a text or a number.",
            **values,
        },
    )


def listed_ids(world: World, *flags: str) -> set[str]:
    """Return the ids of the requests that a list holds."""
    return {item["id"] for item in world.run_json("requests", "list", *flags)["items"]}


def test_without_requests_it_says_so(world: World) -> None:
    result = world.run("requests", "list")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "There is no such request in the sync log." in result.stderr


def test_the_list_shows_each_request_on_a_line(world: World) -> None:
    record = add_record(world)
    _, row = world.run("requests", "list").stdout.splitlines()
    assert re.split(r"\s{2,}", row) == [
        record.id,
        "5 minutes ago",
        "hightouch",
        "default/production",
        "hightouch-a",
        "204",
        "1,500",
        "1,200",
        "200",
    ]


def test_an_error_is_shown_with_its_pointer(world: World) -> None:
    add_refused_record(world)
    title, row = world.run("requests", "list").stdout.splitlines()
    assert title.endswith("ERROR")
    assert row.endswith("/batch/17/userId: Found null, expected a text or a number.")


def test_a_pointer_that_the_message_begins_with_is_not_repeated(world: World) -> None:
    add_refused_record(world, error_message="/batch/17/userId: found null.")
    row = world.run("requests", "list").stdout.splitlines()[1]
    assert row.count("/batch/17/userId") == 1


def test_filters(world: World) -> None:
    ours = add_record(world)
    other = add_record(
        world,
        integration_key=IntegrationKey("amplitude"),
        environment_id=next(one.id for one in world.created.environments if one.key == "test"),
        segment_keys=(SegmentKey("amplitude-b"), SegmentKey("amplitude-c")),
    )
    lost = add_refused_record(world, environment_id="0123456789abcdef01234567")

    assert listed_ids(world) == {ours.id, other.id, lost.id}
    assert listed_ids(world, "--integration", "Amplitude") == {other.id}
    assert listed_ids(world, "--environment", "test") == {other.id}
    assert listed_ids(world, "--environment", world.environment.id) == {ours.id}
    assert listed_ids(world, "--environment", "0123456789abcdef01234567") == {lost.id}
    assert listed_ids(world, "--segment", "amplitude-c") == {other.id}
    assert listed_ids(world, "--failed") == {lost.id}


def test_an_unknown_environment_lists_those_there_are(world: World) -> None:
    result = world.run("requests", "list", "-e", "staging")
    assert result.exit_code == 1
    assert "There is no environment 'staging'" in result.stderr


def test_a_page_says_how_to_go_on(world: World) -> None:
    for _ in range(3):
        add_record(world)
    result = world.run("requests", "list", "--limit", "2")
    assert "2 of 3 requests; continue with --offset 2." in result.stderr


def test_show_tells_all_of_a_request(world: World) -> None:
    record = add_refused_record(world, segment_keys=(SegmentKey("a"), SegmentKey("b")))
    shown = world.run("requests", "show", record.id).stdout
    fields = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in shown.splitlines())
    assert fields["Request"] == record.id
    assert fields["Environment"] == f"default/production ({world.environment.id})"
    assert fields["Segments"] == "a, b"
    assert fields["Token"] == "f" * 24
    assert fields["Status"] == "400"
    assert fields["Duration"] == "12.345 ms"
    assert fields["Error"] == "invalid-request"
    assert fields["Error pointer"] == "/batch/17/userId"
    assert fields["Error message"] == "Found null, expected a text or a number."


def test_json_tells_the_same(world: World) -> None:
    record = add_refused_record(world, environment_id=None, token_id=None)
    shown = world.run_json("requests", "show", record.id)
    assert world.run_json("requests", "list") == {"items": [shown], "totalCount": 1}
    assert shown["receivedAt"].endswith("Z")
    assert shown["environmentId"] is shown["environmentKey"] is shown["tokenId"] is None
    assert shown["durationMilliseconds"] == pytest.approx(12.345)
    assert (shown["errorCode"], shown["errorPointer"]) == ("invalid-request", "/batch/17/userId")


def test_an_unknown_request_is_told_and_fails(world: World) -> None:
    result = world.run("requests", "show", "nowhere")
    assert result.exit_code == 1
    assert "Error: There is no request 'nowhere' in the sync log." in result.stderr
