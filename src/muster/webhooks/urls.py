"""The URLs that a webhook can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muster.core.errors import InvalidRequestError
from muster.webhooks.addresses import is_public, literal_address

if TYPE_CHECKING:
    import httpx

MAX_URL_LENGTH: Final = 2048
PRIVATE_ADDRESSES_VARIABLE: Final = "MUSTER_WEBHOOK_PRIVATE_ADDRESSES"
"""The setting that lets webhooks be sent to private addresses."""


def check_url(text: str, *, private_addresses: bool) -> None:
    """Check that a webhook can have a URL.

    Where a name leads is checked with each delivery: this looks at what the URL itself says.

    Args:
        private_addresses: whether it may be at an address that is not public.

    Raises:
        InvalidRequestError: it can't.
    """
    url = _parse(text)
    if url.userinfo:
        raise _wrong(
            "it holds a user name or a password, which would show: sign deliveries instead"
        )
    if private_addresses:
        return
    host = url.host.rstrip(".").lower()
    address = literal_address(host)
    is_local = host == "localhost" or host.endswith(".localhost")
    if is_local or (address is not None and not is_public(address)):
        raise _wrong(
            f"{host} is not an address of the public internet. Whoever runs Muster can allow such "
            f"addresses: {PRIVATE_ADDRESSES_VARIABLE}=true"
        )


def _parse(text: str) -> httpx.URL:
    # What will send to it reads it. Slow to import, and every command imports this module.
    import httpx  # noqa: PLC0415

    if len(text) > MAX_URL_LENGTH:
        raise _wrong(f"it has {len(text):,} characters, and {MAX_URL_LENGTH:,} are the most")
    if not text.isprintable() or " " in text:
        raise _wrong("it holds a space or an unprintable character")
    try:
        url = httpx.URL(text)
        host = url.host
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _wrong("its host or port can't be read") from error
    if url.scheme not in ("http", "https") or not host:
        raise _wrong("it must begin with https:// or http:// and a host")
    if url.port is not None and not 1 <= url.port <= 65535:
        raise _wrong("a port is from 1 to 65535")
    return url


def _wrong(why: str) -> InvalidRequestError:
    return InvalidRequestError(f"A webhook can't have this URL: {why}.", pointer="/url")
