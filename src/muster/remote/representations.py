"""What the REST API shows, read back into the domain's models; see `muster.api.representations`.

LaunchDarkly's shapes do not hold all of a model; the rest is under `_muster`. What can't be had: parts of a
millisecond, and the tags that resources had when an audit entry was written.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from muster.access.policy import Policy
from muster.access.resources import Resource
from muster.access.roles import BasePermissions, BuiltInRole
from muster.access.specifiers import parse_resource
from muster.accounts.model import (
    AccessToken,
    ClientSideAvailability,
    CustomRole,
    Environment,
    Member,
    Project,
    TokenKind,
)
from muster.audit.model import Access, Actor, AuditEntry
from muster.core.clock import LATEST_MILLIS, from_millis
from muster.core.errors import InvalidRequestError
from muster.core.ids import (
    AuditEntryId,
    EnvironmentId,
    EnvironmentKey,
    IntegrationKey,
    MemberId,
    ProjectId,
    ProjectKey,
    RoleId,
    RoleKey,
    SegmentId,
    SegmentKey,
    TokenId,
)
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret
from muster.segments.model import MembershipSummary, Segment, SegmentKind, SyncSource
from muster.segments.service import SegmentDetails

_ENDING_LENGTH: Final = 4
_T = TypeVar("_T")
_Model = TypeVar("_Model")

FindRoles = Callable[[list[str]], tuple[CustomRole, ...]]
"""Returns the custom roles with these ids, ordered by key."""


def _policy(document: Any) -> Policy:
    try:
        return Policy.parse(document)
    except InvalidRequestError as error:
        raise ValueError(error.message) from None


def _resource(text: Any) -> Resource:
    try:
        return parse_resource(str(text))
    except InvalidRequestError as error:
        raise ValueError(error.message) from None


_Millis = Annotated[int, Field(ge=0, le=LATEST_MILLIS)]
_Policy = Annotated[Policy, BeforeValidator(_policy)]
_Resource = Annotated[Resource, BeforeValidator(_resource)]


class _Shape(BaseModel):
    """An object that the API shows, whatever else is in it."""

    model_config = ConfigDict(
        strict=True, frozen=True, alias_generator=to_camel, arbitrary_types_allowed=True
    )


class PageShape(_Shape, Generic[_T]):
    """A page of a list."""

    items: list[_T]
    total_count: Annotated[int, Field(ge=0)]

    def to_page(self, request: PageRequest, to_model: Callable[[_T], _Model]) -> Page[_Model]:
        """Return the page.

        Args:
            request: what was asked for.
            to_model: reads one item.
        """
        return Page(list(map(to_model, self.items)), self.total_count, request)


class ItemsShape(_Shape, Generic[_T]):
    """Items of a list that does not say how many there are."""

    items: list[_T]


class _Availability(_Shape):
    using_environment_id: bool
    using_mobile_key: bool


class _ProjectExtras(_Shape):
    creation_date: _Millis


class ProjectShape(_Shape):
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


class _ProjectOfEnvironment(_Shape):
    id: str = Field(alias="_id")
    key: str
    tags: tuple[str, ...]


class _EnvironmentExtras(_Shape):
    creation_date: _Millis
    project: _ProjectOfEnvironment


class EnvironmentShape(_Shape):
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


class _RoleExtras(_Shape):
    creation_date: _Millis
    last_modified: _Millis | None


class RoleShape(_Shape):
    """A custom role."""

    id: str = Field(alias="_id")
    key: str
    name: str
    description: str
    policy: _Policy
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
            modified_at=_moment(self.extras.last_modified),
        )


class MemberShape(_Shape):
    """A member of the account."""

    id: str = Field(alias="_id")
    email: str
    role: BuiltInRole | Literal["no_access"]
    custom_roles: list[str]
    first_name: str
    last_name: str
    creation_date: _Millis
    last_seen: _Millis = Field(alias="_lastSeen")

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
            last_seen_at=_moment(self.last_seen or None),
        )


class TokenShape(_Shape):
    """An access token. Of its secret `token` is the end; or all of it, when it has just been made."""

    id: str = Field(alias="_id")
    member_id: str
    creation_date: _Millis
    last_modified: _Millis
    name: str
    description: str
    token: str
    service_token: bool
    role: BuiltInRole | None = None
    inline_role: _Policy | None = None
    custom_role_ids: list[str] = []
    last_used: _Millis | None = None
    expiry: _Millis | None = None

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
            expires_at=_moment(self.expiry),
            last_used_at=_moment(self.last_used),
            description=self.description,
            modified_at=from_millis(self.last_modified) if changed else None,
            custom_roles=find_roles(self.custom_role_ids),
        )


class _MembersOfSegment(_Shape):
    included_count: int
    excluded_count: int
    version: int
    last_modified: _Millis | None
    last_synced: _Millis | None


class _SegmentExtras(_Shape):
    id: str = Field(alias="_id")
    environment_id: str
    kind: SegmentKind
    context_kind: str
    cohort_id: str | None
    last_modified: _Millis
    members: _MembersOfSegment


class SegmentShape(_Shape):
    """A segment, and what is known of its members without reading them."""

    key: str
    name: str
    description: str
    tags: tuple[str, ...]
    creation_date: _Millis
    generation: int
    external: str | None = Field(None, alias="_external")
    external_link: str = Field("", alias="_externalLink")
    extras: _SegmentExtras = Field(alias="_muster")

    def to_model(self) -> SegmentDetails:
        """Return the segment."""
        extras, members = self.extras, self.extras.members
        segment = Segment(
            id=SegmentId(extras.id),
            environment_id=EnvironmentId(extras.environment_id),
            key=SegmentKey(self.key),
            kind=extras.kind,
            generation=self.generation,
            context_kind=extras.context_kind,
            name=self.name,
            description=self.description,
            tags=self.tags,
            source=self._source(),
            created_at=from_millis(self.creation_date),
            modified_at=from_millis(extras.last_modified),
        )
        return SegmentDetails(
            segment,
            MembershipSummary(
                included_count=members.included_count,
                excluded_count=members.excluded_count,
                version=members.version,
                changed_at=_moment(members.last_modified),
                synced_at=_moment(members.last_synced),
            ),
        )

    def _source(self) -> SyncSource | None:
        if self.external is None:
            return None
        cohort_id, url = self.extras.cohort_id or "", self.external_link or None
        return SyncSource(IntegrationKey(self.external), cohort_id, url)


class _AccessShape(_Shape):
    action: str
    resource: _Resource


class _MemberOfEntry(_Shape):
    id: str = Field(alias="_id")


class _TokenOfEntry(_Shape):
    id: str = Field(alias="_id")
    name: str
    service_token: bool


class AuditEntryShape(_Shape):
    """An entry of the audit log, with what was changed before and after."""

    id: str = Field(alias="_id")
    date: _Millis
    accesses: Annotated[tuple[_AccessShape, ...], Field(min_length=1)]
    kind: str
    name: str
    comment: str
    title_verb: str
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
            return Actor(member_id)
        kind = TokenKind.SERVICE if token.service_token else TokenKind.PERSONAL
        return Actor(member_id, TokenId(token.id), token.name, kind.value)


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)
