"""Who is in a segment: members of big segments changed, memberships told, targets that expire."""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from muster.access.actions import CREATE_SEGMENT_EXPORT
from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api.authentication import PrincipalDependency
from muster.api.body import BodyLimits, read_json_body
from muster.api.documents.answers import answers
from muster.api.documents.segment_members import (
    BigSegmentTargets,
    EvaluatedContext,
    SegmentMemberKeys,
    SegmentMembership,
    SegmentVerdicts,
    json_body,
)
from muster.api.parameters import EnvironmentKey, ProjectKey, SegmentKey
from muster.api.representations import Json, link, path
from muster.api.segment_representations import segment_path
from muster.api.segment_services import SegmentServices
from muster.core.errors import InvalidRequestError
from muster.core.pointers import format_pointer
from muster.segments.details import SegmentDetails
from muster.segments.edits import Edited, MemberEdit, require_actions
from muster.segments.evaluation import SegmentVerdict
from muster.segments.model import MemberList
from muster.segments.targets import DEFAULT_CONTEXT_KIND, are_context_keys, check_context_key

_SEGMENT: Final = "/api/v2/segments/{projectKey:key}/{environmentKey:key}/{segmentKey:key}"
_EVALUATE: Final = (
    "/api/v2/projects/{projectKey:key}/environments/{environmentKey:key}/segments/evaluate"
)
_UserKey = Annotated[str, Path(description="The user's key.", examples=["ada"])]
_List = Annotated[MemberList, Query(description="Which of the two lists.")]
_After = Annotated[str, Query(description="The key to go on after; empty for the first ones.")]
_Prefix = Annotated[str, Query(description="What the keys begin with; empty for all.")]
_Limit = Annotated[int, Query(ge=1, le=10_000, description="How many keys at most.")]


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


def create_router(
    principal: PrincipalDependency, services: SegmentServices, limits: BodyLimits
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    async def change_members(
        request: Request, caller: Principal, place: Environment, key: str, kind: str | None
    ) -> Response:
        body = await read_json_body(request.scope, request.receive, limits)
        edits = _read_targets(body).to_edits()
        await services.editor.update_segment(
            caller, place, key, lambda details: _member_edit(details, edits, kind)
        )
        return Response(status_code=204)

    @router.post(
        _SEGMENT + "/contexts",
        summary="Change the members of a big segment",
        openapi_extra=json_body(BigSegmentTargets),
        **answers(None, 400, 403, 404, 408, 413, 415),
    )
    async def update_big_segment_context_targets(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        request: Request,
        caller: Caller,
    ) -> Response:
        """Put contexts into the lists of a big segment, and take others out."""
        place = await services.get_environment(caller, projectKey, environmentKey)
        return await change_members(request, caller, place, segmentKey, None)

    @router.post(
        _SEGMENT + "/users",
        summary="Change the users of a big segment",
        openapi_extra=json_body(BigSegmentTargets),
        **answers(None, 400, 403, 404, 408, 413, 415),
    )
    async def update_big_segment_targets(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        request: Request,
        caller: Caller,
    ) -> Response:
        """Put users into the lists of a big segment that holds users, and take others out."""
        place = await services.get_environment(caller, projectKey, environmentKey)
        return await change_members(request, caller, place, segmentKey, DEFAULT_CONTEXT_KIND)

    @router.get(
        _SEGMENT + "/members",
        summary="List the keys of a big segment's members",
        **answers(SegmentMemberKeys, 400, 403, 404),
    )
    def get_segment_members(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        caller: Caller,
        list: _List = MemberList.INCLUDED,  # noqa: A002
        after: _After = "",
        prefix: _Prefix = "",
        limit: _Limit = 100,
    ) -> dict[str, Any]:
        """Return some of the keys in order. It takes what an export takes."""
        place, segment = services.find_segment(caller, projectKey, environmentKey, segmentKey)
        require_actions(caller, place, segment, [CREATE_SEGMENT_EXPORT])
        keys = services.segments.list_members(
            place.id, segmentKey, list, after=after, prefix=prefix, limit=limit
        )
        return {"items": keys, "_links": {"parent": link(segment_path(place, segment.key))}}

    @router.get(
        _SEGMENT + "/users/{userKey:key}",
        summary="Tell whether a user is in a segment",
        **answers(SegmentMembership, 400, 404),
    )
    def get_segment_membership_for_user(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        userKey: _UserKey,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Tell in which lists of a segment a user stands; rules are not asked."""
        place = services.environments.get_environment(caller, projectKey, environmentKey)
        found = services.segments.get_membership(
            place.id, segmentKey, userKey, context_kind=DEFAULT_CONTEXT_KIND
        )
        return {"userKey": userKey, "included": found.included, "excluded": found.excluded}

    @router.post(
        _EVALUATE,
        summary="Tell which segments a context is in",
        **answers(SegmentVerdicts, 400, 404),
    )
    def get_context_instance_segments_membership_by_env(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        context: EvaluatedContext,
        caller: Caller,
    ) -> dict[str, Any]:
        """Tell of each segment of an environment whether a context is in it, by its lists and its rules.

        The context is recorded as seen.
        """
        place = services.environments.get_environment(caller, projectKey, environmentKey)
        verdicts = services.evaluator.evaluate(place.id, context)
        services.recorder.observe(place, context, services.clock.now())
        here = path(
            "projects", place.project_key, "environments", place.key, "segments", "evaluate"
        )
        return {
            "items": [_show_verdict(one, place) for one in verdicts],
            "_links": {"self": link(here)},
        }

    return router


def _read_targets(body: bytes) -> SegmentTargets:
    try:
        return SegmentTargets.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise InvalidRequestError(f"The body is no JSON: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        if not first["loc"]:
            raise InvalidRequestError(
                'The body is no object; send {"included": {"add": [...], "remove": [...]}}.'
            ) from None
        pointer = format_pointer(*first["loc"])
        raise InvalidRequestError(f"{pointer}: {first['msg']}.", pointer=pointer) from None


def _checked(keys: list[str], pointer: str) -> list[str]:
    if not are_context_keys(keys):
        for index, key in enumerate(keys):
            check_context_key(key, f"{pointer}/{index}")
    return list(dict.fromkeys(keys))


def _member_edit(details: SegmentDetails, edits: list[MemberEdit], kind: str | None) -> Edited:
    segment = details.segment
    if kind is not None and segment.unbounded and segment.context_kind != kind:
        raise InvalidRequestError(
            f"The segment {segment.key} holds contexts of kind {segment.context_kind}, no users. Send them "
            "to .../contexts."
        )
    if not segment.unbounded:
        raise InvalidRequestError(
            f"The segment {segment.key} is not big: it holds its targets itself. Patch its /included or "
            "/includedContexts."
        )
    return Edited(segment, edits)


def _show_verdict(one: SegmentVerdict, place: Environment) -> Json:
    segment = one.segment
    return {
        "name": segment.name,
        "key": segment.key,
        "description": segment.description,
        "unbounded": segment.unbounded,
        "external": segment.source.integration_key if segment.source else "",
        "isMember": one.is_member,
        "isIndividuallyTargeted": one.is_individually_targeted,
        "isRuleTargeted": one.is_rule_targeted,
        "_links": {"self": link(segment_path(place, segment.key))},
    }
