"""Who is in a segment: members listed, memberships told."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query

from muster.access.actions import CREATE_SEGMENT_EXPORT
from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.segment_members import (
    EvaluatedContext,
    SegmentMemberKeys,
    SegmentMembership,
    SegmentVerdicts,
)
from muster.api.parameters import EnvironmentKey, ProjectKey, SegmentKey
from muster.api.representations import Json, link, path
from muster.api.segment_representations import segment_path
from muster.api.segment_services import SegmentServices
from muster.segments.edits import require_actions
from muster.segments.evaluation import SegmentVerdict
from muster.segments.model import MemberList
from muster.segments.targets import DEFAULT_CONTEXT_KIND

_SEGMENT: Final = "/api/v2/segments/{projectKey:key}/{environmentKey:key}/{segmentKey:key}"
_EVALUATE: Final = (
    "/api/v2/projects/{projectKey:key}/environments/{environmentKey:key}/segments/evaluate"
)
_UserKey = Annotated[str, Path(description="The user's key.", examples=["ada"])]
_List = Annotated[MemberList, Query(description="Which of the two lists.")]
_After = Annotated[str, Query(description="The key to go on after; empty for the first ones.")]
_Prefix = Annotated[str, Query(description="What the keys begin with; empty for all.")]
_Limit = Annotated[int, Query(ge=1, le=10_000, description="How many keys at most.")]


def create_router(principal: PrincipalDependency, services: SegmentServices) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

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
