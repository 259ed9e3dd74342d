"""Projects, environments, custom roles, members of the account and access tokens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from muster.access.policy import Policy
from muster.access.resources import (
    Resource,
    environment_resource,
    member_resource,
    personal_token_resource,
    project_resource,
    role_resource,
    segment_resource,
    service_token_resource,
)
from muster.access.roles import BasePermissions, BuiltInRole, own_tokens_policy
from muster.accounts.flag_defaults import USUAL_FLAG_DEFAULTS, NewFlagDefaults
from muster.core.ids import (
    AccountId,
    EnvironmentId,
    EnvironmentKey,
    MemberId,
    ProjectId,
    ProjectKey,
    RoleId,
    RoleKey,
    TokenId,
)
from muster.core.pointers import Json
from muster.core.secrets import Secret

NO_ACCESS: Final = "no_access"
"""What the role of a member is called that has none: custom roles alone say what it may do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The one account of an installation."""

    id: AccountId
    name: str
    created_at: datetime


class ClientSideAvailability(NamedTuple):
    """Which client-side SDKs get to see a flag.

    Attributes:
        using_environment_id: those that name the environment by its client-side ID: browsers.
        using_mobile_key: those that send a mobile key.
    """

    using_environment_id: bool
    using_mobile_key: bool

    def to_json(self) -> dict[str, Json]:
        """Return the availability as the API and SDKs show it."""
        return {
            "usingEnvironmentId": self.using_environment_id,
            "usingMobileKey": self.using_mobile_key,
        }


FOR_MOBILE: Final = ClientSideAvailability(using_environment_id=False, using_mobile_key=True)
"""What the flags of a project have where nobody said anything."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project: a set of flags, and environments that each have their own segments.

    Attributes:
        include_in_snippet_by_default: whether new flags are for browsers, as older clients put it.
        default_availability: what new flags have, unless something else is said of them.
        new_flags: what they have besides.
    """

    id: ProjectId
    key: ProjectKey
    name: str
    tags: tuple[str, ...]
    created_at: datetime
    include_in_snippet_by_default: bool = False
    default_availability: ClientSideAvailability = FOR_MOBILE
    new_flags: NewFlagDefaults = USUAL_FLAG_DEFAULTS

    @property
    def new_flag_availability(self) -> ClientSideAvailability:
        """Which client-side SDKs get to see a new flag, by the older word or by the present one."""
        usual = self.default_availability
        for_browsers = usual.using_environment_id or self.include_in_snippet_by_default
        return usual._replace(using_environment_id=for_browsers)

    @property
    def resource(self) -> Resource:
        """The project, as policies speak of it."""
        return project_resource(self.key, frozenset(self.tags))

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the project."""
        return {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "tags": list(self.tags),
            "includeInSnippetByDefault": self.include_in_snippet_by_default,
            "defaultClientSideAvailability": self.default_availability.to_json(),
            "flagDefaults": self.new_flags.to_json(),
        }


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
        default_ttl_minutes: how long PHP SDKs may cache flags: 0 to 60.
        secure_mode: whether browsers have to prove, with a hash, which context they speak for.
        default_track_events: whether new flags send detailed events.
        require_comments: whether the web UI asks for a comment with each change.
        confirm_changes: whether the web UI asks before it changes anything.
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
    default_ttl_minutes: int = 0
    secure_mode: bool = False
    default_track_events: bool = False
    require_comments: bool = False
    confirm_changes: bool = False

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

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the environment: of its keys only how they end."""
        return {
            "id": self.id,
            "projectKey": self.project_key,
            "key": self.key,
            "name": self.name,
            "color": self.color,
            "tags": list(self.tags),
            "critical": self.critical,
            "defaultTtl": self.default_ttl_minutes,
            "secureMode": self.secure_mode,
            "defaultTrackEvents": self.default_track_events,
            "requireComments": self.require_comments,
            "confirmChanges": self.confirm_changes,
            "sdkKeyEnding": self.sdk_key.ending,
            "mobileKeyEnding": self.mobile_key.ending,
        }

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
class CustomRole:
    """A role that an account has made: a policy with a name, which members and tokens can have.

    Attributes:
        base_permissions: what it gives besides its policy.
        resource_category: what the role is for, `organization`, `project` or `any`, as people sort
            them; None where nobody said. It decides nothing.
        modified_at: when it was last changed; None for never.
    """

    id: RoleId
    key: RoleKey
    name: str
    description: str
    policy: Policy
    base_permissions: BasePermissions
    resource_category: str | None
    created_at: datetime
    modified_at: datetime | None = None

    @property
    def whole_policy(self) -> Policy:
        """What the role allows: a deny of its policy holds for its base permissions, too."""
        return Policy(
            (*self.policy.statements, *self.base_permissions.statements), role_key=self.key
        )

    @property
    def resource(self) -> Resource:
        """The role, as policies speak of it."""
        return role_resource(self.key)

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the role."""
        return {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "description": self.description,
            "policy": self.policy.to_json(),
            "basePermissions": self.base_permissions.value,
            "resourceCategory": self.resource_category,
        }


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the account.

    Attributes:
        role: None for none: what the member may do, its custom roles say.
        custom_roles: what it may do besides, ordered by key.
        last_seen_at: when one of its personal tokens was last used; None for never.
    """

    id: MemberId
    email: str
    role: BuiltInRole | None
    created_at: datetime
    custom_roles: tuple[CustomRole, ...] = ()
    first_name: str = ""
    last_name: str = ""
    last_seen_at: datetime | None = None

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What the member may do: what one of its roles allows, and to make tokens of their own."""
        return (*self.given_policies, own_tokens_policy(self.id))

    @property
    def given_policies(self) -> tuple[Policy, ...]:
        """What the member's roles allow."""
        built_in = () if self.role is None else (self.role.policy,)
        return (*built_in, *_policies_of(self.custom_roles))

    @property
    def role_name(self) -> str:
        """The name of the member's built-in role, or `no_access`."""
        return NO_ACCESS if self.role is None else self.role.value

    @property
    def display_name(self) -> str:
        """First and last name, or the e-mail address where there is neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def resource(self) -> Resource:
        """The member, as policies speak of it."""
        return member_resource(self.id)

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the member."""
        return {
            "id": self.id,
            "email": self.email,
            "role": self.role_name,
            "customRoles": [role.key for role in self.custom_roles],
            "firstName": self.first_name,
            "lastName": self.last_name,
        }


def _policies_of(roles: Collection[CustomRole]) -> tuple[Policy, ...]:
    return tuple(role.whole_policy for role in roles)


class TokenKind(StrEnum):
    """Whom a token acts for: a member, or nobody but itself."""

    PERSONAL = "personal"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token, without its secret: that is shown once and kept only as a hash.

    Exactly one of `role`, `inline_policy` and `custom_roles` is set.

    Attributes:
        custom_roles: ordered by key.
        member_id: who made it, who may be gone by now; a personal token acts for this member.
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
    custom_roles: tuple[CustomRole, ...] = ()

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What the token allows. With a built-in role, its member may create tokens of their own."""
        if self.role is not None and self.kind is TokenKind.PERSONAL:
            return (*self.given_policies, own_tokens_policy(self.member_id))
        return self.given_policies

    @property
    def given_policies(self) -> tuple[Policy, ...]:
        """What the token's role, policy or custom roles allow."""
        if self.inline_policy is not None:
            return (self.inline_policy,)
        if self.role is not None:
            return (self.role.policy,)
        return _policies_of(self.custom_roles)

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
            "customRoles": [role.key for role in self.custom_roles],
            "ending": self.ending,
            "expiresAt": None if self.expires_at is None else self.expires_at.isoformat(),
        }
