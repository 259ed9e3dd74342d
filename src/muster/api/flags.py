"""Flags of a project: listed, made, changed and deleted."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api import representations
from muster.api.access import ACCESS
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.flag_patches import FLAG_PATCH, FlagSemanticPatch
from muster.api.documents.flags import Flag as FlagDocument
from muster.api.documents.flags import Flags
from muster.api.documents.patches import AnyPatch
from muster.api.documents.semantic_patches import with_semantic_patch
from muster.api.documents.sent import KEY, NAME, TAG, TAGS
from muster.api.flag_patches import read_flag_patch
from muster.api.flag_queries import FlagQuery
from muster.api.flag_representations import add_access, show_flag
from muster.api.parameters import DryRun, Expand, FlagKey, ProjectKey
from muster.api.projects import ClientSideAvailabilityPost
from muster.api.queries import read_expand
from muster.api.semantic_patches import SEMANTIC_PATCH
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from muster.flags.edits import MAX_DESCRIPTION_LENGTH, FlagDraft
from muster.flags.model import Flag, FlagPlace
from muster.flags.reading import read_custom_properties, read_defaults, read_variations
from muster.flags.service import FlagService

_FLAGS: Final = "/api/v2/flags/{projectKey:key}"
_ONE: Final = _FLAGS + "/{featureFlagKey:key}"
_Environments = Annotated[
    list[str] | None,
    Query(description="Keys of the environments in which the flag is to be shown; all without it."),
]


class FlagDefaultsPost(BaseModel):
    """Which variations a flag serves in an environment of which nothing else is said."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    onVariation: int  # noqa: N815 - the API's names
    """The index of the variation that all get while it is on."""
    offVariation: int  # noqa: N815
    """The index of the variation that all get while it is off."""


class FlagPost(BaseModel):
    """A flag to be made."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [{"key": "checkout", "name": "The new checkout", "tags": ["beta"]}]
        },
    )

    key: Annotated[str, KEY]
    """Unique in its project: 1 to 256 letters, digits, `.`, `_` and `-`, first a letter or a digit."""
    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    description: (
        Annotated[str, Field(json_schema_extra={"maxLength": MAX_DESCRIPTION_LENGTH})] | None
    ) = None
    """What it is for: at most 4,096 characters."""
    tags: Annotated[list[Annotated[str, TAG]], TAGS] | None = None
    """At most 100. Where this or one of the next four is left out, the project says what new flags have."""
    variations: list[dict[str, Any]] | None = None
    """The values that it can have, `{"value": ..., "name": ...}`; true and false, as the project calls them,
    where none are given."""
    defaults: FlagDefaultsPost | None = None
    """The first variation while it is on, and the last while it is off, where only variations are given."""
    temporary: bool | None = None
    """Whether it is to be removed some day."""
    clientSideAvailability: ClientSideAvailabilityPost | None = None  # noqa: N815
    """Which SDKs outside of servers get it."""
    includeInSnippet: bool | None = None  # noqa: N815
    """Whether browsers get it; the older word for `usingEnvironmentId`."""
    customProperties: dict[str, Any] | None = None  # noqa: N815
    """What else is to be kept of it, by key: `{"name": ..., "value": ["...", ...]}`."""
    isFlagOn: bool | None = None  # noqa: N815
    """Whether it is on in all environments from the start; it is off, where nothing is said."""

    def to_draft(self) -> FlagDraft:
        """Return what is to be made.

        Raises:
            InvalidRequestError: its variations, defaults or properties can't be so.
        """
        variations = (
            () if self.variations is None else read_variations(self.variations, "/variations")
        )
        defaults = None
        if self.defaults is not None:
            count = len(variations) or 2
            defaults = read_defaults(self.defaults.model_dump(), "/defaults", count)
        availability = self.clientSideAvailability
        if availability is None and self.includeInSnippet is not None:
            availability = ClientSideAvailabilityPost(usingEnvironmentId=self.includeInSnippet)
        return FlagDraft(
            key=self.key,
            name=self.name,
            description=self.description or "",
            tags=self.tags,
            variations=variations,
            defaults=defaults,
            temporary=self.temporary,
            availability=None if availability is None else availability.to_model(),
            custom_properties=read_custom_properties(
                self.customProperties or {}, "/customProperties"
            ),
            on=bool(self.isFlagOn),
        )


def create_router(principal: PrincipalDependency, flags: FlagService, clock: Clock) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Feature flags"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def show(
        one: Flag,
        place: FlagPlace,
        caller: Principal,
        environments: Sequence[Environment],
        expand: str | None = None,
    ) -> dict[str, Any]:
        shown = show_flag(one, place.project, environments)
        if ACCESS not in read_expand(expand):
            return shown
        return add_access(shown, one, place.project, environments, caller)

    @router.get(_FLAGS, summary="List a project's flags", **answers(Flags, 400, 404))
    def get_feature_flags(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        caller: Caller,
        asked: Annotated[FlagQuery, Query()],
    ) -> dict[str, Any]:
        """Return a page of a project's flags, those that are not archived where nothing is said of it.

        With `env`, or `filterEnv` in the filter, each is shown as it is in those environments.
        """
        page, place = flags.list_flags(
            caller,
            projectKey,
            PageRequest(asked.limit, asked.offset),
            asked.to_filter(),
            parse_sort(asked.sort or ""),
        )
        keys = asked.environment_keys()
        shown_in = _chosen(place, keys) if keys else None
        return representations.collection(
            [show_flag(one, place.project, shown_in, summary=asked.summary) for one in page.items],
            page,
            representations.path("flags", place.project.key),
            asked.to_link(),
        )

    @router.post(
        _FLAGS,
        summary="Create a flag",
        **answers(FlagDocument, 400, 403, 404, 409, status=201),
    )
    def post_feature_flag(
        projectKey: ProjectKey,  # noqa: N803
        wanted: FlagPost,
        caller: Caller,
    ) -> dict[str, Any]:
        """Make a flag, off in all environments unless it is to be on."""
        made, place = flags.create_flag(caller, projectKey, wanted.to_draft())
        return show(made, place, caller, place.environments)

    @router.get(_ONE, summary="Get a flag", **answers(FlagDocument, 400, 404))
    def get_feature_flag(
        projectKey: ProjectKey,  # noqa: N803
        featureFlagKey: FlagKey,  # noqa: N803
        caller: Caller,
        env: _Environments = None,
        expand: Expand = None,
    ) -> dict[str, Any]:
        """Return a flag as it is in each environment."""
        one, place = flags.get_flag(caller, projectKey, featureFlagKey)
        return show(one, place, caller, _chosen(place, env or ()), expand)

    @router.patch(
        _ONE,
        summary="Change a flag",
        openapi_extra=with_semantic_patch(SEMANTIC_PATCH, FlagSemanticPatch, FLAG_PATCH),
        **answers(FlagDocument, 400, 403, 404, 409, 422),
    )
    def patch_feature_flag(
        projectKey: ProjectKey,  # noqa: N803
        featureFlagKey: FlagKey,  # noqa: N803
        request: Request,
        body: AnyPatch,
        caller: Caller,
        dryRun: DryRun = False,  # noqa: N803
    ) -> dict[str, Any]:
        """Change what it is in all environments: `name`, `description`, `tags`, `variations`, `defaults`,
        `temporary`, `archived`, `clientSideAvailability`, `customProperties`; or whom it serves what in one:
        `/environments/{key}/on`, `rules`, `targets`, `contextTargets`, `fallthrough`, `offVariation`,
        `prerequisites`, `trackEvents`, `trackEventsFallthrough`. Or follow instructions. All, or nothing.
        """
        patch = read_flag_patch(body, request.headers.get("content-type", ""), clock)
        changed, place = flags.update_flag(
            caller,
            projectKey,
            featureFlagKey,
            patch.edit,
            comment=patch.comment,
            dry_run=dryRun,
        )
        return show(changed, place, caller, place.environments)

    @router.delete(_ONE, summary="Delete a flag", **answers(None, 400, 403, 404, 409))
    def delete_feature_flag(
        projectKey: ProjectKey,  # noqa: N803
        featureFlagKey: FlagKey,  # noqa: N803
        caller: Caller,
    ) -> None:
        """Delete a flag in all environments; not while it is a prerequisite of other flags."""
        flags.delete_flag(caller, projectKey, featureFlagKey)

    return router


def _chosen(place: FlagPlace, keys: Sequence[str]) -> Sequence[Environment]:
    """Return the environments with these keys; all of them for none.

    Raises:
        InvalidRequestError: there is none with one of them.
    """
    for key in keys:
        if place.find(key) is None:
            known = ", ".join(one.key for one in place.environments[:20])
            raise InvalidRequestError(
                f"env: {place.project.key} has no environment {key[:256]!r}. It has {known}."
            )
    return [one for one in place.environments if not keys or one.key in keys]
