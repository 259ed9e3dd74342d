"""Routes of the REST API outside of FastAPI, for what is asked thousands of times a second.

FastAPI and its middleware take longer than a lookup does, and a tenth of what 1,000 members take.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from muster.access.principal import Principal
from muster.accounts.authentication import Authenticator
from muster.api.body import ClientGoneError
from muster.api.error_responses import (
    error_response,
    method_not_allowed_response,
    unforeseen_response,
)
from muster.api.paths import KeyConvertor
from muster.core.errors import MusterError

_KEY: Final = KeyConvertor()


class PlainRequest(NamedTuple):
    """A request whose token is known.

    Attributes:
        parameters: those of the path, decoded.
        scope: ASGI's, to read a body with, as `receive` is.
    """

    caller: Principal
    parameters: Mapping[str, str]
    scope: Scope
    receive: Receive


Respond = Callable[[PlainRequest], Awaitable[Response]]
"""Answers a request; a `MusterError` that it raises becomes the standard error."""


class PlainRoute(Route):
    """A route of one method that wants a token, and does for itself what FastAPI does for others."""

    def __init__(
        self, method: str, path: str, authenticator: Authenticator, respond: Respond
    ) -> None:
        """Take what answers the path, which is matched as it was sent; see `muster.api.paths`."""
        super().__init__(path, respond, methods=[method], include_in_schema=False)
        self._method = method
        self._authenticator = authenticator
        self._respond = respond
        self.methods = {method}  # no HEAD with GET, as with FastAPI's

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server."""
        try:
            response = await self._answer(scope, receive)
        except ClientGoneError:
            return
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] != self._method:
            return method_not_allowed_response([self._method])
        try:
            credential = _authorization(scope)
            caller = self._authenticator.cached(credential)
            if caller is None:
                caller = await self._authenticator.authenticate(credential)
            # Decoded here, not by the router: nobody would answer what that refuses.
            parameters = {name: _KEY.convert(value) for name, value in scope["path_params"].items()}
            return await self._respond(PlainRequest(caller, parameters, scope, receive))
        except MusterError as error:
            return error_response(error)
        except ClientGoneError:
            raise
        except Exception as error:
            return unforeseen_response(error)


def _authorization(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return str(value.decode("latin-1"))
    return None
