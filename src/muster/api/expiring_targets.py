"""Targets of segments that expire. The paths name the segment before the environment."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.expiring_targets import (
    ChangedExpiringTargets,
    ChangedExpiringUserTargets,
    ExpiringTargets,
    ExpiringTargetsPatch,
    ExpiringUserTargets,
)
from muster.api.parameters import EnvironmentKey, ProjectKey, SegmentKey
from muster.api.patches import read_comment
from muster.api.representations import Json, link, path
from muster.api.segment_services import SegmentServices
from muster.core.clock import to_millis
from muster.core.errors import InvalidRequestError
from muster.segments.expiry import ExpiringTarget, FailedInstruction
from muster.segments.model import Segment
from muster.segments.targets import DEFAULT_CONTEXT_KIND

_SEGMENT: Final = "/api/v2/segments/{projectKey:key}/{segmentKey:key}"
_CONTEXTS: Final = "expiring-targets"
_USERS: Final = "expiring-user-targets"


def create_router(principal: PrincipalDependency, services: SegmentServices) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def list_targets(
        caller: Principal, project_key: str, segment_key: str, environment_key: str, form: str
    ) -> Json:
        place, segment = services.find_segment(caller, project_key, environment_key, segment_key)
        return _show(services.expiring_targets.list_targets(segment), place, segment, form)

    def patch_targets(
        caller: Principal,
        project_key: str,
        segment_key: str,
        environment_key: str,
        form: str,
        body: Any,
    ) -> Json:
        if not isinstance(body, dict):
            raise InvalidRequestError(
                'Expected an object: {"instructions": [{"kind": "addExpiringTarget", ...}]}.'
            )
        place, segment = services.find_segment(caller, project_key, environment_key, segment_key)
        targets, failed = services.expiring_targets.change_targets(
            caller, place, segment, body.get("instructions"), comment=read_comment(body)
        )
        count = len(body["instructions"])
        return {**_show(targets, place, segment, form), **_show_outcome(count, failed)}

    @router.get(
        f"{_SEGMENT}/{_CONTEXTS}/{{environmentKey:key}}",
        summary="List a segment's targets that expire",
        **answers(ExpiringTargets, 400, 404),
    )
    def get_expiring_targets_for_segment(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        segmentKey: SegmentKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Return the contexts that leave a list of a segment at a moment, the first one first."""
        return list_targets(caller, projectKey, segmentKey, environmentKey, _CONTEXTS)

    @router.patch(
        f"{_SEGMENT}/{_CONTEXTS}/{{environmentKey:key}}",
        summary="Change when a segment's targets expire",
        **answers(ChangedExpiringTargets, 400, 403, 404),
    )
    def patch_expiring_targets_for_segment(
        projectKey: ProjectKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        body: ExpiringTargetsPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Follow instructions. One that can't be followed does not keep the others from it."""
        return patch_targets(caller, projectKey, segmentKey, environmentKey, _CONTEXTS, body)

    @router.get(
        f"{_SEGMENT}/{_USERS}/{{environmentKey:key}}",
        summary="List a segment's users that expire",
        **answers(ExpiringUserTargets, 400, 404),
    )
    def get_expiring_user_targets_for_segment(
        projectKey: ProjectKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Return the users who leave a list of a segment at a moment, the first one first."""
        return list_targets(caller, projectKey, segmentKey, environmentKey, _USERS)

    @router.patch(
        f"{_SEGMENT}/{_USERS}/{{environmentKey:key}}",
        summary="Change when a segment's users expire",
        **answers(ChangedExpiringUserTargets, 400, 403, 404),
    )
    def patch_expiring_user_targets_for_segment(
        projectKey: ProjectKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        body: ExpiringTargetsPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Follow instructions. One that can't be followed does not keep the others from it."""
        return patch_targets(caller, projectKey, segmentKey, environmentKey, _USERS, body)

    return router


def _show(
    targets: Sequence[ExpiringTarget], place: Environment, segment: Segment, form: str
) -> Json:
    own = path("segments", place.project_key, segment.key, form, place.key)
    shown = [
        one for one in targets if form == _CONTEXTS or one.context_kind == DEFAULT_CONTEXT_KIND
    ]
    return {
        "items": [_show_target(one, place, segment, form) for one in shown],
        "_links": {"self": link(own)},
    }


def _show_target(one: ExpiringTarget, place: Environment, segment: Segment, form: str) -> Json:
    who = (
        {"userKey": one.context_key}
        if form == _USERS
        else {"contextKind": one.context_kind, "contextKey": one.context_key}
    )
    return {
        "_id": one.id,
        "_version": one.version,
        "expirationDate": to_millis(one.expires_at),
        "targetType": one.member_list.value,
        **who,
        "_resourceId": {
            "kind": "segment",
            "projectKey": place.project_key,
            "environmentKey": place.key,
            "key": segment.key,
            "flagKey": "",
        },
    }


def _show_outcome(count: int, failed: Sequence[FailedInstruction]) -> Json:
    shown: Json = {
        "totalInstructions": count,
        "successfulInstructions": count - len(failed),
        "failedInstructions": len(failed),
    }
    if failed:
        shown["errors"] = [
            {"instructionIndex": one.index, "message": one.message} for one in failed
        ]
    return shown
