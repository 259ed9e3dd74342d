"""Asking over the REST API whether a segment includes a context, whatever the context's key."""

import httpx
import pytest

from tests.end_to_end.harness import Muster, quote
from tests.end_to_end.rest import SEGMENTS, check_error, get, push

ODD_KEYS = [
    "a/b",
    "a%2Fb",
    "a%b",
    "100%",
    "%",
    "two words",
    " led and trailed ",
    "a+b",
    "a?b=c&d#e",
    "a;b,c:d@e",
    "caf\u00e9",
    "cafe\u0301",
    "\u65e5\u672c\u8a9e",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u202eleft",
    ".",
    "\ufffd",
    "..",
    "../../x",
    "//",
    "\\",
    "'\"`",
    "{contextKey}",
    "new\nline",
    "\x7f\x01",
    "k" * 256,
    "\u6f22" * 256,
]
"""Keys of contexts that a careless server would mistake for another, or for a path."""


@pytest.fixture(scope="module")
def odd(server: Muster, environment: str) -> str:
    """The path of a segment that includes every other of the odd keys."""
    push(server, environment, "odd", *ODD_KEYS[::2])
    assert server.count("rudderstack-odd") == len(ODD_KEYS[::2])
    return f"{SEGMENTS}/rudderstack-odd"


@pytest.fixture(scope="module")
def pair(server: Muster, environment: str) -> str:
    """The path of a segment that includes `user-0` and `user-1`."""
    push(server, environment, "c2", "user-0", "user-1")
    return f"{SEGMENTS}/rudderstack-c2"


class TestContexts:
    """`GET /api/v2/segments/{P}/{E}/{S}/contexts/{key}`."""

    @pytest.mark.parametrize("key", ODD_KEYS, ids=lambda key: ascii(key)[:30])
    def test_any_key_can_be_asked_for(self, server: Muster, odd: str, key: str) -> None:
        every_byte = "".join(f"%{byte:02X}" for byte in key.encode())
        spellings = {every_byte, every_byte.lower()}
        if key not in {".", ".."}:  # a client takes these, unquoted, for steps in the path
            spellings.add(quote(key))
        for spelling in spellings:
            found = get(server, f"{odd}/contexts/{spelling}")
            included = key in ODD_KEYS[::2]
            assert found == {"userKey": key, "included": included, "excluded": False}

    @pytest.mark.parametrize("key", ["user", "user-", "USER-1", "user-10", "user-1 ", "user-1%20"])
    def test_keys_are_compared_whole(self, server: Muster, pair: str, key: str) -> None:
        assert get(server, f"{pair}/contexts/user-1")["included"] is True
        assert get(server, f"{pair}/contexts/{quote(key)}")["included"] is False

    @pytest.mark.parametrize("key", ["%", "%zz", "k" * 5000], ids=lambda key: key[:5])
    def test_what_no_context_has_is_not_included(self, server: Muster, odd: str, key: str) -> None:
        path = f"{odd}/contexts/{key}x".encode()
        answer = server.client.get(httpx.URL(server.url).copy_with(raw_path=path))
        assert answer.json() == {"userKey": f"{key}x", "included": False, "excluded": False}

    @pytest.mark.parametrize("key", ["%FF", "%EF%BF", "%ED%A0%80", "x%C3"])
    def test_what_is_not_utf_8_is_refused(self, server: Muster, odd: str, key: str) -> None:
        answer = server.client.get(f"{odd}/contexts/{key}")
        check_error(answer, 400, "invalid_request", "not UTF-8")
