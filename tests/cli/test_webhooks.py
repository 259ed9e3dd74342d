"""`muster webhooks`: list, show, create, update, delete, and the delivery log."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from muster.core.ids import AuditEntryId, DeliveryId, WebhookId, new_id
from muster.storage.sql.webhooks import SqlWebhookStore
from muster.webhooks.model import Delivery, Outcome
from tests.cli.world import World

URL = "https://hooks.example.com/1"
STATEMENTS = [{"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/production"]}]


def create(world: World, *flags: str) -> str:
    """Create a webhook; return its id."""
    made: dict[str, str] = world.run_json("webhooks", "create", URL, *flags)
    return made["id"]


def log_deliveries(world: World, webhook_id: str, *statuses: int | None) -> list[Delivery]:
    """Log attempts, a minute after one another, the last one a minute ago."""
    store = SqlWebhookStore(world.token_store._engine)
    attempts = [
        Delivery(
            id=DeliveryId(new_id()),
            webhook_id=WebhookId(webhook_id),
            entry_id=AuditEntryId("e" * 24),
            attempt=number,
            at=world.now - timedelta(minutes=len(statuses) - number + 1),
            duration=timedelta(milliseconds=12.4),
            status=status,
            error=None if status == 200 else "Why it failed.",
            outcome=Outcome.DELIVERED if status == 200 else Outcome.FAILED,
        )
        for number, status in enumerate(statuses, start=1)
    ]
    for one in attempts:
        store.settle(one, None)
    return attempts


def test_one_is_made_and_shown(world: World, tmp_path: Path) -> None:
    file = tmp_path / "statements.json"
    file.write_text(json.dumps(STATEMENTS))
    made = world.run_json(
        *("webhooks", "create", URL, "--name", "Ops", "--statements", str(file), "--off"),
        *("--tag", "b", "--tag", "a"),
    )
    assert (made["url"], made["name"], made["on"], made["signed"]) == (URL, "Ops", False, True)
    assert (made["statements"], made["tags"]) == (STATEMENTS, ["a", "b"])
    assert re.fullmatch("[0-9a-f]{64}", made["secret"])
    hidden = {**made, "secret": None}
    assert world.run_json("webhooks", "show", made["id"]) == hidden
    assert world.run_json("webhooks", "show", made["id"], "--reveal") == made
    shown = world.run("webhooks", "show", made["id"]).stdout
    assert made["secret"] not in shown
    assert re.search(r"^On\s+no$", shown, re.MULTILINE)
    assert json.loads(shown.partition("\n\n")[2]) == STATEMENTS
    assert made["secret"] in world.run("webhooks", "show", made["id"], "--reveal").stdout


def test_a_secret_that_was_made_is_all_of_standard_output(world: World) -> None:
    result = world.run("webhooks", "create", URL)
    assert re.fullmatch("[0-9a-f]{64}\n", result.stdout)
    [webhook] = world.tools.webhooks.list_webhooks()
    assert webhook.secret is not None
    assert webhook.secret.reveal() == result.stdout.strip()


def test_a_secret_comes_from_a_file_and_is_not_printed(world: World, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("frobozz\n")
    for flags, given in ((["--secret-file", str(file)], None), (["--secret-file", "-"], "plugh\n")):
        result = world.run("webhooks", "create", URL, *flags, input=given)
        assert (result.exit_code, result.stdout) == (0, "")
    secrets = [one.secret for one in world.tools.webhooks.list_webhooks()]
    assert [one and one.reveal() for one in secrets] == ["frobozz", "plugh"]
    unsigned = world.run("webhooks", "create", URL, "--unsigned")
    assert (unsigned.exit_code, unsigned.stdout) == (0, "")
    assert world.tools.webhooks.list_webhooks()[-1].secret is None


def test_the_list_shows_each_on_a_line(world: World) -> None:
    first = create(world, "--name", "Ops team")
    second = create(world, "--unsigned", "--off", "--statements", json.dumps(STATEMENTS))
    title, *rows = world.run("webhooks", "list").stdout.splitlines()
    assert title.split() == ["ID", "NAME", "ON", "SIGNED", "STATEMENTS", "URL"]
    assert [re.split(r"\s{2,}", row) for row in rows] == [
        [first, "Ops team", "yes", "yes", "all changes", URL],
        [second, "no", "no", "1", URL],
    ]
    listed = world.run_json("webhooks", "list")["items"]
    assert [one["id"] for one in listed] == [first, second]
    assert {one["secret"] for one in listed} == {None}


def test_only_what_is_given_changes(world: World, tmp_path: Path) -> None:
    made = world.run_json("webhooks", "create", URL, "--statements", json.dumps(STATEMENTS))

    def update(*flags: str) -> dict[str, object]:
        result = world.run("webhooks", "update", made["id"], *flags)
        assert result.exit_code == 0, result.output
        found: dict[str, object] = world.run_json("webhooks", "show", made["id"], "--reveal")
        return {key: value for key, value in found.items() if value != made[key]} | {
            "modifiedAt": None
        }

    assert update("--name", "n", "--off") == {"name": "n", "on": False, "modifiedAt": None}
    changed = update("--name", "", "--on", "--url", "https://a.example/", "--tag", "t")
    assert changed == {"url": "https://a.example/", "tags": ["t"], "modifiedAt": None}
    assert update("--all-changes")["statements"] == []
    fresh = world.run("webhooks", "update", made["id"], "--new-secret").stdout.strip()
    assert re.fullmatch("[0-9a-f]{64}", fresh)
    assert update("--tag", "u")["secret"] == fresh
    file = tmp_path / "secret"
    file.write_text("frobozz")
    assert update("--secret-file", str(file))["secret"] == "frobozz"
    assert update("--unsigned")["signed"] is False


def test_it_asks_before_it_deletes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook_id = create(world, "--name", "Ops")
    assert world.run("webhooks", "delete", webhook_id).exit_code == 2
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    refused = world.run("webhooks", "delete", webhook_id, input="n\n")
    assert f"Delete the webhook Ops ({webhook_id})?" in refused.stderr
    assert len(world.tools.webhooks.list_webhooks()) == 1
    deleted = world.run("webhooks", "delete", webhook_id, "--yes")
    assert (deleted.exit_code, deleted.stderr) == (0, "Deleted the webhook Ops.\n")
    gone = world.run("webhooks", "show", webhook_id)
    assert gone.exit_code == 1
    assert f"no webhook with the id '{webhook_id}'" in gone.stderr


def test_deliveries_are_listed_newest_first(world: World) -> None:
    webhook_id = create(world)
    log_deliveries(world, webhook_id, None, 503, 200)
    title, *rows = world.run("webhooks", "deliveries", webhook_id).stdout.splitlines()
    assert title.split() == ["WHEN", "ENTRY", "ATTEMPT", "OUTCOME", "STATUS", "MS", "ERROR"]
    entry = "e" * 24
    assert [re.split(r"\s{2,}", row) for row in rows] == [
        ["1 minute ago", entry, "3", "delivered", "200", "12"],
        ["2 minutes ago", entry, "2", "failed", "503", "12", "Why it failed."],
        ["3 minutes ago", entry, "1", "failed", "12", "Why it failed."],
    ]
    page = world.run("webhooks", "deliveries", webhook_id, "--limit", "1", "--offset", "1")
    assert "1 of 3 deliveries; continue with --offset 2." in page.stderr
    found = world.run_json("webhooks", "deliveries", webhook_id, "--limit", "2")
    assert found["totalCount"] == 3
    assert [one["status"] for one in found["items"]] == [200, 503]
    assert (found["items"][0]["durationMs"], found["items"][0]["error"]) == (12.4, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["create"],
        ["create", URL, "--statements", "[]"],
        ["create", URL, "--statements", "nowhere.json"],
        ["create", URL, "--secret-file", "nowhere"],
        ["create", URL, "--secret-file", "-", "--unsigned"],
        ["update", "ID"],
        ["update", "ID", "--unsigned", "--new-secret"],
        ["update", "ID", "--all-changes", "--statements", json.dumps(STATEMENTS)],
        ["delete", "ID"],
    ],
)
def test_wrong_usage_exits_2(world: World, arguments: list[str]) -> None:
    webhook_id = create(world)
    arguments = [webhook_id if one == "ID" else one for one in arguments]
    before = world.run_json("webhooks", "list")
    result = world.run("webhooks", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert world.run_json("webhooks", "list") == before


def test_a_private_address_is_refused_and_the_setting_named(world: World) -> None:
    result = world.run("webhooks", "create", "http://127.0.0.1:9/")
    assert result.exit_code == 1
    assert "MUSTER_WEBHOOK_PRIVATE_ADDRESSES=true" in result.stderr
