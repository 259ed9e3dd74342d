"""What an audit entry holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from muster.access.principal import Principal
from muster.access.resources import Resource
from muster.core.ids import AuditEntryId, MemberId, TokenId
from muster.core.pointers import Json

_SERVER: Final = "server"


class Access(NamedTuple):
    """An action that was done to a resource; the resource as it was then, with its tags."""

    action: str
    resource: Resource


@dataclass(frozen=True, slots=True)
class Actor:
    """Who made a change. All that is None is so of the operator, who is at the machine.

    Attributes:
        member_id: the member whose token it was.
        token_id: the token, which may be gone by now; so its name is kept here.
        token_kind: `personal` or `service`; `server` where nobody made the change: see `server`.
    """

    member_id: MemberId | None = None
    token_id: TokenId | None = None
    token_name: str | None = None
    token_kind: str | None = None

    @classmethod
    def of(cls, principal: Principal | None) -> "Actor":
        """Return the actor that a principal is; None is the operator."""
        if principal is None:
            return cls()
        return cls(principal.member_id, principal.token_id, principal.name, principal.kind)

    @classmethod
    def server(cls) -> "Actor":
        """Return the actor of what Muster does by itself, when its time has come."""
        return cls(token_kind=_SERVER)

    @property
    def is_server(self) -> bool:
        """Tell whether it is Muster itself."""
        return self.token_kind == _SERVER

    @property
    def title(self) -> str:
        """Return how the actor is called at the beginning of a sentence."""
        if self.is_server:
            return "Muster"
        return "The operator" if self.token_name is None else f"The token {self.token_name}"

    def to_json(self) -> dict[str, Json]:
        """Return the actor as it is kept until a longer piece of work is done."""
        return {
            "memberId": self.member_id,
            "tokenId": self.token_id,
            "tokenName": self.token_name,
            "tokenKind": self.token_kind,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Actor":
        """Return the actor that `to_json` kept."""
        return cls(kept["memberId"], kept["tokenId"], kept["tokenName"], kept["tokenKind"])


class AuditPosition(NamedTuple):
    """Where an entry stands in the log, which is ordered by this."""

    at: datetime
    id: AuditEntryId


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change.

    Attributes:
        accesses: what was done; the first is what the entry is about.
        kind: what was changed, in a word: `token`, `project`, `segment`.
        name: what it is called, or was.
        verb: what was done to it, in the past tense: `created`, `deleted`.
        before: what it was, without secrets; None where it was not there.
        after: what it is, without secrets; None where it is gone.
    """

    id: AuditEntryId
    at: datetime
    actor: Actor
    accesses: tuple[Access, ...]
    kind: str
    name: str
    verb: str
    comment: str
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None

    @property
    def position(self) -> AuditPosition:
        """Where the entry stands in the log."""
        return AuditPosition(self.at, self.id)

    @property
    def resource(self) -> Resource:
        """What the entry is about."""
        return self.accesses[0].resource
