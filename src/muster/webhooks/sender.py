"""Sending one delivery over HTTP.

A name is looked up once, and the request goes to an address that was checked, with the name in `Host` and
in the TLS handshake: a DNS answer that changes in between makes no difference. Each delivery has a
connection of its own, proxies of the environment are passed over, redirects are not followed, and of the
answer only the status is read.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from typing import Final, Protocol

import httpx

from muster.webhooks.addresses import Address, is_public
from muster.webhooks.urls import PRIVATE_ADDRESSES_VARIABLE

TIME_LIMIT_SECONDS: Final = 10.0
"""How long a delivery may take, from the look-up of the name to the status of the answer."""
_CONNECT_SECONDS: Final = 3.0
_RESOLVER_THREADS: Final = 32
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Looks up the addresses of a host, for a port.

Raises:
    OSError: it has none.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a delivery met with.

    Attributes:
        status: the HTTP status; None where no answer came.
        error: why it failed, in a sentence; None where it did not.
    """

    status: int | None
    error: str | None = None


class Sender(Protocol):
    """Sends deliveries."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one; whatever goes wrong is in the answer."""
        ...


class HttpSender:
    """Implements `Sender`."""

    def __init__(self, *, private_addresses: bool, resolve: Resolve | None = None) -> None:
        """Take how it sends.

        Args:
            private_addresses: whether it sends to addresses that are not public.
            resolve: looks up names; None for the system's way.
        """
        self._private_addresses = private_addresses
        # Not the threads that all else shares: a name server that is slow would hold that up.
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="webhook-resolver")
        self._resolve = resolve or self._look_up

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body by POST."""
        try:
            async with asyncio.timeout(TIME_LIMIT_SECONDS):
                return await self._send(httpx.URL(url), headers, body)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, f"No answer came within {TIME_LIMIT_SECONDS:g} seconds.")
        except httpx.ConnectError as error:
            return Answer(None, f"The connection failed: {_reason(error)}.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(None, f"The request failed: {_reason(error)}.")

    def close(self) -> None:
        """Let go of its threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _send(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Answer:
        port = url.port or _DEFAULT_PORTS[url.scheme]
        try:
            addresses = await self._resolve(url.raw_host.decode("ascii"), port)
        except (OSError, UnicodeError):
            return Answer(None, f"The name {url.host} can't be looked up.")
        if not self._private_addresses:
            addresses = [one for one in addresses if is_public(one)]
        if not addresses:
            return Answer(
                None,
                f"{url.host} has no address of the public internet, and requests to others are not "
                f"allowed ({PRIVATE_ADDRESSES_VARIABLE}).",
            )
        *others, last = addresses
        for address in others:
            try:
                return await self._post(url, address, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post(url, last, headers, body)

    async def _post(
        self, url: httpx.URL, address: Address, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        host = url.raw_host.decode("ascii")
        timeout = httpx.Timeout(TIME_LIMIT_SECONDS, connect=_CONNECT_SECONDS)
        async with (
            httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(verify=self._tls), trust_env=False
            ) as client,
            client.stream(
                "POST",
                url.copy_with(host=str(address)),
                headers={**headers, "Host": url.netloc.decode("ascii"), "Connection": "close"},
                content=body,
                timeout=timeout,
                follow_redirects=False,
                extensions={"sni_hostname": host},
            ) as response,
        ):
            return _answer(response.status_code)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    async def _look_up(self, host: str, port: int) -> Sequence[Address]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return [ip_address(str(place[0])) for *_, place in found]


def _answer(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer(status)
    more = " Redirects are not followed." if 300 <= status < 400 else ""
    return Answer(status, f"The answer was {status}, not one from 200 to 299.{more}")


def _reason(error: Exception) -> str:
    """Return why a request failed, in one line: what the system said, where it did."""
    cause: BaseException | None = error
    said = str(error) or type(error).__name__
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            said = cause.strerror or str(cause)
        elif isinstance(cause, OSError) and cause.errno:
            said = os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return " ".join(said.split()).rstrip(".")[:500]
