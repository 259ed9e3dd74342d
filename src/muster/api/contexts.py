"""Contexts: searched, and told of what attributes they have."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.accounts.project_environments import EnvironmentService
from muster.api.authentication import PrincipalDependency
from muster.api.representations import link, path
from muster.contexts.model import ContextRecord, Position
from muster.contexts.reading import read_contexts
from muster.contexts.service import ContextPage, ContextQuery, ContextService, Weighted
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.filters import Operator, check_fields, parse_expression

_ENVIRONMENT: Final = "/api/v2/projects/{projectKey:key}/environments/{environmentKey:key}"
_MAX_SURVEY_LIMIT: Final = 1000


class _Search(BaseModel):
    """How the query says what is searched for."""

    filter: str | None = None
    sort: str | None = None
    limit: int | None = None
    continuationToken: str | None = None  # noqa: N815 - the API's names


class _SearchQuery(_Search):
    includeTotalCount: bool = False  # noqa: N815


class ContextSearch(_Search):
    """What is searched for; the query can say the same instead."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={"examples": [{"filter": 'user.email startsWith "ada@"', "limit": 20}]},
    )


def create_router(
    principal: PrincipalDependency, environments: EnvironmentService, contexts: ContextService
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Contexts"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.post(_ENVIRONMENT + "/contexts/search", summary="Search contexts")
    def search_contexts(
        projectKey: str,  # noqa: N803 - the API's names
        environmentKey: str,  # noqa: N803
        caller: Caller,
        asked: Annotated[_SearchQuery, Query()],
        body: ContextSearch | None = None,
    ) -> dict[str, Any]:
        query = _read_search(asked, body)
        page = contexts.search(caller, projectKey, environmentKey, query)
        return _page(page, query, _place(page.environment, "contexts", "search"))

    @router.get(
        _ENVIRONMENT + "/contexts/{kind:key}/{contextKey:key}",
        summary="Get a context, as each application sent it",
    )
    def get_contexts(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        kind: str,
        contextKey: str,  # noqa: N803
        caller: Caller,
        asked: Annotated[_SearchQuery, Query()],
    ) -> dict[str, Any]:
        query = _read_search(asked, None)
        position = Position(kind, contextKey)
        page = contexts.get_contexts(caller, projectKey, environmentKey, position, query)
        return _page(
            page, query, _place(page.environment, "contexts", *position), by_application=True
        )

    @router.get(_ENVIRONMENT + "/context-attributes", summary="List the attributes of contexts")
    def get_context_attribute_names(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        caller: Caller,
        filter: str | None = None,  # noqa: A002
        limit: Annotated[int, Query(ge=1, le=_MAX_SURVEY_LIMIT)] = 100,
    ) -> dict[str, Any]:
        found = contexts.list_attribute_names(
            caller, projectKey, environmentKey, filter_text=filter, limit=limit
        )
        return _survey(found, "names")

    @router.get(
        _ENVIRONMENT + "/context-attributes/{attributeName:key}",
        summary="List the values of an attribute",
    )
    def get_context_attribute_values(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        attributeName: str,  # noqa: N803
        caller: Caller,
        filter: str | None = None,  # noqa: A002
        limit: Annotated[int, Query(ge=1, le=_MAX_SURVEY_LIMIT)] = 50,
    ) -> dict[str, Any]:
        found = contexts.list_attribute_values(
            caller, projectKey, environmentKey, attributeName, filter_text=filter, limit=limit
        )
        return _survey(found, "values")

    @router.post(_ENVIRONMENT + "/flags/evaluate", summary="Evaluate flags for a context")
    def evaluate_context_instance(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        body: Annotated[Any, Body()],
        caller: Caller,
        filter: str | None = None,  # noqa: A002
    ) -> dict[str, Any]:
        """Answer with no flags, for there are none yet; the context is checked, and not recorded."""
        environment = environments.get_environment(caller, projectKey, environmentKey)
        read_contexts(body)
        check_fields(
            parse_expression(filter or ""),
            {"query": [Operator.EQUALS], "tags": [Operator.CONTAINS]},
        )
        own = link(_place(environment, "flags", "evaluate"))
        return {"items": [], "totalCount": 0, "_links": {"self": own}}

    @router.put(
        _ENVIRONMENT + "/contexts/{kind:key}/{contextKey:key}/flags/{featureFlagKey:key}",
        summary="Set a flag for a context",
        status_code=204,
    )
    def put_context_flag_setting(
        projectKey: str,  # noqa: N803
        environmentKey: str,  # noqa: N803
        featureFlagKey: str,  # noqa: N803
        caller: Caller,
    ) -> None:
        """Answer that there is no such flag, for there are none yet."""
        environment = environments.get_environment(caller, projectKey, environmentKey)
        raise NotFoundError(
            f"The project {environment.project_key} has no flag {featureFlagKey[:256]!r}: Muster has no "
            "flags yet."
        )

    return router


def _read_search(query: _SearchQuery, body: ContextSearch | None) -> ContextQuery:
    in_query = query.model_dump(exclude_none=True, exclude={"includeTotalCount"})
    in_body = {} if body is None else body.model_dump(exclude_none=True)
    if in_body and in_query:
        raise InvalidRequestError(
            f"The body has {', '.join(in_body)}, and the query has {', '.join(in_query)}. Give all of it in "
            "one of the two."
        )
    asked: _Search = query if body is None or not in_body else body
    if asked.sort:
        raise InvalidRequestError(
            "sort: contexts are ordered by kind and key, and can't be sorted otherwise. Leave it out."
        )
    return ContextQuery(
        asked.filter,
        20 if asked.limit is None else asked.limit,
        asked.continuationToken,
        query.includeTotalCount,
    )


def _page(
    page: ContextPage, query: ContextQuery, href: str, *, by_application: bool = False
) -> dict[str, Any]:
    def at(token: str | None) -> dict[str, Any]:
        asked = {
            "limit": str(query.limit),
            "filter": query.filter,
            "continuationToken": token,
            "includeTotalCount": "true" if query.with_total else None,
        }
        return link(f"{href}?{urlencode({name: one for name, one in asked.items() if one})}")

    shown: dict[str, Any] = {
        "_environmentId": page.environment.id,
        "items": [
            _show(one, page.environment, by_application=by_application) for one in page.items
        ],
        "_links": {"self": at(query.continuation_token)},
    }
    if page.continuation_token is not None:
        shown["_links"]["next"] = at(page.continuation_token)
        shown["continuationToken"] = page.continuation_token
    if page.total_count is not None:
        shown["totalCount"] = page.total_count
    return shown


def _show(one: ContextRecord, place: Environment, *, by_application: bool) -> dict[str, Any]:
    own = _place(place, "contexts", one.kind, one.key)
    shown: dict[str, Any] = {
        "context": {"kind": one.kind, "key": one.key, **one.attributes},
        "associatedContexts": 1,
        "_links": {"parent": link(_place(place)), "self": link(own)},
    }
    if one.last_seen_at is not None:
        seen_at = one.last_seen_at.astimezone(UTC).isoformat(timespec="milliseconds")
        shown["lastSeen"] = seen_at.replace("+00:00", "Z")
    if by_application and one.application_id is not None:
        shown["applicationId"] = one.application_id
    return shown


def _survey(found: Mapping[str, Sequence[Weighted]], what: str) -> dict[str, Any]:
    return {
        "items": [
            {
                "kind": kind,
                what: [{"name": one.value, "weight": one.weight} for one in weighted],
            }
            for kind, weighted in sorted(found.items())
        ]
    }


def _place(environment: Environment, *parts: str) -> str:
    return path("projects", environment.project_key, "environments", environment.key, *parts)
