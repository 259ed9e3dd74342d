"""The audit log of a server elsewhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from muster.access.policy import Policy
from muster.access.resources import Resource
from muster.access.specifiers import parse_resource
from muster.accounts.model import TokenKind
from muster.audit.log import AuditFilter
from muster.audit.model import Access, Actor, AuditEntry
from muster.core.clock import from_millis, to_millis
from muster.core.errors import InvalidRequestError
from muster.core.ids import AuditEntryId, MemberId, TokenId
from muster.remote.connection import Connection, Query
from muster.remote.shapes import ItemsShape, Millis, Shape

_AT_ONCE: Final = 20
_ALMOST_A_MILLISECOND: Final = timedelta(microseconds=999)


def _resource(text: Any) -> Resource:
    try:
        return parse_resource(str(text))
    except InvalidRequestError as error:
        raise ValueError(error.message) from None


_Resource = Annotated[Resource, BeforeValidator(_resource)]


class _AccessShape(Shape):
    action: str
    resource: _Resource


class _MemberOfEntry(Shape):
    id: str = Field(alias="_id")


class _TokenOfEntry(Shape):
    id: str = Field(alias="_id")
    name: str
    service_token: bool


class _Subject(Shape):
    name: str


class AuditEntryShape(Shape):
    """An entry of the audit log, with what was changed before and after.

    The API does not tell the tags that resources had when it was written.
    """

    id: str = Field(alias="_id")
    date: Millis
    accesses: Annotated[tuple[_AccessShape, ...], Field(min_length=1)]
    kind: str
    name: str
    comment: str
    title_verb: str
    subject: _Subject | None = None
    member: _MemberOfEntry | None = None
    token: _TokenOfEntry | None = None
    previous_version: dict[str, Any] | None
    current_version: dict[str, Any] | None

    def to_model(self) -> AuditEntry:
        """Return the entry."""
        return AuditEntry(
            id=AuditEntryId(self.id),
            at=from_millis(self.date),
            actor=self._actor(),
            accesses=tuple(Access(one.action, one.resource) for one in self.accesses),
            kind=self.kind,
            name=self.name,
            verb=self.title_verb.removesuffix(f" the {self.kind}"),
            comment=self.comment,
            before=self.previous_version,
            after=self.current_version,
        )

    def _actor(self) -> Actor:
        member_id = None if self.member is None else MemberId(self.member.id)
        token = self.token
        if token is None:
            server = Actor.server()
            is_server = self.subject is not None and self.subject.name == server.title
            return server if is_server else Actor(member_id)
        kind = TokenKind.SERVICE if token.service_token else TokenKind.PERSONAL
        return Actor(member_id, TokenId(token.id), token.name, kind.value)


class RemoteAudit:
    """Does what `AuditService` does; the API tells times in milliseconds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_entries(
        self, _: None, wanted: AuditFilter, *, limit: int, about: Policy | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries, newest first: `limit` of them, and what else is of the last one's millisecond."""
        entries: list[AuditEntry] = []
        before = None if wanted.before is None else to_millis(wanted.before + _ALMOST_A_MILLISECOND)
        while len(entries) < limit:
            asked = min(_AT_ONCE, limit - len(entries))
            query: Query = {
                "before": before,
                "after": _millis(wanted.after),
                "q": wanted.text or None,
                "member": list(wanted.member_ids),
                "token": list(wanted.token_ids),
                "limit": asked,
                "expand": "versions",
            }
            found = self._connection.search(
                ItemsShape[AuditEntryShape],
                "auditlog",
                body=None if about is None else about.to_json(),
                query=query,
            )
            entries.extend(one.to_model() for one in found.items)
            if len(found.items) < asked:
                break
            before = to_millis(entries[-1].at)
        return entries

    def get_entry(self, _: None, entry_id: str) -> AuditEntry:
        """Return an entry."""
        return self._connection.get(AuditEntryShape, "auditlog", entry_id).to_model()


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else to_millis(moment)
