"""What the commands call: the services of a data directory, or of a server elsewhere.

A data directory gives the domain's own services, a server `muster.remote`. Both do the same, and raise
the same errors. The principal is always None: in a data directory that is the operator, and with a server
elsewhere, whoever the access token makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # every command imports this module, and few need what it speaks of
    from datetime import datetime

    from muster.access.explanation import Explanation
    from muster.access.policy import Policy
    from muster.access.resources import Resource
    from muster.access.roles import BasePermissions, BuiltInRole
    from muster.accounts.drafts import EnvironmentDraft
    from muster.accounts.members import MemberChanges, MemberFilter, NewMember
    from muster.accounts.model import (
        AccessToken,
        CustomRole,
        Environment,
        Member,
        Project,
        TokenKind,
    )
    from muster.accounts.projects import ProjectDraft
    from muster.accounts.roles import RoleChanges
    from muster.accounts.tokens import NewToken
    from muster.audit.log import AuditFilter
    from muster.audit.model import AuditEntry
    from muster.core.ids import EnvironmentId
    from muster.core.paging import Page, PageRequest
    from muster.core.pointers import Json
    from muster.segments.details import SegmentDetails
    from muster.segments.edits import SegmentDraft
    from muster.segments.model import MemberList
    from muster.segments.transfers import ImportMode, ImportState
    from muster.webhooks.model import Webhook


class Places(Protocol):
    """Finds projects and environments; see `AccountStore`."""

    def find_project(self, key: str) -> Project | None:
        """Return the project with this key."""
        ...

    def list_projects(self, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        ...

    def find_environment(self, project_key: str, key: str) -> Environment | None:
        """Return the environment with this key."""
        ...

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID."""
        ...

    def list_environments(self, project_key: str, page: PageRequest) -> Page[Environment]:
        """Return a project's environments, in the order in which they were created."""
        ...


class Projects(Protocol):
    """See `ProjectService`."""

    def list_projects(self, principal: None, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        ...

    def get_project(self, principal: None, project_key: str) -> Project:
        """Return a project."""
        ...

    def create_project(
        self, principal: None, draft: ProjectDraft
    ) -> tuple[Project, Sequence[Environment]]:
        """Make a project, and its environments."""
        ...

    def delete_project(self, principal: None, project_key: str) -> None:
        """Delete a project with all that is in it."""
        ...


class Environments(Protocol):
    """See `EnvironmentService`."""

    def list_environments(
        self, principal: None, project_key: str, page: PageRequest
    ) -> Page[Environment]:
        """Return a project's environments, in the order in which they were created."""
        ...

    def create_environment(
        self, principal: None, project_key: str, draft: EnvironmentDraft
    ) -> Environment:
        """Make an environment."""
        ...

    def reset_sdk_key(
        self,
        principal: None,
        project_key: str,
        environment_key: str,
        *,
        old_key_until: datetime | None = None,
    ) -> Environment:
        """Give an environment another SDK key."""
        ...

    def reset_mobile_key(
        self, principal: None, project_key: str, environment_key: str
    ) -> Environment:
        """Give an environment another mobile key."""
        ...

    def delete_environment(self, principal: None, project_key: str, environment_key: str) -> None:
        """Delete an environment with its segments and their members."""
        ...


class AuditEntries(Protocol):
    """See `AuditService`."""

    def list_entries(
        self, principal: None, wanted: AuditFilter, *, limit: int, about: Policy | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries, newest first: `limit` of them, or the few more of one and the same moment."""
        ...

    def get_entry(self, principal: None, entry_id: str) -> AuditEntry:
        """Return an entry."""
        ...


class Tokens(Protocol):
    """See `TokenService`."""

    def create_token(
        self,
        name: str,
        kind: TokenKind,
        *,
        role: BuiltInRole | None = None,
        inline_policy: Policy | None = None,
        custom_roles: Sequence[str] = (),
        expires_at: datetime | None = None,
        member: str | None = None,
    ) -> NewToken:
        """Make a token."""
        ...

    def list_tokens(self, page: PageRequest) -> Page[AccessToken]:
        """Return tokens, newest first."""
        ...

    def get_token(self, token_id: str) -> AccessToken:
        """Return a token."""
        ...

    def delete_token(self, token_id: str) -> None:
        """Delete a token."""
        ...

    def explain(self, token_id: str, action: str, resource: Resource) -> Explanation:
        """Return why requests with a token may do something, or may not."""
        ...


class Roles(Protocol):
    """See `RoleService`."""

    def create_role(
        self,
        key: str,
        name: str,
        policy: Policy,
        *,
        description: str = "",
        base_permissions: BasePermissions = ...,
    ) -> CustomRole:
        """Make a custom role."""
        ...

    def list_roles(self, page: PageRequest) -> Page[CustomRole]:
        """Return custom roles, ordered by key."""
        ...

    def get_role(self, key_or_id: str) -> CustomRole:
        """Return a custom role."""
        ...

    def update_role(self, key_or_id: str, changes: RoleChanges) -> CustomRole:
        """Change a custom role."""
        ...

    def delete_role(self, key_or_id: str) -> None:
        """Delete a custom role."""
        ...


class Members(Protocol):
    """See `MemberService`."""

    def create_members(self, wanted: Sequence[NewMember]) -> Sequence[Member]:
        """Make members: all of them or none."""
        ...

    def list_members(self, page: PageRequest, wanted: MemberFilter = ...) -> Page[Member]:
        """Return members, in the order in which they came."""
        ...

    def get_member(self, member_id: str) -> Member:
        """Return a member, by id or e-mail address."""
        ...

    def update_member(self, member_id: str, changes: MemberChanges) -> Member:
        """Change a member."""
        ...

    def delete_member(self, member_id: str) -> None:
        """Delete a member and their personal tokens."""
        ...


class Segments(Protocol):
    """See `SegmentService`."""

    def list_segments(
        self, environment_id: EnvironmentId, page: PageRequest
    ) -> Page[SegmentDetails]:
        """Return the environment's segments, newest first."""
        ...

    def get_segment(self, environment_id: EnvironmentId, key: str) -> SegmentDetails:
        """Return the environment's segment with this key."""
        ...

    def list_members(
        self,
        environment_id: EnvironmentId,
        key: str,
        member_list: MemberList = ...,
        *,
        after: str = "",
        prefix: str = "",
        limit: int = 100,
    ) -> Sequence[str]:
        """Return up to `limit` context keys above `after` that begin with `prefix`, in order."""
        ...


class SegmentWriter(Protocol):
    """Changes segments. Every method may raise a `MusterError`, whose message is for the user."""

    def create_segment(self, environment: Environment, draft: SegmentDraft) -> None:
        """Make a segment that holds nobody."""
        ...

    def patch_segment(
        self, environment: Environment, key: str, instructions: Json, comment: str
    ) -> None:
        """Follow the instructions of a semantic patch: all of them, or none."""
        ...

    def delete_segment(self, environment: Environment, key: str) -> None:
        """Delete a segment with its members."""
        ...

    def import_members(
        self,
        environment: Environment,
        key: str,
        path: Path,
        mode: ImportMode,
        on_progress: Callable[[ImportState], None],
    ) -> ImportState:
        """Import a CSV file of this machine, and wait until that has ended.

        Args:
            on_progress: told how far it is, a few times a second.
        """
        ...


class Webhooks(Protocol):
    """Finds webhooks; see `WebhookService`."""

    def get_webhook(self, webhook_id: str) -> Webhook:
        """Return the webhook with this id."""
        ...
