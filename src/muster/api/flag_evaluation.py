"""Flags for a context: what they serve it, and one of them set for it by its key."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from muster.access.principal import Principal
from muster.accounts.project_environments import EnvironmentService
from muster.api import representations
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.contexts import SentContext
from muster.api.documents.flag_evaluation import EvaluatedFlags
from muster.api.flag_representations import show_verdict
from muster.api.parameters import ContextKey, EnvironmentKey, FlagKey, Offset, ProjectKey
from muster.api.patches import read_comment
from muster.contexts.reading import read_contexts
from muster.core.clock import Clock
from muster.core.filters import (
    Comparison,
    Expression,
    Operator,
    check_fields,
    holds,
    parse_expression,
)
from muster.core.naming import check_context_kind, folded, is_part_of_any
from muster.core.paging import Page, PageRequest
from muster.core.sorting import SortFields, parse_sort, sorted_by
from muster.flags.edits import serving_context
from muster.flags.evaluation import FlagEvaluator, FlagVerdict
from muster.flags.service import FlagService
from muster.segments.targets import check_context_key

_ENVIRONMENT: Final = "/api/v2/projects/{projectKey:key}/environments/{environmentKey:key}"
_ALL: Final = -1
"""The limit of a page that has them all."""
_MAX_LIMIT: Final = 1000
_FIELDS: Final = {"query": [Operator.EQUALS], "tags": [Operator.CONTAINS]}
_SORTED_BY: Final["SortFields[FlagVerdict]"] = {
    "key": lambda verdict: verdict.flag.key,
    "name": lambda verdict: verdict.flag.name.casefold(),
}
_Kind = Annotated[str, Path(description="The context's kind.", examples=["user"])]
_Limit = Annotated[
    int,
    Query(ge=_ALL, description="How many items a page has at most; -1, as without it, for all."),
]
_Filter = Annotated[
    str | None,
    Query(
        description="Compares `query` (equals: a part of the key or the name) and `tags` (contains: they "
        "have all of them).",
        examples=['query equals "checkout", tags contains ["beta"]'],
    ),
]
_Sort = Annotated[
    str | None,
    Query(
        description="`key` or `name`, both with a comma between them; `-` before one turns it round. By key "
        "without it."
    ),
]


class ContextFlagSetting(BaseModel):
    """Which variation a context is to get by its key."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"setting": True, "comment": "Ada tries it first."}]},
    )

    setting: Any = None
    """The value of the variation; null, or nothing, for none: the rules decide again."""
    comment: str | None = None
    """Why, for the audit log."""


def create_router(
    principal: PrincipalDependency,
    environments: EnvironmentService,
    flags: FlagService,
    evaluator: FlagEvaluator,
    clock: Clock,
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Contexts"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.post(
        _ENVIRONMENT + "/flags/evaluate",
        summary="Evaluate flags for a context",
        **answers(EvaluatedFlags, 400, 404),
    )
    def evaluate_context_instance(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        environmentKey: EnvironmentKey,  # noqa: N803
        body: SentContext,
        caller: Caller,
        limit: _Limit = _ALL,
        offset: Offset = 0,
        filter: _Filter = None,  # noqa: A002
        sort: _Sort = None,
    ) -> dict[str, Any]:
        """Return what each flag that is not archived serves a context, as SDKs find it.

        Nothing is recorded of it.
        """
        environment = environments.get_environment(caller, projectKey, environmentKey)
        read_contexts(body)
        wanted = parse_expression(filter or "")
        check_fields(wanted, _FIELDS)
        found: Sequence[FlagVerdict] = [
            one for one in evaluator.evaluate(environment, body) if _is_wanted(one, wanted)
        ]
        found = sorted_by(found, parse_sort(sort or ""), _SORTED_BY)
        place = ("projects", environment.project_key, "environments", environment.key)
        href = representations.path(*place, "flags", "evaluate")
        asked = {"filter": filter, "sort": sort}
        end = len(found) if limit == _ALL else offset + limit
        shown = [show_verdict(one, environment) for one in found[offset:end]]
        if limit == _ALL:
            return _show_rest(shown, len(found), href, asked)
        page = Page(shown, len(found), PageRequest(limit, offset))
        return representations.collection(shown, page, href, asked)

    @router.put(
        _ENVIRONMENT + "/contexts/{kind:key}/{contextKey:key}/flags/{featureFlagKey:key}",
        summary="Set a flag for a context",
        **answers(None, 400, 403, 404, 409),
    )
    def put_context_flag_setting(
        projectKey: ProjectKey,  # noqa: N803
        environmentKey: EnvironmentKey,  # noqa: N803
        kind: _Kind,
        contextKey: ContextKey,  # noqa: N803
        featureFlagKey: FlagKey,  # noqa: N803
        body: ContextFlagSetting,
        caller: Caller,
    ) -> None:
        """Make a context a target of the variation with a value, and of no other; or of none.

        It need not have been seen before.
        """
        environment = environments.get_environment(caller, projectKey, environmentKey)
        check_context_kind(kind, "kind")
        key = check_context_key(contextKey, "contextKey")
        edit = serving_context(environment, kind, key, body.setting, clock)
        comment = read_comment(body.model_dump())
        flags.update_flag(caller, projectKey, featureFlagKey, edit, comment=comment)

    return router


def _show_rest(
    items: Sequence[dict[str, Any]], total: int, href: str, asked: Mapping[str, str | None]
) -> dict[str, Any]:
    """Show a list that is one page."""
    query = urlencode({name: value for name, value in asked.items() if value})
    own = representations.link(f"{href}?{query}" if query else href)
    return {"items": list(items), "totalCount": total, "_links": {"self": own}}


def _is_wanted(verdict: FlagVerdict, wanted: Expression | None) -> bool:
    flag = verdict.flag

    def test(one: Comparison) -> bool:
        if one.field == "tags":
            return folded(one.texts()) <= folded(flag.tags)
        return is_part_of_any(one.text(), flag.key, flag.name)

    return wanted is None or holds(wanted, test)
