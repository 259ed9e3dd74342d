"""`GET /api/v2/versions`: the API's versions; partners test an access token with it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.root import Versions

_CURRENT = 20240415
_VALID = (20160426, 20191212, 20210729, 20220603, _CURRENT)


def create_router(principal: PrincipalDependency) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Other"])

    @router.get("/api/v2/versions", summary="List the API's versions", **answers(Versions))
    async def get_versions(_: Annotated[Principal, Depends(principal)]) -> dict[str, Any]:
        """Return the versions of the API. Partners test an access token with it."""
        return {
            "validVersions": list(_VALID),
            "latestVersion": _CURRENT,
            "currentVersion": _CURRENT,
            "beta": False,
        }

    return router
