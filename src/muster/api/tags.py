"""Tags."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.representations import collection
from muster.core.errors import InvalidRequestError
from muster.core.paging import PageRequest
from muster.tags.service import TagService

_TAGS: Final = "/api/v2/tags"


def create_router(principal: PrincipalDependency, tags: TagService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Tags"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_TAGS, summary="List the tags in use")
    def list_tags(
        caller: Caller,
        kind: Annotated[list[str] | None, Query()] = None,
        pre: str = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
        offset: Annotated[int, Query(ge=0)] = 0,
        asOf: str | None = None,  # noqa: N803 - the API's name
    ) -> dict[str, Any]:
        if asOf is not None:
            raise InvalidRequestError(
                "asOf: Muster knows the tags that are in use now, and not those of another time. Leave it "
                "out."
            )
        page = tags.list_tags(caller, PageRequest(limit, offset), kinds=kind or (), prefix=pre)
        return collection(page.items, page, _TAGS, {"kind": kind or [], "pre": pre})

    return router
