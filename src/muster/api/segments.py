"""An environment's segments, and who is in them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from muster.access.principal import Principal
from muster.accounts.project_environments import EnvironmentService
from muster.api import representations
from muster.api.authentication import PrincipalDependency
from muster.core.paging import PageRequest
from muster.segments.service import SegmentService

_ENVIRONMENT = "/api/v2/segments/{projectKey:key}/{environmentKey:key}"


def create_router(
    principal: PrincipalDependency, environments: EnvironmentService, segments: SegmentService
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_ENVIRONMENT, summary="List an environment's segments")
    def list_segments(
        projectKey: str,  # noqa: N803 - the API's names
        environmentKey: str,  # noqa: N803
        caller: Caller,
        limit: Annotated[int, Query(ge=1, le=1000)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        environment = environments.get_environment(caller, projectKey, environmentKey)
        page = segments.list_segments(environment.id, PageRequest(limit, offset))
        return representations.collection(
            [representations.segment(one, environment) for one in page.items],
            page,
            representations.path("segments", environment.project_key, environment.key),
        )

    @router.get(_ENVIRONMENT + "/{segmentKey:key}", summary="Get a segment")
    def get_segment(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        environment = environments.get_environment(caller, projectKey, environmentKey)
        return representations.segment(
            segments.get_segment(environment.id, segmentKey), environment
        )

    @router.get(
        _ENVIRONMENT + "/{segmentKey:key}/contexts/{contextKey:key}",
        summary="Tell whether a context is in a segment",
    )
    def get_segment_membership_for_context(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        contextKey: str,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        environment = environments.get_environment(caller, projectKey, environmentKey)
        found = segments.get_membership(environment.id, segmentKey, contextKey)
        return {"userKey": contextKey, "included": found.included, "excluded": found.excluded}

    return router
