"""Webhooks of a real server: what it sends when it is stopped and killed, and where it does not send."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.harness import Muster, log_lines, running, start
from tests.end_to_end.rest import check_error
from tests.webhooks.receiver import Received, Receiver, receiving

ALLOW_PRIVATE = {"MUSTER_WEBHOOK_PRIVATE_ADDRESSES": "true"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with receiving() as started:
        yield started


def make_webhook(server: Muster, url: str) -> str:
    """Make a webhook over the API; return its id."""
    body = {"url": url, "sign": True, "on": True, "secret": "frobozz"}
    return str(server.client.post("/api/v2/webhooks", json=body).raise_for_status().json()["_id"])


def wait_for_entry(receiver: Receiver, name: str, seconds: float = 20) -> list[Received]:
    """Return what was received about what has this name, once there is some."""
    return receiver.wait_for(1, lambda one: one.entry["name"] == name, seconds)


def test_changes_of_the_command_line_arrive_too(tmp_path: Path, receiver: Receiver) -> None:
    with running(tmp_path / "data", variables=ALLOW_PRIVATE) as server:
        webhook_id = make_webhook(server, receiver.url)
        done = server.cli("projects", "create", "shop", "--name", "The shop")
        assert done.returncode == 0, done.stderr
        [received] = wait_for_entry(receiver, "The shop")
        assert received.is_signed_with("frobozz")
        assert received.entry["subject"] == {"name": "The operator"}
        time.sleep(0.5)
        log = server.cli("webhooks", "deliveries", webhook_id)
        assert received.entry["_id"] in log.stdout
        assert "delivered" in log.stdout
        assert "frobozz" not in "\n".join(log_lines(server))


def test_what_was_changed_while_no_server_ran_arrives_at_the_start(
    tmp_path: Path, receiver: Receiver
) -> None:
    with running(tmp_path / "data", variables=ALLOW_PRIVATE) as server:
        make_webhook(server, receiver.url)
        assert server.stop() == 0
        assert server.cli("projects", "create", "shop").returncode == 0
        assert receiver.received == []
    with running(tmp_path / "data", variables=ALLOW_PRIVATE):
        wait_for_entry(receiver, "shop")


def test_a_server_that_is_killed_before_it_delivers_does_so_after(
    tmp_path: Path, receiver: Receiver
) -> None:
    server = start(tmp_path / "data", variables=ALLOW_PRIVATE)
    make_webhook(server, receiver.url)
    # It stands still while a change is made beside it, and dies before it can go on.
    os.kill(server.process.pid, signal.SIGSTOP)
    assert server.cli("projects", "create", "shop").returncode == 0
    server.kill()
    assert receiver.received == []
    with running(tmp_path / "data", variables=ALLOW_PRIVATE):
        wait_for_entry(receiver, "shop")
        time.sleep(1.5)
        assert len(receiver.received) == 1


@pytest.mark.slow
def test_a_server_that_is_killed_while_it_delivers_does_so_again(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.hangs.set()
    server = start(tmp_path / "data", variables=ALLOW_PRIVATE)
    make_webhook(server, receiver.url)
    made = server.client.post("/api/v2/tokens", json={"name": "ci", "role": "reader"})
    assert made.status_code == 201
    [first] = receiver.wait_for(1)
    server.kill()
    receiver.hangs.clear()
    with running(tmp_path / "data", variables=ALLOW_PRIVATE):
        again = receiver.wait_for(2, seconds=60)
        assert {one.body for one in again} == {first.body}


def test_a_receiver_that_hangs_holds_up_neither_others_nor_the_end(
    tmp_path: Path, receiver: Receiver
) -> None:
    with running(tmp_path / "data", variables=ALLOW_PRIVATE) as server, receiving() as slow:
        slow.hangs.set()
        make_webhook(server, slow.url)
        make_webhook(server, receiver.url)
        for name in ("a", "b", "c", "d", "e", "f"):
            server.client.post("/api/v2/tokens", json={"name": name, "role": "reader"})
        receiver.wait_for(6, lambda one: one.entry["kind"] == "token", seconds=15)
        assert len(slow.received) <= 4
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 20


class TestWithoutTheSetting:
    """The module's `server` has no settings of its own."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1", "10.0.0.1"])
    def test_a_private_address_is_refused(self, server: Muster, host: str) -> None:
        body = {"url": f"http://{host}:9/", "sign": False, "on": True}
        answer = server.client.post("/api/v2/webhooks", json=body)
        check_error(answer, 400, "invalid_request", "MUSTER_WEBHOOK_PRIVATE_ADDRESSES=true")

    def test_what_is_kept_from_before_is_not_sent(self, tmp_path: Path, receiver: Receiver) -> None:
        with running(tmp_path / "data", variables=ALLOW_PRIVATE) as server:
            webhook_id = make_webhook(server, receiver.url)
        with running(tmp_path / "data") as server:
            server.client.post("/api/v2/tokens", json={"name": "ci", "role": "reader"})
            deadline = time.monotonic() + 20
            found: list[dict[str, str]] = []
            while not found and time.monotonic() < deadline:
                path = f"/api/v2/webhooks/{webhook_id}/deliveries"
                found = server.client.get(path).json()["items"]
                time.sleep(0.05)
            assert found[-1]["outcome"] == "failed"
            assert "MUSTER_WEBHOOK_PRIVATE_ADDRESSES" in found[-1]["error"]
        assert receiver.received == []
