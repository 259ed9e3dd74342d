"""An environment's segments, and who is in them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from muster.access.principal import Principal
from muster.accounts.project_environments import EnvironmentService
from muster.api import representations
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.segments import Segment, SegmentMembership, Segments
from muster.api.parameters import (
    ContextKey,
    EnvironmentKey,
    Limit,
    Offset,
    ProjectKey,
    SegmentKey,
)
from muster.core.paging import PageRequest
from muster.segments.service import SegmentService

_ENVIRONMENT = "/api/v2/segments/{projectKey:key}/{environmentKey:key}"


def create_router(
    principal: PrincipalDependency, environments: EnvironmentService, segments: SegmentService
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(
        _ENVIRONMENT, summary="List an environment's segments", **answers(Segments, 400, 404)
    )
    def get_segments(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """Return a page of an environment's segments, by key."""
        environment = environments.get_environment(caller, projectKey, environmentKey)
        page = segments.list_segments(environment.id, PageRequest(limit, offset))
        return representations.collection(
            [representations.segment(one, environment) for one in page.items],
            page,
            representations.path("segments", environment.project_key, environment.key),
        )

    @router.get(
        _ENVIRONMENT + "/{segmentKey:key}", summary="Get a segment", **answers(Segment, 400, 404)
    )
    def get_segment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Return a segment, with exact counts of its members."""
        environment = environments.get_environment(caller, projectKey, environmentKey)
        return representations.segment(
            segments.get_segment(environment.id, segmentKey), environment
        )

    @router.get(
        _ENVIRONMENT + "/{segmentKey:key}/contexts/{contextKey:key}",
        summary="Tell whether a context is in a segment",
        **answers(SegmentMembership, 400, 404),
    )
    def get_segment_membership_for_context(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        contextKey: ContextKey,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Tell whether a context is in a big segment.

        A context that nobody has heard of is in none.
        """
        environment = environments.get_environment(caller, projectKey, environmentKey)
        found = segments.get_membership(environment.id, segmentKey, contextKey)
        return {"userKey": contextKey, "included": found.included, "excluded": found.excluded}

    return router
