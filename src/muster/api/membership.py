"""`GET .../segments/{P}/{E}/{S}/contexts/{key}`: whether a context is in a segment.

A plain ASGI endpoint: applications ask this thousands of times a second.
"""

from typing import Any, Final

import orjson
import structlog
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from muster.accounts.authentication import Authenticator
from muster.api.errors import METHOD_NOT_ALLOWED, error_content, status_of
from muster.api.paths import KeyConvertor
from muster.api.segment_services import SegmentServices
from muster.core.errors import InternalError, MusterError
from muster.core.ids import SegmentKey, new_uuid
from muster.segments.details import find_membership
from muster.segments.directory import SegmentDirectory
from muster.segments.store import MembershipReader

_log = structlog.get_logger(__name__)

PATH: Final = "/api/v2/segments/{projectKey}/{environmentKey}/{segmentKey}/contexts/{contextKey}"


_KEY: Final = KeyConvertor()


class _MembershipRoute(Route):
    """A route outside of any app, which has to refuse other methods by itself."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self.methods or set()
        if scope["method"] in methods:
            await self.app(scope, receive, send)
            return
        content = {"code": "method_not_allowed", "message": METHOD_NOT_ALLOWED, "id": new_uuid()}
        response = Response(
            orjson.dumps(content),
            405,
            media_type="application/json",
            headers={"Allow": ", ".join(sorted(methods))},
        )
        await response(scope, receive, send)


class MembershipEndpoint:
    """Answers whether a context is in a segment."""

    def __init__(
        self,
        authenticator: Authenticator,
        services: SegmentServices,
        directory: SegmentDirectory,
        memberships: MembershipReader,
    ) -> None:
        self._authenticator = authenticator
        self._services = services
        self._directory = directory
        self._memberships = memberships

    def routes(self) -> list[Route]:
        """Return the route of the endpoint; the path is matched as it was sent, see `muster.api.paths`."""
        return [_MembershipRoute(PATH, self, methods=["GET"], include_in_schema=False)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server."""
        status, content = await self._answer(scope)
        response = Response(orjson.dumps(content), status, media_type="application/json")
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> tuple[int, dict[str, Any]]:
        try:
            return 200, await self._tell(scope)
        except MusterError as error:
            return status_of(error), {**error_content(error), "id": new_uuid()}
        except Exception:
            error_id = new_uuid()
            _log.exception("request failed", error_id=error_id)
            unforeseen = InternalError("Something went wrong in Muster; its log has more.")
            return 500, {**error_content(unforeseen), "id": error_id}

    async def _tell(self, scope: Scope) -> dict[str, Any]:
        credential = _authorization(scope)
        caller = self._authenticator.cached(credential)
        if caller is None:
            caller = await self._authenticator.authenticate(credential)
        # Decoded here, not by the router: nobody would answer what that refuses.
        asked = {name: _KEY.convert(value) for name, value in scope["path_params"].items()}
        place = await self._services.get_environment(
            caller, asked["projectKey"], asked["environmentKey"]
        )
        key, context_key = SegmentKey(asked["segmentKey"]), asked["contextKey"]
        segment = self._directory.cached(place.id, key)
        if segment is None:
            segment = await self._directory.find(place.id, key)
        if segment is None:
            _, segment = await self._services.get_segment(caller, place.project_key, place.key, key)
        found = find_membership(segment, self._memberships, context_key)
        return {"userKey": context_key, "included": found.included, "excluded": found.excluded}


def _authorization(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return str(value.decode("latin-1"))
    return None
