"""ASGI middleware that tells of errors outside of the sync endpoint, such as those of a mistyped path."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.api.faults import integration_key_of


class OtherRequests:
    """An app whose refusals are told, but for those of sync requests."""

    def __init__(self, app: ASGIApp, tell: Callable[[str, str, int], None]) -> None:
        """Wrap an app.

        Args:
            tell: takes method, path and status.
        """
        self._app = app
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or integration_key_of(scope) is not None:
            await self._app(scope, receive, send)
            return
        method, path, status = scope["method"], scope["path"], 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, note_status)
        if status >= 400:
            self._tell(method, path, status)
