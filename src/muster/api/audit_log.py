"""The audit log."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field

from muster.access.policy import Effect, Policy, Statement
from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.queries import read_expand
from muster.api.representations import link, path
from muster.audit.log import AuditFilter
from muster.audit.model import Actor, AuditEntry
from muster.audit.service import AuditService
from muster.core.clock import LATEST_MILLIS, Clock, from_millis, to_millis
from muster.core.errors import InvalidRequestError
from muster.core.ids import AccountId, MemberId, TokenId

_LOG: Final = "/api/v2/auditlog"
_MOST_AT_ONCE: Final = 100
"""More entries than are written in one millisecond."""
_VERSIONS: Final = "versions"
_Millis = Annotated[int | None, Field(ge=0, le=LATEST_MILLIS)]
_Statements = Annotated[
    list[dict[str, Any]] | None,
    Body(description="Statements as in a policy: entries that they allow are wanted."),
]


class _Wanted(BaseModel):
    """Which entries are wanted, and how they are to be shown; Muster's own are `memberId` and `tokenId`."""

    before: _Millis = None
    after: _Millis = None
    q: str = ""
    limit: Annotated[int, Field(ge=1, le=20)] = 10
    memberId: str | None = None  # noqa: N815 - the API's names
    tokenId: str | None = None  # noqa: N815
    expand: Annotated[
        str | None, Field(description="`versions`: with `previousVersion` and `currentVersion`.")
    ] = None

    def to_filter(self) -> AuditFilter:
        return AuditFilter(
            before=_moment(self.before),
            after=_moment(self.after),
            member_id=None if self.memberId is None else MemberId(self.memberId),
            token_id=None if self.tokenId is None else TokenId(self.tokenId),
            text=self.q,
        )


class _WantedOfSpec(_Wanted):
    """The same, with one resource specifier."""

    spec: str | None = None


def create_router(
    principal: PrincipalDependency, audit: AuditService, account_id: AccountId, clock: Clock
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Audit log"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def show(caller: Principal, wanted: _Wanted, about: Policy | None) -> dict[str, Any]:
        most = wanted.limit + _MOST_AT_ONCE
        found = audit.list_entries(caller, wanted.to_filter(), limit=most, about=about)
        entries = _whole_milliseconds(found, wanted.limit)
        show_one = _whole if _VERSIONS in read_expand(wanted.expand) else _summary
        return {
            "items": [show_one(entry, account_id) for entry in entries],
            "_links": _page_links(entries),
        }

    @router.get(_LOG, summary="List audit log entries")
    def list_entries(caller: Caller, wanted: Annotated[_WantedOfSpec, Query()]) -> dict[str, Any]:
        return show(caller, wanted, _about_spec(wanted.spec))

    @router.post(_LOG, summary="Search audit log entries")
    def search_entries(
        caller: Caller, wanted: Annotated[_Wanted, Query()], statements: _Statements = None
    ) -> dict[str, Any]:
        return show(caller, wanted, _about(statements))

    @router.post(_LOG + "/counts", summary="Count audit log entries over time")
    def count_entries(
        caller: Caller,
        after: Annotated[int, Query(ge=0, le=LATEST_MILLIS)],
        before: Annotated[int | None, Query(ge=0, le=LATEST_MILLIS)] = None,
        buckets: Annotated[int, Query(ge=1, le=500)] = 50,
        statements: _Statements = None,
    ) -> dict[str, Any]:
        end = before if before is not None else to_millis(clock.now())
        if end <= after:
            raise InvalidRequestError("after must be earlier than before.")
        interval = -(-(end - after) // buckets)
        starts = range(after, end, interval)
        moments = [*map(from_millis, starts), from_millis(end)]
        counts = audit.count_entries(
            caller,
            AuditFilter(before=from_millis(end), after=from_millis(after)),
            moments,
            about=_about(statements),
        )
        return {
            "buckets": [
                {"timestamp": start, "count": count}
                for start, count in zip(starts, counts, strict=True)
            ],
            "totalCount": sum(counts),
            "bucketIntervalMs": interval,
        }

    @router.get(_LOG + "/{entryId:key}", summary="Get an audit log entry")
    def get_entry(entryId: str, caller: Caller) -> dict[str, Any]:  # noqa: N803 - the API's name
        return _whole(audit.get_entry(caller, entryId), account_id)

    return router


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def _about_spec(spec: str | None) -> Policy | None:
    if spec is None:
        return None
    return Policy((Statement(Effect.ALLOW, actions=("*",), resources=(spec,)),))


def _about(statements: list[dict[str, Any]] | None) -> Policy | None:
    return Policy.parse(statements) if statements else None


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


def _whole(entry: AuditEntry, account_id: AccountId) -> dict[str, Any]:
    return {
        **_summary(entry, account_id),
        "previousVersion": entry.before,
        "currentVersion": entry.after,
    }


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
