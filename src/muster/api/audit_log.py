"""The audit log."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Path, Query

from muster.access.policy import Effect, Policy, Statement
from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.audit_log import AuditCounts, AuditEntries, AuditEntryWithVersions
from muster.api.documents.policies import STATEMENT, Statements
from muster.api.representations import link, path
from muster.audit.log import AuditFilter
from muster.audit.model import Actor, AuditEntry
from muster.audit.service import AuditService
from muster.core.clock import LATEST_MILLIS, Clock, from_millis, to_millis
from muster.core.errors import InvalidRequestError
from muster.core.ids import AccountId
from muster.core.pointers import Json

_LOG: Final = "/api/v2/auditlog"
_MOST_AT_ONCE: Final = 100
"""More entries than are written in one millisecond."""
_BEFORE: Final = "Only changes made earlier than this, in milliseconds since 1970."
_AFTER: Final = "Only changes made later than this, in milliseconds since 1970."
_Before = Annotated[int | None, Query(ge=0, le=LATEST_MILLIS, description=_BEFORE)]
_After = Annotated[int | None, Query(ge=0, le=LATEST_MILLIS, description=_AFTER)]
_Text = Annotated[str, Query(description="A part of the kind, the name, the verb or the comment.")]
_Limit = Annotated[int, Query(ge=1, le=20, description="How many entries are wanted at most.")]
_Spec = Annotated[
    str | None,
    Query(
        description="A resource as in a policy: only changes of it are wanted.",
        examples=["proj/default:env/*"],
    ),
]
_Chosen = Annotated[
    Statements | None,
    Body(
        description="Statements as in a policy: only changes that they allow are wanted.",
        examples=[[STATEMENT]],
    ),
]
_EntryId = Annotated[
    str, Path(description="The entry's id.", examples=["66b0c1a2d3e4f5a6b7c8da33"])
]


def create_router(
    principal: PrincipalDependency, audit: AuditService, account_id: AccountId, clock: Clock
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Audit log"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def show(
        caller: Principal, wanted: AuditFilter, limit: int, about: Policy | None
    ) -> dict[str, Any]:
        found = audit.list_entries(caller, wanted, limit=limit + _MOST_AT_ONCE, about=about)
        entries = _whole_milliseconds(found, limit)
        return {
            "items": [_summary(entry, account_id) for entry in entries],
            "_links": _page_links(entries),
        }

    @router.get(_LOG, summary="List audit log entries", **answers(AuditEntries, 400))
    def get_audit_log_entries(
        caller: Caller,
        before: _Before = None,
        after: _After = None,
        q: _Text = "",
        limit: _Limit = 10,
        spec: _Spec = None,
    ) -> dict[str, Any]:
        """Return changes that the token may view, newest first.

        What follows is at `_links.next`.
        """
        return show(caller, _filter(before, after, q), limit, _about_spec(spec))

    @router.post(_LOG, summary="Search audit log entries", **answers(AuditEntries, 400))
    def post_audit_log_entries(
        caller: Caller,
        before: _Before = None,
        after: _After = None,
        q: _Text = "",
        limit: _Limit = 10,
        statements: _Chosen = None,
    ) -> dict[str, Any]:
        """Return changes that statements choose, newest first.

        The body, which may be absent, is a list of statements as in a policy.
        """
        return show(caller, _filter(before, after, q), limit, _about(statements))

    @router.post(
        _LOG + "/counts", summary="Count audit log entries over time", **answers(AuditCounts, 400)
    )
    def post_audit_log_entry_counts(
        caller: Caller,
        after: Annotated[int, Query(ge=0, le=LATEST_MILLIS, description=_AFTER)],
        before: _Before = None,
        buckets: Annotated[int, Query(ge=1, le=500, description="How many spans.")] = 50,
        statements: _Chosen = None,
    ) -> dict[str, Any]:
        """Return how many changes there were in each of several spans of time."""
        end = before if before is not None else to_millis(clock.now())
        if end <= after:
            raise InvalidRequestError("after must be earlier than before.")
        interval = -(-(end - after) // buckets)
        starts = range(after, end, interval)
        moments = [*map(from_millis, starts), from_millis(end)]
        counts = audit.count_entries(
            caller, _filter(end, after, ""), moments, about=_about(statements)
        )
        return {
            "buckets": [
                {"timestamp": start, "count": count}
                for start, count in zip(starts, counts, strict=True)
            ],
            "totalCount": sum(counts),
            "bucketIntervalMs": interval,
        }

    @router.get(
        _LOG + "/{entryId:key}",
        summary="Get an audit log entry",
        **answers(AuditEntryWithVersions, 400, 404),
    )
    def get_audit_log_entry(entryId: _EntryId, caller: Caller) -> dict[str, Any]:  # noqa: N803 - the API's name
        """Return a change, with what it changed as it was before and after."""
        entry = audit.get_entry(caller, entryId)
        return {
            **_summary(entry, account_id),
            "previousVersion": entry.before,
            "currentVersion": entry.after,
        }

    return router


def _filter(before: int | None, after: int | None, text: str) -> AuditFilter:
    return AuditFilter(before=_moment(before), after=_moment(after), text=text)


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def _about_spec(spec: str | None) -> Policy | None:
    if spec is None:
        return None
    return Policy((Statement(Effect.ALLOW, actions=("*",), resources=(spec,)),))


def _about(statements: Json) -> Policy | None:
    return None if statements is None or statements == [] else Policy.parse(statements)


def _whole_milliseconds(entries: Sequence[AuditEntry], limit: int) -> Sequence[AuditEntry]:
    """Return the first entries, and those of the same millisecond as the last of them.

    A client reads on with `before`, in milliseconds: what is left of one would never be shown.
    """
    if len(entries) <= limit:
        return entries
    last = to_millis(entries[limit - 1].at)
    rest = takewhile(lambda entry: to_millis(entry.at) == last, entries[limit:])
    return [*entries[:limit], *rest]


def _page_links(entries: Sequence[AuditEntry]) -> dict[str, Any]:
    links = {"self": link(_LOG)}
    if entries:
        links["next"] = link(f"{_LOG}?before={to_millis(entries[-1].at)}")
    return links


def _summary(entry: AuditEntry, account_id: AccountId) -> dict[str, Any]:
    verb = f"{entry.verb} the {entry.kind}"
    shown: dict[str, Any] = {
        "_links": {
            "self": link(path("auditlog", entry.id)),
            "parent": link(_LOG),
            "canonical": link(path("auditlog", entry.id)),
        },
        "_id": entry.id,
        "_accountId": account_id,
        "date": to_millis(entry.at),
        "accesses": [
            {"action": action, "resource": str(resource)} for action, resource in entry.accesses
        ],
        "kind": entry.kind,
        "name": entry.name,
        "description": "",
        "shortDescription": "",
        "comment": entry.comment,
        "titleVerb": verb,
        "title": f"{_actor_name(entry.actor)} {verb} {entry.name}",
        "target": {
            "name": entry.name,
            "resources": list(dict.fromkeys(str(one.resource) for one in entry.accesses)),
        },
    }
    return shown | _actor(entry.actor)


def _actor_name(actor: Actor) -> str:
    return "The operator" if actor.token_name is None else f"The token {actor.token_name}"


def _actor(actor: Actor) -> dict[str, Any]:
    shown: dict[str, Any] = {"subject": {"name": _actor_name(actor)}}
    if actor.member_id is not None:
        shown["member"] = {"_id": actor.member_id}
    if actor.token_id is not None:
        shown["token"] = {
            "_id": actor.token_id,
            "name": actor.token_name,
            "serviceToken": actor.token_kind == "service",
        }
    return shown
