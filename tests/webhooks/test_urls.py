"""URLs that a webhook can have, and what is said of others."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.webhooks.urls import check_url


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "http://example.com",
        "https://example.com:8443/",
        "https://bücher.example/",
        "https://[2606:4700:4700::1111]/",
        "http://8.8.8.8/",
        "HTTPS://EXAMPLE.COM/",
    ],
)
def test_these_can_be_had(url: str) -> None:
    check_url(url, private_addresses=False)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "must begin with https://"),
        ("example.com", "must begin with https://"),
        ("/hook", "must begin with https://"),
        ("ftp://example.com/", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://user@example.com/", "user name or a password"),
        ("https://user:secret@example.com/", "user name or a password"),
        ("https://example.com/a b", "space"),
        ("https://example.com/\n", "space"),
        ("https://example.com:0/", "from 1 to 65535"),
        ("https://example.com:99999/", "from 1 to 65535"),
        ("https://[::1/", "can't be read"),
        ("https://example.com/" + "a" * 2048, "2,048"),
    ],
)
def test_these_can_t(url: str, says: str) -> None:
    for private_addresses in (False, True):
        with pytest.raises(InvalidRequestError, match=says) as refused:
            check_url(url, private_addresses=private_addresses)
        assert refused.value.pointer == "/url"
        assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "a.localhost"),
        *("LOCALHOST.", "127.0.0.1.", "10.1.2.3", "169.254.169.254", "0.0.0.1"),
        *("[::1]", "[::]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[fd00::1]"),
    ],
)
def test_private_ones_take_the_setting(host: str) -> None:
    url = f"http://{host}:8080/hook"
    with pytest.raises(InvalidRequestError, match="MUSTER_WEBHOOK_PRIVATE_ADDRESSES=true"):
        check_url(url, private_addresses=False)
    check_url(url, private_addresses=True)


@given(st.text() | st.text().map(lambda text: f"https://{text}"))
def test_whatever_is_sent_is_taken_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidRequestError):
        check_url(text, private_addresses=False)
