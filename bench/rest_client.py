"""A client of the REST API of a server that is measured."""

import time
from typing import Any

import httpx

from bench.servers import TOKEN, Server


def open_client(server: Server) -> httpx.Client:
    """Return a client that may do everything."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}", headers={"Authorization": TOKEN}, timeout=120
    )


def wait_until_complete(client: httpx.Client, path: str) -> dict[str, Any]:
    """Wait for an import or an export that is at a path; return it as it has ended."""
    while True:
        found: dict[str, Any] = client.get(path).raise_for_status().json()
        if found["status"] != "in_progress":
            assert found["status"] == "complete", found
            return found
        time.sleep(0.02)
