"""Path parameters that may hold any character.

Clients send each parameter percent-encoded, `/` as `%2F`. Decoded before routing, a context key
`a/b` would look like two parameters; so the REST API is routed on the raw path, and each parameter
is decoded after.
"""

from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

from muster.core.errors import InvalidRequestError


class KeyConvertor(Convertor[str]):
    """`{name:key}`: one segment of a raw path, decoded."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Decode a parameter.

        Raises:
            InvalidRequestError: what is escaped is not UTF-8, so it can be no key's.
        """
        try:
            return unquote(value, errors="strict")
        except UnicodeDecodeError:
            raise InvalidRequestError(
                "The path has %-escapes that are not UTF-8. Encode each parameter as UTF-8, then escape it."
            ) from None

    def to_string(self, value: str) -> str:
        """Encode a parameter."""
        return quote(value, safe="")


def register_key_convertor() -> None:
    """Make `{name:key}` known to the router."""
    register_url_convertor("key", KeyConvertor())


class RawPathRouting:
    """ASGI wrapper: routes an app on the path as it was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the raw path in the place of the decoded one."""
        if scope["type"] == "http":
            scope["path"] = scope["raw_path"].decode("latin-1")
        await self._app(scope, receive, send)
