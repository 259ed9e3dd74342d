"""Bounds on what the REST API reads of a body: FastAPI reads whatever comes before it asks who sends it."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.api.body import BodyLimits
from muster.api.error_responses import error_response
from muster.core.errors import MusterError, PayloadTooLargeError, RequestTimeoutError

_IMPORTS: Final = "/imports"
"""How paths end whose route bounds by itself how large its body may be."""


class BoundedBodies:
    """ASGI middleware: a body that is too large or too slow is refused, and is not read to its end.

    The body of an import may take as long as it takes; each part of it has the time of a whole body.
    """

    def __init__(self, app: ASGIApp, limits: BodyLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a bounded body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_import = scope["path"].endswith(_IMPORTS)
        if not is_import and _content_length(scope) > self._limits.max_bytes:
            await error_response(_too_large(self._limits.max_bytes))(scope, receive, send)
            return
        body = _BoundedBody(receive, self._limits, is_import=is_import)
        is_refused = False

        async def send_unless_refused(message: Message) -> None:
            # Whatever the app makes of a body that broke off, that is what is wrong.
            nonlocal is_refused
            if body.refusal is None:
                await send(message)
            elif not is_refused:
                is_refused = True
                await error_response(body.refusal)(scope, receive, send)

        await self._app(scope, body.receive, send_unless_refused)


class _BoundedBody:
    """A body on its way.

    Attributes:
        refusal: why no more of it is read; None while all is well.
    """

    def __init__(self, receive: Receive, limits: BodyLimits, *, is_import: bool) -> None:
        self.refusal: MusterError | None = None
        self._receive = receive
        self._limits = limits
        self._is_import = is_import
        self._size = 0
        self._deadline: float | None = None
        self._is_whole = False

    async def receive(self) -> Message:
        """Return the next message.

        Raises:
            PayloadTooLargeError, RequestTimeoutError: it is not to be read on.
        """
        if self._is_whole:
            return await self._receive()  # whether the client is still there
        message = await self._receive_in_time()
        self._is_whole = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._size > self._limits.max_bytes and not self._is_import:
            self.refusal = _too_large(self._limits.max_bytes)
            raise self.refusal
        return message

    async def _receive_in_time(self) -> Message:
        if self._deadline is None or self._is_import:
            now = asyncio.get_running_loop().time()
            self._deadline = now + self._limits.timeout_seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            what = "next part of the body" if self._is_import else "body"
            self.refusal = RequestTimeoutError(
                f"The {what} did not arrive within {self._limits.timeout_seconds:g} seconds. Send it at "
                "once, or have the limit raised (MUSTER_BODY_TIMEOUT_SECONDS)."
            )
            raise self.refusal from None


def _too_large(max_bytes: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"The body has more than {max_bytes:,} bytes. Send less at a time, or have the limit raised "
        "(MUSTER_MAX_BODY_BYTES)."
    )


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
