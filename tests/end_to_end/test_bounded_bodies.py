"""Bodies that the REST API does not read to their end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.harness import Muster, running

LIMIT = 100_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A running server that takes bodies of up to 100,000 bytes."""
    data: Path = tmp_path_factory.mktemp("muster") / "data"
    with running(data, variables={"MUSTER_MAX_BODY_BYTES": str(LIMIT)}) as started:
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


def test_a_body_within_the_limit_is_read(server: Muster) -> None:
    padded = b'{"key": "p", "name": "P"}' + b" " * (LIMIT - 100)
    headers = {"Content-Type": "application/json"}
    assert (
        server.client.post("/api/v2/projects", content=padded, headers=headers).status_code == 201
    )
