"""`GET .../segments/{P}/{E}/{S}/contexts/{key}`: whether a context is in a segment.

A plain route: applications ask this thousands of times a second.
"""

from typing import Final

import orjson
from starlette.responses import Response

from muster.accounts.authentication import Authenticator
from muster.api.plain_routes import PlainRequest, PlainRoute
from muster.api.segment_services import SegmentServices
from muster.core.ids import SegmentKey
from muster.segments.details import find_membership
from muster.segments.directory import SegmentDirectory
from muster.segments.store import MembershipReader

PATH: Final = "/api/v2/segments/{projectKey}/{environmentKey}/{segmentKey}/contexts/{contextKey}"


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

    def routes(self) -> list[PlainRoute]:
        """Return the route of the endpoint."""
        return [PlainRoute("GET", PATH, self._authenticator, self._respond)]

    async def _respond(self, request: PlainRequest) -> Response:
        asked = request.parameters
        place = await self._services.get_environment(
            request.caller, asked["projectKey"], asked["environmentKey"]
        )
        key, context_key = SegmentKey(asked["segmentKey"]), asked["contextKey"]
        segment = self._directory.cached(place.id, key)
        if segment is None:
            segment = await self._directory.find(place.id, key)
        if segment is None:
            _, segment = await self._services.get_segment(
                request.caller, place.project_key, place.key, key
            )
        found = find_membership(segment, self._memberships, context_key)
        content = {
            "userKey": context_key,
            "included": found.included,
            "excluded": found.excluded,
        }
        return Response(orjson.dumps(content), media_type="application/json")
