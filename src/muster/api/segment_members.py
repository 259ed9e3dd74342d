"""The keys of a segment's members, a page at a time: an operation of Muster's own.

LaunchDarkly tells only of one context at a time whether it is a member.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from muster.access.principal import Principal
from muster.accounts.project_environments import EnvironmentService
from muster.api.authentication import PrincipalDependency
from muster.api.representations import link, path
from muster.segments.model import MemberList
from muster.segments.service import SegmentService

_PATH = "/api/v2/segments/{projectKey:key}/{environmentKey:key}/{segmentKey:key}/members"


def create_router(
    principal: PrincipalDependency, environments: EnvironmentService, segments: SegmentService
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Segments"])

    @router.get(_PATH, summary="List the keys of a segment's members")
    def list_members(
        projectKey: str,  # noqa: N803 - the API's names
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        caller: Annotated[Principal, Depends(principal)],
        list: MemberList = MemberList.INCLUDED,  # noqa: A002
        after: str = "",
        prefix: str = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        environment = environments.get_environment(caller, projectKey, environmentKey)
        keys = segments.list_members(
            environment.id, segmentKey, list, after=after, prefix=prefix, limit=limit
        )
        segment = path("segments", environment.project_key, environment.key, segmentKey)
        return {"items": keys, "_links": {"parent": link(segment)}}

    return router
