"""Contexts: searched, and told of what attributes they have."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.contexts import (
    AttributeNames,
    AttributeValues,
    FoundContexts,
)
from muster.api.parameters import ContextKey, EnvironmentKey, ProjectKey
from muster.api.representations import link, path
from muster.contexts.model import ContextRecord, Position
from muster.contexts.service import MAX_LIMIT, ContextPage, ContextQuery, ContextService, Weighted
from muster.core.errors import InvalidRequestError

_ENVIRONMENT: Final = "/api/v2/projects/{projectKey:key}/environments/{environmentKey:key}"
_MAX_SURVEY_LIMIT: Final = 1000
_SEARCH: Final[dict[str, Any]] = {"filter": 'user.email startsWith "ada@"', "limit": 20}
_Kind = Annotated[str, Path(description="The context's kind.", examples=["user"])]
_AttributeName = Annotated[
    str,
    Path(description="The attribute's name, or a JSON pointer to it, escaped.", examples=["email"]),
]
_SurveyLimit = Annotated[
    int, Query(ge=1, le=_MAX_SURVEY_LIMIT, description="How many are wanted of each kind at most.")
]
_NamesFilter = Annotated[
    str | None,
    Query(
        description="Compares `kind` (equals) and `name` (startsWith).",
        examples=['kind equals "user",name startsWith "/address"'],
    ),
]
_ValuesFilter = Annotated[
    str | None,
    Query(
        description="Compares `kind` (equals), which is needed, and `value` (startsWith).",
        examples=['kind equals "user"'],
    ),
]


class _Search(BaseModel):
    """How the query says what is searched for."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    filter: str | None = None
    """Comparisons such as `kind equals "user"`, with `,` for AND and `|` for OR."""
    sort: str | None = None
    """Refused, for contexts are ordered by kind and key."""
    limit: Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": MAX_LIMIT})] | None = (
        None
    )
    """How many contexts a page has at most: 1 to 50, 20 unless it says otherwise."""
    continuationToken: str | None = None  # noqa: N815 - the API's names
    """That of the page before, for the same filter."""


class _SearchQuery(_Search):
    includeTotalCount: bool = False  # noqa: N815
    """Whether all that match are to be counted."""


class ContextSearch(_Search):
    """What is searched for; the query can say the same instead."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [_SEARCH]},
    )


_SentSearch = Annotated[
    ContextSearch | None,
    Body(
        description="What is searched for; the query can say the same instead.",
        examples=[_SEARCH],
    ),
]


def create_router(principal: PrincipalDependency, contexts: ContextService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Contexts"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.post(
        _ENVIRONMENT + "/contexts/search",
        summary="Search contexts",
        **answers(FoundContexts, 400, 404),
    )
    def search_contexts(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
        asked: Annotated[_SearchQuery, Query()],
        body: _SentSearch = None,
    ) -> dict[str, Any]:
        """Return contexts by kind and key: those that were evaluated, and members of segments.

        What is searched for stands in the body or in the query.
        """
        query = _read_search(asked, body)
        page = contexts.search(caller, projectKey, environmentKey, query)
        return _page(page, query, _place(page.environment, "contexts", "search"))

    @router.get(
        _ENVIRONMENT + "/contexts/{kind:key}/{contextKey:key}",
        summary="Get a context, as each application sent it",
        **answers(FoundContexts, 400, 404),
    )
    def get_contexts(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        kind: _Kind,
        contextKey: ContextKey,  # noqa: N803
        caller: Caller,
        asked: Annotated[_SearchQuery, Query()],
    ) -> dict[str, Any]:
        """Return a context, once for each application that evaluated it; an empty list where nobody
        knows it."""
        query = _read_search(asked, None)
        position = Position(kind, contextKey)
        page = contexts.get_contexts(caller, projectKey, environmentKey, position, query)
        return _page(
            page, query, _place(page.environment, "contexts", *position), by_application=True
        )

    @router.get(
        _ENVIRONMENT + "/context-attributes",
        summary="List the attributes of contexts",
        **answers(AttributeNames, 400, 404),
    )
    def get_context_attribute_names(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        caller: Caller,
        filter: _NamesFilter = None,  # noqa: A002
        limit: _SurveyLimit = 100,
    ) -> dict[str, Any]:
        """Return the attributes of the contexts of each kind that were seen last, some thousands."""
        found = contexts.list_attribute_names(
            caller, projectKey, environmentKey, filter_text=filter, limit=limit
        )
        return _survey(found, "names")

    @router.get(
        _ENVIRONMENT + "/context-attributes/{attributeName:key}",
        summary="List the values of an attribute",
        **answers(AttributeValues, 400, 404),
    )
    def get_context_attribute_values(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        attributeName: _AttributeName,  # noqa: N803
        caller: Caller,
        filter: _ValuesFilter = None,  # noqa: A002
        limit: _SurveyLimit = 50,
    ) -> dict[str, Any]:
        """Return the values that an attribute has in the contexts of a kind that were seen last."""
        found = contexts.list_attribute_values(
            caller, projectKey, environmentKey, attributeName, filter_text=filter, limit=limit
        )
        return _survey(found, "values")

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
