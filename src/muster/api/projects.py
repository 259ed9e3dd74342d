"""Projects."""

import asyncio
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.model import FOR_MOBILE, ClientSideAvailability, Environment, Project
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectChanges, ProjectDraft, ProjectFilter, ProjectService
from muster.accounts.visible import read_all
from muster.api import representations
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.patches import AnyPatch
from muster.api.documents.projects import Project as ProjectDocument
from muster.api.documents.projects import Projects, ProjectWithEnvironments
from muster.api.documents.sent import KEY, NAME, TAG, TAGS
from muster.api.environments import EnvironmentPost, show_environment
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.parameters import Limit, Offset, ProjectKey, Sort
from muster.api.patches import apply_patch, read_patch
from muster.api.queries import all_of, any_of, read_expand, read_filter
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from muster.segments.purging import SegmentPurger

_PROJECTS: Final = "/api/v2/projects"
_ONE: Final = _PROJECTS + "/{projectKey:key}"
_ENVIRONMENTS: Final = "environments"
_Filter = Annotated[
    str | None,
    Query(
        description="`field:value` pairs with commas between them; fields are `query`, `tags` (`+` between "
        "those that are all wanted) and `keys` (`|` between alternatives).",
        examples=["query:shop,tags:eu+beta"],
    ),
]
_Expand = Annotated[
    str | None,
    Query(
        description="What to show besides, with commas between: `environments` for the first 20 of each, "
        "`access` for what the token may do.",
        examples=["environments,access"],
    ),
]
_NAMES: Final = {
    "name": "name",
    "tags": "tags",
    "includeInSnippetByDefault": "include_in_snippet_by_default",
    "defaultClientSideAvailability": "default_availability",
}
"""What can be changed of a project: as the API calls it, and as Muster does."""
_FILTERS: Final = ("query", "tags", "keys")


class ClientSideAvailabilityPost(Fields):
    """Which SDKs outside of servers get new flags."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    usingEnvironmentId: bool = False  # noqa: N815 - the API's names
    """Those in browsers."""
    usingMobileKey: bool = False  # noqa: N815
    """Those in mobile apps."""

    def to_model(self) -> ClientSideAvailability:
        return ClientSideAvailability(self.usingEnvironmentId, self.usingMobileKey)


class ProjectPost(BaseModel):
    """A project to be made; without environments it gets `production` and `test`."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"key": "shop", "name": "The shop", "tags": ["eu"]}]},
    )

    key: Annotated[str, KEY]
    """Unique: 1 to 256 letters, digits, `.`, `_` and `-`, the first a letter or a digit."""
    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    tags: Annotated[list[Annotated[str, TAG]], TAGS] | None = None
    """At most 100."""
    includeInSnippetByDefault: bool | None = None  # noqa: N815
    """Whether new flags are for browsers; the older word for `usingEnvironmentId`."""
    defaultClientSideAvailability: ClientSideAvailabilityPost | None = None  # noqa: N815
    """Which SDKs outside of servers get new flags; mobile ones where nothing is said."""
    environments: list[EnvironmentPost] | None = None
    """Its environments; `production` and `test` where none are given."""

    def to_draft(self) -> ProjectDraft:
        """Return what is to be made.

        Raises:
            InvalidRequestError: one of its environments is to be a copy.
        """
        availability = self.defaultClientSideAvailability
        return ProjectDraft(
            key=self.key,
            name=self.name,
            tags=self.tags or (),
            include_in_snippet_by_default=bool(self.includeInSnippetByDefault),
            default_availability=FOR_MOBILE if availability is None else availability.to_model(),
            environments=[
                one.to_draft(f"/environments/{place}")
                for place, one in enumerate(self.environments or ())
            ],
        )


class _ProjectFields(Fields):
    name: str
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    includeInSnippetByDefault: bool  # noqa: N815
    defaultClientSideAvailability: ClientSideAvailabilityPost  # noqa: N815


def create_router(
    principal: PrincipalDependency,
    projects: ProjectService,
    environments: EnvironmentService,
    purger: SegmentPurger,
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Projects"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def show(one: Project, caller: Principal, expand: str | None) -> dict[str, Any]:
        wanted = read_expand(expand)
        shown = with_access(representations.project(one), wanted, caller, one.resource)
        if _ENVIRONMENTS in wanted:
            page = environments.list_environments(caller, one.key, PageRequest())
            shown[_ENVIRONMENTS] = representations.collection(
                [show_environment(each, caller, wanted) for each in page.items],
                page,
                representations.path("projects", one.key, _ENVIRONMENTS),
            )
        return shown

    @router.get(_PROJECTS, summary="List projects", **answers(Projects, 400))
    def get_projects(
        caller: Caller,
        limit: Limit = 20,
        offset: Offset = 0,
        filter: _Filter = None,  # noqa: A002 - the API's name
        sort: Sort = None,
        expand: _Expand = None,
    ) -> dict[str, Any]:
        """Return a page of the projects that the token may view."""
        page = projects.list_projects(
            caller, PageRequest(limit, offset), _read_filter(filter), parse_sort(sort or "")
        )
        return representations.collection(
            [show(one, caller, expand) for one in page.items],
            page,
            _PROJECTS,
            {"filter": filter, "sort": sort, "expand": expand},
        )

    @router.post(
        _PROJECTS,
        summary="Create a project",
        **answers(ProjectWithEnvironments, 400, 403, 409, status=201),
    )
    def post_project(wanted: ProjectPost, caller: Caller) -> dict[str, Any]:
        """Make a project. Without `environments` it gets `production` and `test`."""
        made, its_environments = projects.create_project(caller, wanted.to_draft())
        shown = [representations.environment(one, with_sdk_key=True) for one in its_environments]
        return {**representations.project(made), _ENVIRONMENTS: shown}

    @router.get(_ONE, summary="Get a project", **answers(ProjectDocument, 400, 404))
    def get_project(
        projectKey: ProjectKey,  # noqa: N803
        caller: Caller,
        expand: _Expand = None,
    ) -> dict[str, Any]:
        """Return a project."""
        return show(projects.get_project(caller, projectKey), caller, expand)

    @router.patch(
        _ONE,
        summary="Change a project",
        **answers(ProjectWithEnvironments, 400, 403, 404, 409, 422),
    )
    def patch_project(
        projectKey: ProjectKey,  # noqa: N803
        body: AnyPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `name`, `tags`, `includeInSnippetByDefault` or `defaultClientSideAvailability`."""
        patch = read_patch(body)
        shown = representations.project(projects.get_project(caller, projectKey))
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_ProjectFields, patched)
        changes = changed_fields(fields, _NAMES, shown, patched)
        if "default_availability" in changes:
            changes["default_availability"] = fields.defaultClientSideAvailability.to_model()
        changed = projects.update_project(
            caller, projectKey, cast("ProjectChanges", changes), comment=patch.comment
        )
        its_environments = _all_environments(environments, caller, changed)
        return {
            **representations.project(changed),
            _ENVIRONMENTS: [show_environment(one, caller) for one in its_environments],
        }

    @router.delete(_ONE, summary="Delete a project", **answers(None, 400, 403, 404))
    async def delete_project(projectKey: ProjectKey, caller: Caller) -> None:  # noqa: N803
        """Delete a project with its environments and their segments.

        The last project can't be deleted: that answers 400.
        """
        await asyncio.to_thread(projects.delete_project, caller, projectKey)
        purger.wake()

    return router


def _all_environments(
    environments: EnvironmentService, caller: Principal, project: Project
) -> list[Environment]:
    return list(read_all(lambda page: environments.list_environments(caller, project.key, page)))


def _read_filter(text: str | None) -> ProjectFilter:
    found = read_filter(text, _FILTERS)
    return ProjectFilter(
        query=found.get("query", ""),
        tags=all_of(found.get("tags", "")),
        keys=any_of(found["keys"]) if "keys" in found else None,
    )
