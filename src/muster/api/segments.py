"""Segments of an environment: listed, made, changed and deleted."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api import representations
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.queries import read_expand
from muster.api.segment_patches import read_segment_patch
from muster.api.segment_representations import segment as show_segment
from muster.api.segment_services import SegmentServices
from muster.core.filters import parse_expression
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from muster.segments.details import SegmentDetails
from muster.segments.edits import SegmentDraft
from muster.segments.queries import SegmentQuery
from muster.segments.targets import DEFAULT_CONTEXT_KIND

_ENVIRONMENT: Final = "/api/v2/segments/{projectKey:key}/{environmentKey:key}"
_ONE: Final = _ENVIRONMENT + "/{segmentKey:key}"


class SegmentBody(BaseModel):
    """A segment to be made; it holds nobody at first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"key": "beta-testers", "name": "Beta testers", "tags": ["beta"]}]
        }
    )

    key: str
    name: str
    description: str | None = None
    tags: list[str] | None = None
    unbounded: bool | None = None
    unboundedContextKind: str | None = None  # noqa: N815 - the API's name

    def to_draft(self) -> SegmentDraft:
        """Return what is to be made."""
        return SegmentDraft(
            key=self.key,
            name=self.name,
            description=self.description or "",
            tags=self.tags or (),
            unbounded=bool(self.unbounded),
            context_kind=self.unboundedContextKind or DEFAULT_CONTEXT_KIND,
        )


def create_router(principal: PrincipalDependency, services: SegmentServices) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Segments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def show(
        one: SegmentDetails, place: Environment, caller: Principal, expand: str | None
    ) -> dict[str, Any]:
        resource = place.segment_resource(one.segment.key, one.segment.tags)
        return with_access(show_segment(one, place), read_expand(expand), caller, resource)

    @router.get(_ENVIRONMENT, summary="List an environment's segments")
    def list_segments(
        projectKey: str,  # noqa: N803 - the API's names
        environmentKey: str,  # noqa: N803
        caller: Caller,
        limit: Annotated[int, Query(ge=1, le=1000)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
        filter: str | None = None,  # noqa: A002
        sort: str | None = None,
        expand: str | None = None,
    ) -> dict[str, Any]:
        place = services.environments.get_environment(caller, projectKey, environmentKey)
        query = SegmentQuery(parse_expression(filter or ""), parse_sort(sort or ""))
        page = services.segments.list_segments(place.id, PageRequest(limit, offset), query)
        return representations.collection(
            [show(one, place, caller, expand) for one in page.items],
            page,
            representations.path("segments", place.project_key, place.key),
            {"filter": filter, "sort": sort, "expand": expand},
        )

    @router.post(_ENVIRONMENT, summary="Create a segment", status_code=201)
    async def create_segment(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        wanted: SegmentBody,
        caller: Caller,
    ) -> dict[str, Any]:
        place = await services.get_environment(caller, projectKey, environmentKey)
        return show_segment(
            await services.editor.create_segment(caller, place, wanted.to_draft()), place
        )

    @router.get(_ONE, summary="Get a segment")
    def get_segment(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        caller: Caller,
        expand: str | None = None,
    ) -> dict[str, Any]:
        place = services.environments.get_environment(caller, projectKey, environmentKey)
        details = services.segments.get_segment(place.id, segmentKey)
        shown = show(details, place, caller, expand)
        # Muster keeps no flags yet that could use it.
        return {**shown, "_flags": []}

    @router.patch(_ONE, summary="Change a segment")
    async def patch_segment(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        request: Request,
        body: Annotated[Any, Body()],
        caller: Caller,
        dryRun: bool = False,  # noqa: N803
    ) -> dict[str, Any]:
        place = await services.get_environment(caller, projectKey, environmentKey)
        patch = read_segment_patch(body, request.headers.get("content-type", ""), place)
        details, edited = await services.editor.update_segment(
            caller, place, segmentKey, patch.edit, comment=patch.comment, dry_run=dryRun
        )
        if edited.import_ids and not dryRun:
            await services.imports.process_imports(place, details.segment, edited.import_ids)
        return show_segment(details, place)

    @router.delete(_ONE, summary="Delete a segment", status_code=204)
    async def delete_segment(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        segmentKey: str,  # noqa: N803
        caller: Caller,
    ) -> None:
        place = await services.get_environment(caller, projectKey, environmentKey)
        await services.editor.delete_segment(caller, place, segmentKey)
        services.purger.wake()

    return router
