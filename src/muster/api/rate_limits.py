"""Rate limits over HTTP: the headers that say where a request stands, and the REST API's 429s.

The sync endpoint asks its limiter itself, for its short way passes no middleware. What no route answers, a
404 or a 405, is not counted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Route, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.accounts.authentication import Authenticator
from muster.api.error_responses import error_response
from muster.core.clock import to_millis
from muster.core.errors import MusterError
from muster.core.ids import TokenId
from muster.limits.limiter import RateLimiter
from muster.limits.model import LimitScope, Verdict, route_name

_API: Final = "/api/v2"
_NAMES: Final = {
    LimitScope.GLOBAL: b"x-ratelimit-global",
    LimitScope.ROUTE: b"x-ratelimit-route",
    LimitScope.TOKEN: b"x-ratelimit-auth-token",
}
_RESET: Final = b"x-ratelimit-reset"

RawHeaders = list[tuple[bytes, bytes]]


def limit_headers(verdict: Verdict) -> RawHeaders:
    """Return the headers of an answer, as LaunchDarkly's REST API has them.

    There is no `Retry-After`: its generated clients would block until then, and send again by themselves.
    """
    reset = b"%d" % to_millis(verdict.resets_at)
    headers = []
    for standing in verdict.standings:
        name = _NAMES[standing.scope]
        headers.append((name + b"-limit", b"%d" % standing.most))
        headers.append((name + b"-remaining", b"%d" % standing.remaining))
        if standing.scope is LimitScope.TOKEN:
            headers.append((name + b"-reset", reset))
    headers.append((_RESET, reset))
    return headers


@dataclass(frozen=True, slots=True)
class LimitedRoute:
    """A route whose requests are counted.

    Attributes:
        path: its pattern, as the request log shows it.
    """

    verb: str
    path: str
    matcher: re.Pattern[str]

    @property
    def name(self) -> str:
        """What rate limits call it."""
        return route_name(self.verb, self.path)


def limited_routes(routes: Sequence[BaseRoute]) -> Iterator[LimitedRoute]:
    """Yield the routes of the API among an app's, one for each verb, in the order they are tried."""
    for route in routes:
        if isinstance(route, Route) and route.path.startswith(_API):
            matcher, _, _ = compile_path(route.path)
            for verb in sorted(route.methods or ()):
                yield LimitedRoute(verb, route.path, matcher)


class LimitedApp:
    """ASGI middleware: an app whose requests to routes of the API are counted before they reach it."""

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[LimitedRoute],
        limiter: RateLimiter,
        authenticator: Authenticator,
    ) -> None:
        """Wrap an app.

        Args:
            routes: those of the app, which are matched on the path as this middleware is given it.
        """
        self._app = app
        self._routes = routes
        self._limiter = limiter
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless a limit refuses it."""
        route = self._find_route(scope)
        if route is None:
            await self._app(scope, receive, send)
            return
        verdict = await self._limiter.admit(route.name, await self._find_token(scope))
        if verdict is None:
            await self._app(scope, receive, send)
            return
        sending = _with_headers(send, limit_headers(verdict))
        if verdict.refusal is None:
            await self._app(scope, receive, sending)
            return
        scope["route"] = route  # for the log
        await error_response(verdict.refusal)(scope, receive, sending)

    def _find_route(self, scope: Scope) -> LimitedRoute | None:
        if scope["type"] != "http":
            return None
        verb, path = scope["method"], scope["path"]
        if not path.startswith(_API):
            return None
        return next(
            (one for one in self._routes if one.verb == verb and one.matcher.match(path)), None
        )

    async def _find_token(self, scope: Scope) -> TokenId | None:
        credential = Headers(scope=scope).get("authorization")
        try:
            return (await self._authenticator.authenticate(credential)).token_id
        except MusterError:  # the app refuses it, if the route is not open to everybody
            return None


def _with_headers(send: Send, headers: RawHeaders) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return send_with_headers
