"""Projects, environments, members of the account and access tokens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from muster.access.policy import Policy
from muster.access.resources import (
    Resource,
    environment_resource,
    personal_token_resource,
    project_resource,
    segment_resource,
    service_token_resource,
)
from muster.access.roles import BuiltInRole, own_tokens_policy
from muster.core.ids import (
    AccountId,
    EnvironmentId,
    EnvironmentKey,
    MemberId,
    ProjectId,
    ProjectKey,
    TokenId,
)
from muster.core.pointers import Json
from muster.core.secrets import Secret


@dataclass(frozen=True, slots=True)
class Account:
    """The one account of an installation."""

    id: AccountId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Project:
    """A project: a set of flags, and environments that each have their own segments."""

    id: ProjectId
    key: ProjectKey
    name: str
    tags: tuple[str, ...]
    created_at: datetime

    @property
    def resource(self) -> Resource:
        """The project, as policies speak of it."""
        return project_resource(self.key, frozenset(self.tags))


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment of a project.

    Attributes:
        id: also its client-side ID: 24 hexadecimal digits, never changed.
        project_key: the key of the project that it belongs to.
        color: six hexadecimal digits, without `#`.
        sdk_key: `sdk-<uuid>`; what server SDKs send.
        mobile_key: `mob-<uuid>`; what mobile SDKs send.
        critical: whether changes here need special care; policies can ask for it.
        project_tags: the tags of its project; policies can ask for them.
    """

    id: EnvironmentId
    project_id: ProjectId
    project_key: ProjectKey
    key: EnvironmentKey
    name: str
    color: str
    sdk_key: Secret
    mobile_key: Secret
    tags: tuple[str, ...]
    critical: bool
    created_at: datetime
    project_tags: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource:
        """The environment, as policies speak of it."""
        return environment_resource(
            self.project_key,
            self.key,
            project_tags=frozenset(self.project_tags),
            tags=frozenset(self.tags),
            critical=self.critical,
        )

    def segment_resource(self, segment_key: str, tags: Collection[str] = ()) -> Resource:
        """Return a segment of this environment, whether or not it exists, as policies speak of it."""
        return segment_resource(
            self.project_key,
            self.key,
            segment_key,
            project_tags=frozenset(self.project_tags),
            environment_tags=frozenset(self.tags),
            critical=self.critical,
            tags=frozenset(tags),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the account."""

    id: MemberId
    email: str
    role: BuiltInRole
    created_at: datetime

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What the member may do."""
        return (self.role.policy, own_tokens_policy(self.id))


class TokenKind(StrEnum):
    """Whom a token acts for: a member, or nobody but itself."""

    PERSONAL = "personal"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token, without its secret: that is shown once and kept only as a hash.

    Exactly one of `role` and `inline_policy` is set.

    Attributes:
        member_id: who made it; a personal token acts for this member.
        ending: the last four characters of the secret.
        expires_at: from then on the token is worth nothing; None for never.
        last_used_at: when a request last carried it, to within a minute; None for never.
        modified_at: when anything but its last use was last changed; None for never.
    """

    id: TokenId
    name: str
    kind: TokenKind
    member_id: MemberId
    role: BuiltInRole | None
    inline_policy: Policy | None
    ending: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    description: str = ""
    modified_at: datetime | None = None

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What the token allows. With a built-in role, its member may create tokens of their own."""
        if self.inline_policy is not None:
            return (self.inline_policy,)
        if self.role is None:
            return ()
        if self.kind is TokenKind.PERSONAL:
            return (self.role.policy, own_tokens_policy(self.member_id))
        return (self.role.policy,)

    @property
    def resource(self) -> Resource:
        """The token, as policies speak of it."""
        if self.kind is TokenKind.PERSONAL:
            return personal_token_resource(self.member_id, self.id)
        return service_token_resource(self.id)

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the token: all but its secret and its last use."""
        policy = self.inline_policy
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "kind": self.kind.value,
            "memberId": self.member_id,
            "role": None if self.role is None else self.role.value,
            "policy": None if policy is None else policy.to_json(),
            "ending": self.ending,
            "expiresAt": None if self.expires_at is None else self.expires_at.isoformat(),
        }
