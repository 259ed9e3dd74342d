"""Tags."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.used_tags import UsedTags
from muster.api.parameters import Limit, Offset
from muster.api.representations import collection
from muster.core.errors import InvalidRequestError
from muster.core.paging import PageRequest
from muster.tags.service import TagService

_TAGS: Final = "/api/v2/tags"
_Kinds = Annotated[
    list[str] | None,
    Query(
        description="Of what: `project`, `environment`, `segment` or `integration`, more than once for "
        "several; of all where none is given.",
        examples=[["project", "segment"]],
    ),
]
_Prefix = Annotated[str, Query(description="How the tags begin; case matters.", examples=["eu"])]
_AsOf = Annotated[
    str | None, Query(description="Refused, for only the tags of now are known.", deprecated=True)
]


def create_router(principal: PrincipalDependency, tags: TagService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Tags"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_TAGS, summary="List the tags in use", **answers(UsedTags, 400))
    def get_tags(
        caller: Caller,
        kind: _Kinds = None,
        pre: _Prefix = "",
        limit: Limit = 1000,
        offset: Offset = 0,
        asOf: _AsOf = None,  # noqa: N803 - the API's name
    ) -> dict[str, Any]:
        """Return the tags of what the token may see, each once, in order."""
        if asOf is not None:
            raise InvalidRequestError(
                "asOf: Muster knows the tags that are in use now, and not those of another time. Leave it "
                "out."
            )
        page = tags.list_tags(caller, PageRequest(limit, offset), kinds=kind or (), prefix=pre)
        return collection(page.items, page, _TAGS, {"kind": kind or [], "pre": pre})

    return router
