"""Bodies that the REST API does not read to their end."""

import socket
from collections.abc import Iterator
from pathlib import Path
from select import select

import httpx
import pytest

from tests.end_to_end.harness import Muster, running

LIMIT = 100_000
MEMBERS = "/api/v2/segments/default/production/any/contexts"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A running server that takes bodies of up to 100,000 bytes, and waits a second for them."""
    data: Path = tmp_path_factory.mktemp("muster") / "data"
    variables = {"MUSTER_MAX_BODY_BYTES": str(LIMIT), "MUSTER_BODY_TIMEOUT_SECONDS": "1"}
    with running(data, variables=variables) as started:
        yield started


def chunks(size: int) -> Iterator[bytes]:
    """Give a body without saying how long it is."""
    for _ in range(0, size, 10_000):
        yield b" " * 10_000


@pytest.mark.parametrize("token", ["", None], ids=["nobody", "an admin"])
def test_a_body_over_the_limit_is_refused(server: Muster, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": token}
    for content in (b" " * (LIMIT + 1), chunks(2 * LIMIT)):
        answer = server.client.post("/api/v2/projects", content=content, headers=headers)
        assert answer.status_code == 413
        assert answer.json()["code"] == "payload_too_large"
    assert server.client.get("/api/v2/projects").status_code == 200


def test_the_members_of_a_big_segment_are_bounded(server: Muster) -> None:
    headers = {"Content-Type": "application/json"}
    answer = server.client.post(MEMBERS, content=b" " * (LIMIT + 1), headers=headers)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert answer.json()["code"] == "payload_too_large"


def test_a_body_within_the_limit_is_read(server: Muster) -> None:
    padded = b'{"key": "p", "name": "P"}' + b" " * (LIMIT - 100)
    headers = {"Content-Type": "application/json"}
    assert (
        server.client.post("/api/v2/projects", content=padded, headers=headers).status_code == 201
    )


def send_slowly(server: Muster, path: str, headers: dict[str, str], parts: list[bytes]) -> str:
    """Send a head and parts of a body, 0.4 s between them; return what comes until the connection ends."""
    url = httpx.URL(server.url)
    lines = {"Host": "muster", "Authorization": server.client.headers["Authorization"], **headers}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{a}: {b}\r\n" for a, b in lines.items())
    with socket.create_connection((url.host, url.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"\r\n")
        for part in parts:
            if select([connection], [], [], 0.4)[0]:
                break  # it is answered already
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


@pytest.mark.parametrize(
    "parts", [[], [b" "] * 4], ids=["nothing comes", "it trickles, longer than a second in all"]
)
@pytest.mark.parametrize("path", ["/api/v2/projects", MEMBERS])
def test_a_body_that_does_not_arrive_is_refused(
    server: Muster, path: str, parts: list[bytes]
) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": "50"}
    answer = send_slowly(server, path, headers, parts)
    assert answer.startswith("HTTP/1.1 408 ")
    assert '"code":"request_timeout"' in answer
    assert "The body did not arrive within 1 seconds." in answer


def test_an_import_may_take_long_but_not_stop(server: Muster) -> None:
    path = "/api/v2/segments/default/production"
    body = {"key": "big", "name": "Big", "unbounded": True}
    assert server.client.post(path, json=body).status_code == 201
    content = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="k.csv"\r\n\r\n'
        b"ada\nbrian\ncleo\n\r\n--x--\r\n"
    )
    headers = {
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(len(content)),
        "Connection": "close",
    }
    parts = [content[at : at + 25] for at in range(0, len(content), 25)]
    assert len(parts) * 0.4 > 1
    assert send_slowly(server, f"{path}/big/imports", headers, parts).startswith("HTTP/1.1 204 ")
    answer = send_slowly(server, f"{path}/big/imports", headers, parts[:-1])
    assert answer.startswith("HTTP/1.1 408 ")
    assert "The next part of the body did not arrive within 1 seconds." in answer
