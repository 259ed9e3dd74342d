"""A project's environments."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from muster.access.principal import Principal
from muster.accounts.service import ProjectService
from muster.api import representations
from muster.api.authentication import PrincipalDependency
from muster.core.paging import PageRequest


def create_router(principal: PrincipalDependency, projects: ProjectService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Environments"])

    @router.get(
        "/api/v2/projects/{projectKey:key}/environments", summary="List a project's environments"
    )
    def list_environments(
        projectKey: str,  # noqa: N803 - the API's name
        caller: Annotated[Principal, Depends(principal)],
        limit: Annotated[int, Query(ge=1, le=1000)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        page = projects.list_environments(caller, projectKey, PageRequest(limit, offset))
        return representations.collection(
            [representations.environment(one) for one in page.items],
            page,
            representations.path("projects", projectKey, "environments"),
        )

    return router
