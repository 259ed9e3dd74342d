"""Requests that come in one turn of the event loop: each is answered as if it had come alone.

The server is stopped (SIGSTOP) while they are sent, so that it finds all of them at once.
"""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.end_to_end.harness import TOKEN, MakeToken, Muster, running
from tests.end_to_end.official_segments import eventually
from tests.end_to_end.test_http import Connection, body_of, connected, head_of


@contextmanager
def stopped(server: Muster) -> Iterator[None]:
    """Have the server stand still."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def answers_to(server: Muster, requests: Sequence[bytes]) -> list[tuple[int, dict[str, str], Any]]:
    """Send requests at once, each over a connection of its own; return what each is answered."""
    with ExitStack() as opened:
        connections = [opened.enter_context(connected(server)) for _ in requests]
        warm_up(server, connections[0])
        with stopped(server):
            for connection, request in zip(connections, requests, strict=True):
                connection.send(request)
        return [connection.read_answer() for connection in connections]


def warm_up(server: Muster, connection: Connection) -> None:
    """Have the server know the token, the environment and the cohort `turn`."""
    body = body_of(server.environment_id(), "turn")
    connection.send(head_of(len(body)), body)
    assert connection.read_answer()[0] == 204


def sync(body: bytes, *, token: str = TOKEN, path: str = "hightouch") -> bytes:
    """Return a whole sync request."""
    head = head_of(len(body), path=f"/api/v2/segment-targets/{path}")
    return head.replace(TOKEN.encode(), token.encode()) + body


def rows_by_id(server: Muster) -> dict[str, dict[str, Any]]:
    """Return what the sync log tells of the cohort `turn`."""
    shown = server.cli(
        "requests", "list", "--segment", "hightouch-turn", "--limit", "100", "--json"
    )
    return {row["id"]: row for row in json.loads(shown.stdout)["items"]}


def leaving(environment: str, *members: str) -> bytes:
    """Return a body that has members leave the cohort `turn`."""
    document = json.loads(body_of(environment, "turn", *members))
    return json.dumps({**document, "action": "remove"}).encode()


def test_each_request_of_a_turn_has_its_own_answer(
    server: Muster, environment: str, make_token: MakeToken
) -> None:
    reader = make_token("--role", "reader")
    answers = answers_to(
        server,
        [
            sync(body_of(environment, "turn", "ann", "bob")),
            sync(body_of(environment, "turn", "bob", "cleo")),
            sync(b'{"environmentId": '),
            sync(body_of(environment, "turn", "dora"), token=reader),
            sync(body_of(environment, "turn", "dora"), token="api-nobody"),
            sync(body_of(environment, "turn", "dora"), path="no-such-integration"),
            sync(body_of("0" * 24, "turn", "dora")),
            sync(body_of(environment, "new-in-turn", "ann")),
            sync(leaving(environment, "ann", "nobody")),
        ],
    )

    assert [status for status, _, _ in answers] == [204, 204, 400, 403, 401, 404, 400, 204, 204]
    assert (
        len({headers["x-request-id"] for _, headers, _ in answers if "x-request-id" in headers})
        == 7
    )
    assert server.count("hightouch-turn") == 2
    assert server.count("hightouch-new-in-turn") == 1
    assert not server.includes("hightouch-turn", "dora")


def test_each_request_of_a_turn_has_its_own_row_in_the_sync_log(
    server: Muster, environment: str
) -> None:
    requests = [sync(body_of(environment, "turn", *"abcdefgh"[: n + 1])) for n in range(8)]
    answers = answers_to(server, requests)

    ids = [headers["x-request-id"] for _, headers, _ in answers]
    eventually(lambda: set(ids) <= set(rows_by_id(server)), True)
    by_id = rows_by_id(server)
    rows = [by_id[one] for one in ids]
    assert [row["received"] for row in rows] == list(range(1, 9))
    assert [row["added"] + row["unchanged"] for row in rows] == list(range(1, 9))
    assert sum(row["added"] for row in rows) == 8


def test_a_client_that_has_gone_costs_the_others_nothing(server: Muster, environment: str) -> None:
    with connected(server) as stays:
        warm_up(server, stays)
        with connected(server) as goes, stopped(server):
            goes.send(sync(body_of(environment, "turn", "sent-and-gone")))
            stays.send(sync(body_of(environment, "turn", "stayed")))
        assert stays.read_answer()[0] == 204
    assert server.includes("hightouch-turn", "stayed")
    assert server.includes("hightouch-turn", "sent-and-gone")


def test_sigterm_lets_a_turn_finish(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        environment = server.environment_id()
        with ExitStack() as opened:
            connections = [opened.enter_context(connected(server)) for _ in range(5)]
            warm_up(server, connections[0])
            with stopped(server):
                for number, connection in enumerate(connections):
                    connection.send(sync(body_of(environment, "turn", f"member-{number}")))
                server.process.send_signal(signal.SIGTERM)
            assert [connection.read_answer()[0] for connection in connections] == [204] * 5
        assert server.stop() == 0
    with running(tmp_path / "data") as again:
        assert again.count("hightouch-turn") == 5
