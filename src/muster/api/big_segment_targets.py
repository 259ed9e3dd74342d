"""`POST .../segments/{P}/{E}/{S}/contexts` and `/users`: members of big segments, by hand.

Plain routes, for scripts send members as partners do: a thousand at a time, again and again.
"""

from typing import Final

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from muster.accounts.authentication import Authenticator
from muster.api.body import BodyLimits, read_json_body
from muster.api.misfits import misfit_in_fields
from muster.api.plain_routes import PlainRequest, PlainRoute
from muster.api.segment_services import SegmentServices
from muster.core.errors import InvalidRequestError
from muster.segments.edits import MemberEdit
from muster.segments.model import MemberList
from muster.segments.targets import DEFAULT_CONTEXT_KIND, are_context_keys, check_context_key

_SEGMENT: Final = "/api/v2/segments/{projectKey}/{environmentKey}/{segmentKey}"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class TargetChanges(_Strict):
    """Contexts, by their keys, that are to enter or leave a list."""

    add: list[str] = []
    remove: list[str] = []


class SegmentTargets(_Strict):
    """What is to become of the members of a big segment."""

    included: TargetChanges | None = None
    excluded: TargetChanges | None = None

    def to_edits(self) -> list[MemberEdit]:
        """Return the changes of each list.

        Raises:
            InvalidRequestError: one of the keys can be no context's.
        """
        edits = []
        for member_list, changes in (
            (MemberList.INCLUDED, self.included),
            (MemberList.EXCLUDED, self.excluded),
        ):
            if changes is not None:
                added = _checked(changes.add, f"/{member_list}/add")
                removed = _checked(changes.remove, f"/{member_list}/remove")
                edits.append(MemberEdit(member_list, added, removed))
        return edits


class BigSegmentTargetsEndpoint:
    """Puts contexts into the lists of big segments, and takes others out."""

    def __init__(
        self, authenticator: Authenticator, services: SegmentServices, limits: BodyLimits
    ) -> None:
        self._authenticator = authenticator
        self._services = services
        self._limits = limits

    def routes(self) -> list[PlainRoute]:
        """Return the routes of the endpoint: for contexts, and for users as there were before them."""
        return [
            PlainRoute("POST", _SEGMENT + "/contexts", self._authenticator, self._change_contexts),
            PlainRoute("POST", _SEGMENT + "/users", self._authenticator, self._change_users),
        ]

    async def _change_contexts(self, request: PlainRequest) -> Response:
        return await self._change(request, None)

    async def _change_users(self, request: PlainRequest) -> Response:
        return await self._change(request, DEFAULT_CONTEXT_KIND)

    async def _change(self, request: PlainRequest, context_kind: str | None) -> Response:
        asked = request.parameters
        place = await self._services.get_environment(
            request.caller, asked["projectKey"], asked["environmentKey"]
        )
        body = await read_json_body(request.scope, request.receive, self._limits)
        await self._services.editor.change_members(
            request.caller,
            place,
            asked["segmentKey"],
            _read_targets(body).to_edits(),
            context_kind=context_kind,
        )
        return Response(status_code=204)


def _read_targets(body: bytes) -> SegmentTargets:
    try:
        return SegmentTargets.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise InvalidRequestError(f"The body is no JSON: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise InvalidRequestError(
                'The body is no object; send {"included": {"add": [...], "remove": [...]}}.'
            ) from None
        raise misfit_in_fields(first) from None


def _checked(keys: list[str], pointer: str) -> list[str]:
    if not are_context_keys(keys):
        for index, key in enumerate(keys):
            check_context_key(key, f"{pointer}/{index}")
    return list(dict.fromkeys(keys))
