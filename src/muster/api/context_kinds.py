"""The kinds of contexts that a project has."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.context_kinds import ContextKinds, ContextKindSaved
from muster.api.documents.sent import NAME
from muster.api.parameters import ProjectKey
from muster.api.representations import link, path
from muster.contexts.kinds import ContextKindService, KindFields
from muster.contexts.model import ContextKind
from muster.core.clock import to_millis
from muster.core.errors import InvalidRequestError

_KINDS: Final = "/api/v2/projects/{projectKey:key}/context-kinds"
_Key = Annotated[str, Path(description="The kind's key.", examples=["organization"])]


class ContextKindPut(BaseModel):
    """A kind, as it is to be. `hideInTargeting` is another word for `archived`."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"name": "Organization", "description": "Our customers"}]},
    )

    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    description: str | None = None
    """What it is for; left out, it stays as it is."""
    hideInTargeting: bool | None = None  # noqa: N815 - the API's names
    """The same as `archived`."""
    archived: bool | None = None
    """Whether it is to be hidden where people choose what to target; left out, it stays as it is."""
    version: Annotated[int, Field(json_schema_extra={"minimum": 1})] | None = None
    """The version that is to be changed: another one answers 409. Of a new kind, the one to begin with."""

    def to_fields(self) -> KindFields:
        """Return what is said of the kind.

        Raises:
            InvalidRequestError: the two words for archived contradict each other.
        """
        archived = self.hideInTargeting if self.archived is None else self.archived
        if self.hideInTargeting not in (None, archived):
            raise InvalidRequestError(
                "hideInTargeting and archived mean the same, and are different here.",
                pointer="/archived",
            )
        fields = KindFields(name=self.name)
        if self.description is not None:
            fields["description"] = self.description
        if archived is not None:
            fields["archived"] = archived
        return fields


def create_router(principal: PrincipalDependency, kinds: ContextKindService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Contexts"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_KINDS, summary="List the kinds of contexts", **answers(ContextKinds, 400, 404))
    def get_context_kinds_by_project_key(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        caller: Caller,
    ) -> dict[str, Any]:
        """Return a project's kinds: `user`, those that were made, and those that its contexts have."""
        found = kinds.list_kinds(caller, projectKey)
        own = path("projects", projectKey, "context-kinds")
        return {
            "items": [_show(one, projectKey) for one in found],
            "_links": {"self": link(own), "parent": link(path("projects", projectKey))},
        }

    @router.put(
        _KINDS + "/{key:key}",
        summary="Create or change a kind of contexts",
        **answers(ContextKindSaved, 400, 403, 404, 409, description="It is so now."),
    )
    def put_context_kind(
        projectKey: ProjectKey,  # noqa: N803
        key: _Key,
        wanted: ContextKindPut,
        caller: Caller,
    ) -> dict[str, Any]:
        """Make a kind, or change the one that there is."""
        kinds.put_kind(caller, projectKey, key, wanted.to_fields(), version=wanted.version)
        return {
            "status": "success",
            "_links": {
                "parent": link(path("projects", projectKey)),
                "self": link(path("projects", projectKey, "context-kinds", key)),
            },
        }

    return router


def _show(kind: ContextKind, project_key: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key": kind.key,
        "name": kind.name,
        "description": kind.description,
        "version": kind.version,
        "creationDate": to_millis(kind.created_at),
        "lastModified": to_millis(kind.modified_at),
        "createdFrom": kind.created_from,
        "hideInTargeting": kind.archived,
        "archived": kind.archived,
        "_links": {"parent": link(path("projects", project_key))},
    }
    if kind.last_seen_at is not None:
        shown["lastSeen"] = to_millis(kind.last_seen_at)
    return shown
