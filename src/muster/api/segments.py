"""Segments of an environment: listed, made, changed and deleted."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api import representations
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.patches import AnyPatch
from muster.api.documents.segment_patches import SEGMENT_PATCH, SegmentSemanticPatch
from muster.api.documents.segments import Segment, Segments, SegmentWithFlags
from muster.api.documents.semantic_patches import with_semantic_patch
from muster.api.documents.sent import KEY, NAME, TAG, TAGS
from muster.api.flag_representations import show_flag_user
from muster.api.parameters import (
    DryRun,
    EnvironmentKey,
    Expand,
    Limit,
    Offset,
    ProjectKey,
    SegmentKey,
)
from muster.api.queries import read_expand
from muster.api.segment_patches import read_segment_patch
from muster.api.segment_representations import segment as show_segment
from muster.api.segment_services import SegmentServices
from muster.api.semantic_patches import SEMANTIC_PATCH
from muster.core.filters import parse_expression
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from muster.segments.details import SegmentDetails
from muster.segments.edits import MAX_DESCRIPTION_LENGTH, SegmentDraft
from muster.segments.queries import SegmentQuery
from muster.segments.targets import DEFAULT_CONTEXT_KIND

_ENVIRONMENT: Final = "/api/v2/segments/{projectKey:key}/{environmentKey:key}"
_ONE: Final = _ENVIRONMENT + "/{segmentKey:key}"


_Filter = Annotated[
    str | None,
    Query(
        description="Comparisons: a comma is AND, a `|` is OR, parentheses group. Fields are `tags`, `query` "
        "(a part of key, name or description), `external`, `unbounded`, `includedKeys` and `excludedKeys`.",
        examples=['tags anyOf ["eu"], unbounded equals true'],
    ),
]
_Sort = Annotated[
    str | None,
    Query(
        description="`creationDate`, `name` or `lastModified`, several with commas between them; `-` before "
        "one turns it round. Newest first without it.",
        examples=["-lastModified,name"],
    ),
]


class SegmentPost(BaseModel):
    """A segment to be made; it holds nobody at first."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [{"key": "beta-testers", "name": "Beta testers", "tags": ["beta"]}]
        },
    )

    key: Annotated[str, KEY]
    """Unique in its environment: 1 to 256 letters, digits, `.`, `_` and `-`, first a letter or a digit."""
    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    description: (
        Annotated[str, Field(json_schema_extra={"maxLength": MAX_DESCRIPTION_LENGTH})] | None
    ) = None
    """What it is for: at most 4,096 characters."""
    tags: Annotated[list[Annotated[str, TAG]], TAGS] | None = None
    """At most 100."""
    unbounded: bool | None = None
    """Whether it is a big segment, which can have any number of members and no rules."""
    unboundedContextKind: (  # noqa: N815 - the API's name
        Annotated[str, Field(json_schema_extra={"pattern": "^[A-Za-z0-9._-]{0,256}$"})] | None
    ) = None
    """The kind of the contexts that a big segment is to hold; `user` where it is left out."""

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

    @router.get(
        _ENVIRONMENT, summary="List an environment's segments", **answers(Segments, 400, 404)
    )
    async def get_segments(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
        limit: Limit = 20,
        offset: Offset = 0,
        filter: _Filter = None,  # noqa: A002
        sort: _Sort = None,
        expand: Expand = None,
    ) -> Response:
        """Return a page of an environment's segments."""
        place = await services.get_environment(caller, projectKey, environmentKey)
        query = SegmentQuery(parse_expression(filter or ""), parse_sort(sort or ""))
        page = await asyncio.to_thread(
            services.segments.list_segments, place.id, PageRequest(limit, offset), query
        )
        shown = representations.collection(
            [show(one, place, caller, expand) for one in page.items],
            page,
            representations.path("segments", place.project_key, place.key),
            {"filter": filter, "sort": sort, "expand": expand},
        )
        # What FastAPI would make of it first takes longer than to find and to write it.
        return JSONResponse(shown)

    @router.post(
        _ENVIRONMENT,
        summary="Create a segment",
        **answers(Segment, 400, 403, 404, 409, status=201),
    )
    async def post_segment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        wanted: SegmentPost,
        caller: Caller,
    ) -> dict[str, Any]:
        """Make a segment that holds nobody: a big one, or one with rules and targets of its own."""
        place = await services.get_environment(caller, projectKey, environmentKey)
        return show_segment(
            await services.editor.create_segment(caller, place, wanted.to_draft()), place
        )

    @router.get(_ONE, summary="Get a segment", **answers(SegmentWithFlags, 400, 404))
    def get_segment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        caller: Caller,
        expand: Expand = None,
    ) -> dict[str, Any]:
        """Return a segment, with how many members it has."""
        place = services.environments.get_environment(caller, projectKey, environmentKey)
        details = services.segments.get_segment(place.id, segmentKey)
        shown = show(details, place, caller, expand)
        users = services.segments.list_flags(place.id, segmentKey)
        return {**shown, "_flags": [show_flag_user(one, place) for one in users]}

    @router.patch(
        _ONE,
        summary="Change a segment",
        openapi_extra=with_semantic_patch(SEMANTIC_PATCH, SegmentSemanticPatch, SEGMENT_PATCH),
        **answers(Segment, 400, 403, 404, 409, 422),
    )
    async def patch_segment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        request: Request,
        body: AnyPatch,
        caller: Caller,
        dryRun: DryRun = False,  # noqa: N803
    ) -> dict[str, Any]:
        """Change `name`, `description`, `tags`, `rules`, `included`, `excluded`, `includedContexts` or
        `excludedContexts`, or follow instructions: all, or nothing.

        Rules and targets of a big segment can't be changed so, nor the name of a synced one.
        """
        place = await services.get_environment(caller, projectKey, environmentKey)
        patch = read_segment_patch(body, request.headers.get("content-type", ""), place)
        details, edited = await services.editor.update_segment(
            caller, place, segmentKey, patch.edit, comment=patch.comment, dry_run=dryRun
        )
        if edited.import_ids and not dryRun:
            await services.imports.process_imports(place, details.segment, edited.import_ids)
        return show_segment(details, place)

    @router.delete(_ONE, summary="Delete a segment", **answers(None, 400, 403, 404, 409))
    async def delete_segment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        segmentKey: SegmentKey,  # noqa: N803
        caller: Caller,
    ) -> None:
        """Delete a segment and its members; not while flags or other segments ask for it."""
        place = await services.get_environment(caller, projectKey, environmentKey)
        await services.editor.delete_segment(caller, place, segmentKey)
        services.purger.wake()

    return router
