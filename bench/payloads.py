"""Requests as RudderStack shapes them, with random UUIDs as members."""

import os

import orjson

INTEGRATION = "rudderstack"


def random_uuids(count: int) -> list[str]:
    """Return `count` random UUIDs as text."""
    digits = os.urandom(16 * count).hex()
    return [
        f"{digits[i : i + 8]}-{digits[i + 8 : i + 12]}-4{digits[i + 13 : i + 16]}"
        f"-a{digits[i + 17 : i + 20]}-{digits[i + 20 : i + 32]}"
        for i in range(0, 32 * count, 32)
    ]


def sync_body(environment_id: str, cohort_id: str, added: list[str]) -> bytes:
    """Return a body that adds members to a cohort."""
    return orjson.dumps(
        {
            "environmentId": environment_id,
            "cohortId": cohort_id,
            "cohortName": "Benchmark",
            "listData": {"add": [{"id": key} for key in added], "remove": []},
        }
    )


def http_request(path: str, token: str, body: bytes) -> bytes:
    """Return a whole HTTP/1.1 request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get_request(path: str, token: str) -> bytes:
    """Return a whole HTTP/1.1 request that reads."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\n\r\n".encode()


def targets_body(added: list[str]) -> bytes:
    """Return a body that adds members to a big segment by hand."""
    return orjson.dumps({"included": {"add": added, "remove": []}})
