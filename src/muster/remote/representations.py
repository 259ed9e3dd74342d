"""What the REST API shows of accounts, read back into the domain's models; see `muster.api.representations`.

LaunchDarkly's shapes do not hold all of a model; the rest is under `_muster`. What can't be had: parts of a
millisecond, and whether a token was changed in the very millisecond in which it was made.
"""

from collections.abc import Callable, Collection
from typing import Final, Literal

from pydantic import Field

from muster.access.roles import BasePermissions, BuiltInRole
from muster.accounts.model import (
    AccessToken,
    ClientSideAvailability,
    CustomRole,
    Environment,
    Member,
    Project,
    TokenKind,
)
from muster.core.clock import from_millis
from muster.core.ids import (
    EnvironmentId,
    EnvironmentKey,
    MemberId,
    ProjectId,
    ProjectKey,
    RoleId,
    RoleKey,
    TokenId,
)
from muster.core.secrets import Secret
from muster.remote.shapes import Millis, PageShape, PolicyField, Shape, moment

_ENDING_LENGTH: Final = 4

FindRoles = Callable[[Collection[str]], tuple[CustomRole, ...]]
"""Returns the custom roles with these ids, ordered by key."""


class _Availability(Shape):
    using_environment_id: bool
    using_mobile_key: bool


class _ProjectExtras(Shape):
    creation_date: Millis


class ProjectShape(Shape):
    """A project."""

    id: str = Field(alias="_id")
    key: str
    name: str
    tags: tuple[str, ...]
    include_in_snippet_by_default: bool
    default_client_side_availability: _Availability
    extras: _ProjectExtras = Field(alias="_muster")

    def to_model(self) -> Project:
        """Return the project."""
        availability = self.default_client_side_availability
        return Project(
            id=ProjectId(self.id),
            key=ProjectKey(self.key),
            name=self.name,
            tags=self.tags,
            created_at=from_millis(self.extras.creation_date),
            include_in_snippet_by_default=self.include_in_snippet_by_default,
            default_availability=ClientSideAvailability(
                availability.using_environment_id, availability.using_mobile_key
            ),
        )


class _ProjectOfEnvironment(Shape):
    id: str = Field(alias="_id")
    key: str
    tags: tuple[str, ...]


class _EnvironmentExtras(Shape):
    creation_date: Millis
    project: _ProjectOfEnvironment


class EnvironmentShape(Shape):
    """An environment; its SDK key is masked where the token may not view it."""

    id: str = Field(alias="_id")
    key: str
    name: str
    api_key: str
    mobile_key: str
    color: str
    default_ttl: int
    secure_mode: bool
    default_track_events: bool
    require_comments: bool
    confirm_changes: bool
    tags: tuple[str, ...]
    critical: bool
    extras: _EnvironmentExtras = Field(alias="_muster")

    def to_model(self) -> Environment:
        """Return the environment."""
        project = self.extras.project
        return Environment(
            id=EnvironmentId(self.id),
            project_id=ProjectId(project.id),
            project_key=ProjectKey(project.key),
            key=EnvironmentKey(self.key),
            name=self.name,
            color=self.color,
            sdk_key=Secret(self.api_key),
            mobile_key=Secret(self.mobile_key),
            tags=self.tags,
            critical=self.critical,
            created_at=from_millis(self.extras.creation_date),
            project_tags=project.tags,
            default_ttl_minutes=self.default_ttl,
            secure_mode=self.secure_mode,
            default_track_events=self.default_track_events,
            require_comments=self.require_comments,
            confirm_changes=self.confirm_changes,
        )


class NewProjectShape(ProjectShape):
    """A project that has just been made."""

    environments: list[EnvironmentShape]


class ExpandedProjectShape(ProjectShape):
    """A project with its first environments."""

    environments: PageShape[EnvironmentShape]


class _RoleExtras(Shape):
    creation_date: Millis
    last_modified: Millis | None


class RoleShape(Shape):
    """A custom role."""

    id: str = Field(alias="_id")
    key: str
    name: str
    description: str
    policy: PolicyField
    base_permissions: BasePermissions
    resource_category: str | None = None
    extras: _RoleExtras = Field(alias="_muster")

    def to_model(self) -> CustomRole:
        """Return the role."""
        return CustomRole(
            id=RoleId(self.id),
            key=RoleKey(self.key),
            name=self.name,
            description=self.description,
            policy=self.policy,
            base_permissions=self.base_permissions,
            resource_category=self.resource_category,
            created_at=from_millis(self.extras.creation_date),
            modified_at=moment(self.extras.last_modified),
        )


class MemberShape(Shape):
    """A member of the account."""

    id: str = Field(alias="_id")
    email: str
    role: BuiltInRole | Literal["no_access"]
    custom_roles: tuple[str, ...]
    first_name: str
    last_name: str
    creation_date: Millis
    last_seen: Millis = Field(alias="_lastSeen")

    def to_model(self, find_roles: FindRoles) -> Member:
        """Return the member."""
        return Member(
            id=MemberId(self.id),
            email=self.email,
            role=self.role if isinstance(self.role, BuiltInRole) else None,
            created_at=from_millis(self.creation_date),
            custom_roles=find_roles(self.custom_roles),
            first_name=self.first_name,
            last_name=self.last_name,
            last_seen_at=moment(self.last_seen or None),
        )


class TokenShape(Shape):
    """An access token. Of its secret `token` is the end; or all of it, when it has just been made."""

    id: str = Field(alias="_id")
    member_id: str
    creation_date: Millis
    last_modified: Millis
    name: str
    description: str
    token: str
    service_token: bool
    role: BuiltInRole | None = None
    inline_role: PolicyField | None = None
    custom_role_ids: tuple[str, ...] = ()
    last_used: Millis | None = None
    expiry: Millis | None = None

    def to_model(self, find_roles: FindRoles) -> AccessToken:
        """Return the token."""
        changed = self.last_modified != self.creation_date
        return AccessToken(
            id=TokenId(self.id),
            name=self.name,
            kind=TokenKind.SERVICE if self.service_token else TokenKind.PERSONAL,
            member_id=MemberId(self.member_id),
            role=self.role,
            inline_policy=self.inline_role,
            ending=self.token[-_ENDING_LENGTH:],
            created_at=from_millis(self.creation_date),
            expires_at=moment(self.expiry),
            last_used_at=moment(self.last_used),
            description=self.description,
            modified_at=from_millis(self.last_modified) if changed else None,
            custom_roles=find_roles(self.custom_role_ids),
        )
