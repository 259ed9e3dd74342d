"""Bounds on what the REST API reads of a body: FastAPI reads whatever comes before it asks who sends it."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.api.error_responses import error_response
from muster.core.errors import PayloadTooLargeError

_IMPORTS: Final = "/imports"
"""How paths end whose route bounds its body itself."""


class BoundedBodies:
    """ASGI middleware: a body over the limit is answered with 413, and is not read to its end."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a bounded body."""
        if scope["type"] != "http" or scope["path"].endswith(_IMPORTS):
            await self._app(scope, receive, send)
            return
        if _content_length(scope) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        size = 0
        is_refused = False

        async def receive_bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._max_bytes:
                raise PayloadTooLargeError("The body is too large.")
            return message

        async def send_unless_refused(message: Message) -> None:
            # Whatever the app makes of a body that broke off, it is too large.
            nonlocal is_refused
            if size <= self._max_bytes:
                await send(message)
            elif not is_refused:
                is_refused = True
                await self._refuse(scope, receive, send)

        await self._app(scope, receive_bounded, send_unless_refused)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = PayloadTooLargeError(
            f"The body has more than {self._max_bytes:,} bytes. Send less at a time, or have the limit "
            "raised (MUSTER_MAX_BODY_BYTES)."
        )
        response = error_response(error)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
