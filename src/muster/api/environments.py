"""A project's environments."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.model import Environment
from muster.accounts.project_environments import (
    VIEW_SDK_KEY,
    EnvironmentChanges,
    EnvironmentFilter,
    EnvironmentService,
)
from muster.api import representations
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.environments import Environment as EnvironmentDocument
from muster.api.documents.environments import Environments
from muster.api.documents.patches import AnyPatch
from muster.api.documents.sent import COLOR, KEY, NAME, TAG, TAGS, TTL_MINUTES
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.parameters import (
    EnvironmentKey,
    Expand,
    Expiry,
    Limit,
    Offset,
    ProjectKey,
    Sort,
)
from muster.api.patches import apply_patch, read_patch
from muster.api.queries import all_of, read_expand, read_filter, true_or_false
from muster.core.clock import from_millis
from muster.core.errors import InvalidRequestError
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from muster.segments.purging import SegmentPurger

_ALL: Final = "/api/v2/projects/{projectKey:key}/environments"
_ONE: Final = _ALL + "/{environmentKey:key}"
_Filter = Annotated[
    str | None,
    Query(
        description="`field:value` pairs with commas between them; fields are `query`, `tags` (`+` between "
        "those that are all wanted) and `critical` (`true` or `false`).",
        examples=["query:prod,critical:true"],
    ),
]
_NAMES: Final = {
    "name": "name",
    "color": "color",
    "tags": "tags",
    "critical": "critical",
    "defaultTtl": "default_ttl_minutes",
    "secureMode": "secure_mode",
    "defaultTrackEvents": "default_track_events",
    "requireComments": "require_comments",
    "confirmChanges": "confirm_changes",
}
"""What can be changed of an environment: as the API calls it, and as Muster does."""
_FILTERS: Final = ("query", "tags", "critical")


class EnvironmentPost(BaseModel):
    """An environment to be made."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [{"key": "staging", "name": "Staging", "color": "7B42BC", "tags": ["eu"]}]
        },
    )

    key: Annotated[str, KEY]
    """Unique in its project: 1 to 256 letters, digits, `.`, `_` and `-`, the first a letter or a digit."""
    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    color: Annotated[str, COLOR]
    """Six hexadecimal digits, without `#`."""
    tags: Annotated[list[Annotated[str, TAG]], TAGS] | None = None
    """At most 100."""
    critical: bool | None = None
    """Whether changes are to be made with care; policies can tell by it."""
    defaultTtl: Annotated[int, TTL_MINUTES] | None = None  # noqa: N815 - the API's names
    """How long SDKs may keep what they have read: 0 to 60 minutes."""
    secureMode: bool | None = None  # noqa: N815
    """Whether browsers have to prove whom they ask for."""
    defaultTrackEvents: bool | None = None  # noqa: N815
    """Whether new flags send events in detail."""
    requireComments: bool | None = None  # noqa: N815
    """Whether people are asked for a comment with each change."""
    confirmChanges: bool | None = None  # noqa: N815
    """Whether people are asked to confirm each change."""
    source: dict[str, Any] | None = None
    """An environment to copy; refused, for none can be copied yet."""

    def to_draft(self, at: str = "") -> EnvironmentDraft:
        """Return what is to be made.

        Args:
            at: the pointer to it in the body.

        Raises:
            InvalidRequestError: it is to be a copy.
        """
        if self.source is not None:
            raise InvalidRequestError(
                "Muster can't copy an environment: leave source out.", pointer=f"{at}/source"
            )
        return EnvironmentDraft(
            key=self.key,
            name=self.name,
            color=self.color,
            tags=self.tags or (),
            critical=bool(self.critical),
            default_ttl_minutes=self.defaultTtl or 0,
            secure_mode=bool(self.secureMode),
            default_track_events=bool(self.defaultTrackEvents),
            require_comments=bool(self.requireComments),
            confirm_changes=bool(self.confirmChanges),
        )


class _EnvironmentFields(Fields):
    name: str
    color: str
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    critical: bool
    defaultTtl: int  # noqa: N815
    secureMode: bool  # noqa: N815
    defaultTrackEvents: bool  # noqa: N815
    requireComments: bool  # noqa: N815
    confirmChanges: bool  # noqa: N815


def create_router(
    principal: PrincipalDependency, environments: EnvironmentService, purger: SegmentPurger
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Environments"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_ALL, summary="List a project's environments", **answers(Environments, 400, 404))
    def get_environments_by_project(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        caller: Caller,
        limit: Limit = 20,
        offset: Offset = 0,
        filter: _Filter = None,  # noqa: A002
        sort: Sort = None,
        expand: Expand = None,
    ) -> dict[str, Any]:
        """Return a page of a project's environments."""
        page = environments.list_environments(
            caller,
            projectKey,
            PageRequest(limit, offset),
            _read_filter(filter),
            parse_sort(sort or ""),
        )
        return representations.collection(
            [show_environment(one, caller, read_expand(expand)) for one in page.items],
            page,
            representations.path("projects", projectKey, "environments"),
            {"filter": filter, "sort": sort, "expand": expand},
        )

    @router.post(
        _ALL,
        summary="Create an environment",
        **answers(EnvironmentDocument, 400, 403, 404, 409, status=201),
    )
    def post_environment(
        projectKey: ProjectKey,  # noqa: N803
        wanted: EnvironmentPost,
        caller: Caller,
    ) -> dict[str, Any]:
        """Make an environment, with keys of its own for SDKs."""
        made = environments.create_environment(caller, projectKey, wanted.to_draft())
        return representations.environment(made, with_sdk_key=True)

    @router.get(_ONE, summary="Get an environment", **answers(EnvironmentDocument, 400, 404))
    def get_environment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
        expand: Expand = None,
    ) -> dict[str, Any]:
        """Return an environment."""
        found = environments.get_environment(caller, projectKey, environmentKey)
        return show_environment(found, caller, read_expand(expand))

    @router.patch(
        _ONE,
        summary="Change an environment",
        **answers(EnvironmentDocument, 400, 403, 404, 409, 422),
    )
    def patch_environment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        body: AnyPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `name`, `color`, `tags`, `critical`, `defaultTtl`, `secureMode`,
        `defaultTrackEvents`, `requireComments` or `confirmChanges`."""
        patch = read_patch(body)
        found = environments.get_environment(caller, projectKey, environmentKey)
        shown = show_environment(found, caller)
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_EnvironmentFields, patched)
        changes = cast("EnvironmentChanges", changed_fields(fields, _NAMES, shown, patched))
        changed = environments.update_environment(
            caller, projectKey, environmentKey, changes, comment=patch.comment
        )
        return show_environment(changed, caller)

    @router.delete(_ONE, summary="Delete an environment", **answers(None, 400, 403, 404))
    async def delete_environment(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
    ) -> None:
        """Delete an environment with its segments and their members.

        A project's last one can't be deleted: that answers 400.
        """
        await asyncio.to_thread(environments.delete_environment, caller, projectKey, environmentKey)
        purger.wake()

    @router.post(
        _ONE + "/apiKey",
        summary="Give an environment another SDK key",
        **answers(EnvironmentDocument, 400, 403, 404),
    )
    def reset_environment_sdk_key(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
        expiry: Expiry = None,
    ) -> dict[str, Any]:
        """Give an environment another SDK key.

        The old one stops working at once, or when `expiry` says.
        """
        changed = environments.reset_sdk_key(
            caller,
            projectKey,
            environmentKey,
            old_key_until=None if expiry is None else from_millis(expiry),
        )
        return representations.environment(changed, with_sdk_key=True)

    @router.post(
        _ONE + "/mobileKey",
        summary="Give an environment another mobile key",
        **answers(EnvironmentDocument, 400, 403, 404),
    )
    def reset_environment_mobile_key(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Give an environment another mobile key. The old one stops working at once."""
        changed = environments.reset_mobile_key(caller, projectKey, environmentKey)
        return show_environment(changed, caller)

    return router


def show_environment(
    one: Environment, caller: Principal, expand: Collection[str] = ()
) -> dict[str, Any]:
    """Show an environment to somebody: its SDK key only to whoever may view that."""
    shown = representations.environment(one, with_sdk_key=caller.allows(VIEW_SDK_KEY, one.resource))
    return with_access(shown, expand, caller, one.resource)


def _read_filter(text: str | None) -> EnvironmentFilter:
    found: Mapping[str, str] = read_filter(text, _FILTERS)
    critical = found.get("critical")
    return EnvironmentFilter(
        query=found.get("query", ""),
        tags=all_of(found.get("tags", "")),
        critical=None if critical is None else true_or_false(critical, "critical"),
    )
