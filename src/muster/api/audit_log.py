"""The audit log."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, Field

from muster.access.policy import Effect, Policy, Statement
from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.audit_log import AuditCounts, AuditEntries, AuditEntryWithVersions
from muster.api.documents.policies import STATEMENT, Statements
from muster.api.misfits import DECODED
from muster.api.queries import read_expand
from muster.api.representations import link, path
from muster.audit.log import AuditFilter
from muster.audit.model import Actor, AuditEntry, AuditPosition
from muster.audit.service import AuditService
from muster.core.clock import LATEST_MILLIS, Clock, from_millis, to_millis
from muster.core.errors import InvalidRequestError
from muster.core.ids import AccountId, AuditEntryId, MemberId, TokenId
from muster.core.pointers import Json

_LOG: Final = "/api/v2/auditlog"
_MOST_AT_ONCE: Final = 100
"""How many entries of its last millisecond a page may have beyond its limit."""
_VERSIONS: Final = "versions"
_CURSOR: Final = re.compile(r"([0-9]{1,18})-([0-9a-f]{24})")
_BEFORE: Final = "Only changes made earlier than this, in milliseconds since 1970."
_AFTER: Final = "Only changes made later than this, in milliseconds since 1970."
_Before = Annotated[int | None, Query(ge=0, le=LATEST_MILLIS, description=_BEFORE)]
_Chosen = Annotated[
    Statements | None,
    DECODED,
    Body(
        description="Statements as in a policy: only changes that they allow are wanted.",
        examples=[[STATEMENT]],
    ),
]
_EntryId = Annotated[
    str, Path(description="The entry's id.", examples=["66b0c1a2d3e4f5a6b7c8da33"])
]


class _Query(BaseModel):
    """Which entries are wanted, and how many of them at once."""

    before: Annotated[int | None, Field(ge=0, le=LATEST_MILLIS, description=_BEFORE)] = None
    after: Annotated[int | None, Field(ge=0, le=LATEST_MILLIS, description=_AFTER)] = None
    q: Annotated[
        str, Field(description="A part of the kind, the name, the verb or the comment.")
    ] = ""
    limit: Annotated[
        int, Field(ge=1, le=20, description="How many entries are wanted at most.")
    ] = 10
    member: Annotated[
        tuple[str, ...],
        Field(max_length=100, description="Ids of members: only what one of them changed."),
    ] = ()
    token: Annotated[
        tuple[str, ...],
        Field(max_length=100, description="Ids of tokens: only what was changed by one of them."),
    ] = ()
    expand: Annotated[
        str | None,
        Field(
            description="`versions` for what was there before and after (Muster's own).",
            examples=["versions"],
        ),
    ] = None
    cursor: Annotated[
        str | None, Field(description="Where a page ended, as its link `next` has it.")
    ] = None

    @property
    def position(self) -> AuditPosition | None:
        """Where the page before ended; None for the first page.

        Raises:
            InvalidRequestError: the cursor is of no link.
        """
        if self.cursor is None:
            return None
        found = _CURSOR.fullmatch(self.cursor)
        micros = int(found[1]) if found else 0
        if found is None or micros // 1000 > LATEST_MILLIS:
            raise InvalidRequestError(
                f"cursor is {self.cursor[:64]!r}: take it as it is in the link `next` of a page."
            )
        at = from_millis(micros // 1000) + timedelta(microseconds=micros % 1000)
        return AuditPosition(at, AuditEntryId(found[2]))

    def to_filter(self) -> AuditFilter:
        """Return what is asked for; a cursor is more exact than `before`, which stands beside it."""
        return AuditFilter(
            before=_moment(self.before) if self.cursor is None else None,
            after=_moment(self.after),
            member_ids=[MemberId(one) for one in self.member],
            token_ids=[TokenId(one) for one in self.token],
            text=self.q,
        )

    def next_link(self, last: AuditEntry) -> dict[str, Any]:
        """Return the link to what is older than the last entry of a page.

        `before` is for clients that read nothing else of it.
        """
        at = last.at - from_millis(0)
        query = self.model_dump(exclude_defaults=True) | {
            "before": to_millis(last.at),
            "cursor": f"{at // timedelta(microseconds=1)}-{last.id}",
        }
        return link(f"{_LOG}?{urlencode(query, doseq=True)}")


class _ListQuery(_Query):
    spec: Annotated[
        str | None,
        Field(
            description="A resource as in a policy: only changes of it are wanted.",
            examples=["proj/default:env/*"],
        ),
    ] = None


def create_router(
    principal: PrincipalDependency, audit: AuditService, account_id: AccountId, clock: Clock
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Audit log"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def show(caller: Principal, query: _Query, about: Policy | None) -> dict[str, Any]:
        most = query.limit + _MOST_AT_ONCE
        found = audit.list_entries(
            caller, query.to_filter(), limit=most + 1, about=about, older_than=query.position
        )
        entries = _whole_milliseconds(found[:most], query.limit)
        links = {"self": link(_LOG)}
        if len(entries) < len(found):
            links["next"] = query.next_link(entries[-1])
        show_one = show_entry if _VERSIONS in read_expand(query.expand) else _summary
        return {"items": [show_one(entry, account_id) for entry in entries], "_links": links}

    @router.get(_LOG, summary="List audit log entries", **answers(AuditEntries, 400))
    def get_audit_log_entries(
        caller: Caller, query: Annotated[_ListQuery, Query()]
    ) -> dict[str, Any]:
        """Return changes that the token may view, newest first.

        What follows is at `_links.next`.
        """
        return show(caller, query, _about_spec(query.spec))

    @router.post(_LOG, summary="Search audit log entries", **answers(AuditEntries, 400))
    def post_audit_log_entries(
        caller: Caller, query: Annotated[_Query, Query()], statements: _Chosen = None
    ) -> dict[str, Any]:
        """Return changes that statements choose, newest first.

        The body, which may be absent, is a list of statements as in a policy.
        """
        return show(caller, query, _about(statements))

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
        wanted = AuditFilter(before=from_millis(end), after=from_millis(after))
        counts = audit.count_entries(caller, wanted, moments, about=_about(statements))
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
        return show_entry(audit.get_entry(caller, entryId), account_id)

    return router


def show_entry(entry: AuditEntry, account_id: AccountId) -> dict[str, Any]:
    """Show one entry with all that is known of it, as webhooks are sent it, too."""
    return {
        **_summary(entry, account_id),
        "previousVersion": entry.before,
        "currentVersion": entry.after,
    }


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def _about_spec(spec: str | None) -> Policy | None:
    if spec is None:
        return None
    try:
        return Policy((Statement(Effect.ALLOW, actions=("*",), resources=(spec,)),))
    except InvalidRequestError as error:
        raise InvalidRequestError(f"spec: {error.message}") from error


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
        "title": f"{entry.actor.title} {verb} {entry.name}",
        "target": {
            "name": entry.name,
            "resources": list(dict.fromkeys(str(one.resource) for one in entry.accesses)),
        },
    }
    return shown | _actor(entry.actor)


def _actor(actor: Actor) -> dict[str, Any]:
    shown: dict[str, Any] = {"subject": {"name": actor.title}}
    if actor.member_id is not None:
        shown["member"] = {"_id": actor.member_id}
    if actor.token_id is not None:
        shown["token"] = {
            "_id": actor.token_id,
            "name": actor.token_name,
            "serviceToken": actor.token_kind == "service",
        }
    return shown
