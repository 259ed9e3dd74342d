"""The environments of a project: listed, made, changed and deleted, and their keys replaced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypedDict

from muster.access.principal import Principal
from muster.accounts.drafts import EnvironmentDraft, checked_environment, new_environment
from muster.accounts.model import Environment
from muster.accounts.project_store import ProjectStore
from muster.accounts.projects import ProjectService
from muster.accounts.visible import visible_page
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.naming import folded, is_part_of_any
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret, new_mobile_key, new_sdk_key
from muster.core.sorting import SortFields, SortKey, sorted_by

VIEW_SDK_KEY: Final = "viewSdkKey"
"""The action that lets a principal see an environment's SDK key."""
_CREATE: Final = "createEnvironment"
_DELETE: Final = "deleteEnvironment"
_SORTED_BY: Final["SortFields[Environment]"] = {
    "name": lambda environment: environment.name.casefold(),
    "createdOn": lambda environment: environment.created_at,
    "critical": lambda environment: environment.critical,
}
_ACTIONS: Final = {
    "name": "updateName",
    "color": "updateColor",
    "tags": "updateTags",
    "critical": "updateCritical",
    "default_ttl_minutes": "updateTtl",
    "secure_mode": "updateSecureMode",
    "default_track_events": "updateDefaultTrackEvents",
    "require_comments": "updateRequireComments",
    "confirm_changes": "updateConfirmChanges",
}
"""What can be changed of an environment, and the action that does."""


class EnvironmentChanges(TypedDict, total=False):
    """What of an environment can be changed: see `Environment`."""

    name: str
    color: str
    tags: tuple[str, ...]
    critical: bool
    default_ttl_minutes: int
    secure_mode: bool
    default_track_events: bool
    require_comments: bool
    confirm_changes: bool


@dataclass(frozen=True, slots=True)
class EnvironmentFilter:
    """Which environments are wanted: those for which all that is given holds, in whatever case.

    Attributes:
        query: a part of the key or the name.
        tags: it has all of them.
        critical: whether it is critical; None for whatever.
    """

    query: str = ""
    tags: Sequence[str] = ()
    critical: bool | None = None

    def matches(self, environment: Environment) -> bool:
        """Tell whether an environment is wanted."""
        return (
            is_part_of_any(self.query, environment.key, environment.name)
            and folded(self.tags) <= folded(environment.tags)
            and self.critical in (None, environment.critical)
        )


@dataclass(frozen=True, slots=True)
class _Change:
    """A change that is to be made to an environment; see `AuditEntry` for `verb`."""

    before: Environment
    after: Environment
    actions: Sequence[str]
    verb: str
    comment: str = ""


class EnvironmentService:
    """Lists, makes, changes and deletes environments. Its methods may block: use a worker thread.

    What the principal may not do is refused; whoever may view a project may view its environments. None
    is the installation's operator, who may do everything.
    """

    def __init__(
        self, store: ProjectStore, projects: ProjectService, trail: AuditTrail, clock: Clock
    ) -> None:
        self._store = store
        self._projects = projects
        self._trail = trail
        self._clock = clock

    def list_environments(
        self,
        principal: Principal | None,
        project_key: str,
        page: PageRequest,
        wanted: EnvironmentFilter | None = None,
        sort: Sequence[SortKey] = (),
    ) -> Page[Environment]:
        """Return a project's environments, in the order in which they were created.

        Args:
            wanted: which of them; None for all.
            sort: another order: by `name`, `createdOn` or `critical`.

        Raises:
            NotFoundError: there is no such project that the principal may view.
            InvalidRequestError: environments can't be sorted by one of these.
        """
        project = self._projects.get_project(principal, project_key)
        return visible_page(
            lambda part: self._store.list_environments(project.key, part),
            lambda environment: wanted is None or wanted.matches(environment),
            page,
            lambda environments: sorted_by(environments, sort, _SORTED_BY),
        )

    def get_environment(
        self, principal: Principal | None, project_key: str, environment_key: str
    ) -> Environment:
        """Return a project's environment.

        Raises:
            NotFoundError: there is no such environment, or no such project that the principal may view.
        """
        project = self._projects.get_project(principal, project_key)
        environment = self._store.find_environment(project.key, environment_key)
        if environment is None:
            raise NotFoundError(
                f"The project {project.key} has no environment {environment_key[:256]!r}."
            )
        return environment

    def create_environment(
        self, principal: Principal | None, project_key: str, draft: EnvironmentDraft
    ) -> Environment:
        """Make an environment.

        Raises:
            NotFoundError: there is no such project that the principal may view.
            InvalidRequestError: something of the draft can't be so.
            ForbiddenError: the principal may not make it.
            ConflictError: the project has one with this key.
        """
        project = self._projects.get_project(principal, project_key)
        environment = new_environment(project, draft, self._clock.now())
        if principal is not None:
            principal.require(_CREATE, environment.resource)
        with self._trail.changing(principal) as notes:
            if not self._store.create_environment(environment):
                raise NotFoundError(f"The project {project.key} has just been deleted.")
            notes.note(
                "environment",
                environment.name,
                "created",
                [Access(_CREATE, environment.resource)],
                after=environment.snapshot(),
            )
        return environment

    def update_environment(
        self,
        principal: Principal | None,
        project_key: str,
        environment_key: str,
        changes: EnvironmentChanges,
        *,
        comment: str = "",
    ) -> Environment:
        """Change an environment.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is no such environment, or no such project that the principal may view.
            ForbiddenError: the principal may not change this of it.
            InvalidRequestError: a value is not valid.
        """
        before = self.get_environment(principal, project_key, environment_key)
        after = checked_environment(replace(before, **changes))
        actions = [
            action
            for name, action in _ACTIONS.items()
            if getattr(before, name) != getattr(after, name)
        ]
        if not actions:
            return before
        change = _Change(before, after, tuple(actions), "updated", comment)
        return self._make(principal, change, lambda: self._store.update_environment(after))

    def reset_sdk_key(
        self,
        principal: Principal | None,
        project_key: str,
        environment_key: str,
        *,
        old_key_until: datetime | None = None,
    ) -> Environment:
        """Give an environment another SDK key.

        Args:
            old_key_until: until when the present key is good, too; those that were replaced earlier stay
                good as long as was said then. None: from now on only the new key is good.

        Raises:
            NotFoundError: there is no such environment, or no such project that the principal may view.
            ForbiddenError: the principal may not replace its SDK key.
            InvalidRequestError: the moment is not in the future.
        """
        before = self.get_environment(principal, project_key, environment_key)
        now = self._clock.now()
        if old_key_until is not None and old_key_until <= now:
            raise InvalidRequestError(
                f"The expiry {old_key_until:%Y-%m-%d %H:%M:%S %Z} is not in the future. Leave it out, and "
                "the old key stops working now.",
                pointer="/expiry",
            )
        key = Secret(new_sdk_key())
        change = _Change(
            before, replace(before, sdk_key=key), ("updateApiKey",), "reset the SDK key of"
        )
        return self._make(
            principal,
            change,
            lambda: self._store.replace_sdk_key(
                before.id, key, now=now, old_key_until=old_key_until
            ),
        )

    def reset_mobile_key(
        self, principal: Principal | None, project_key: str, environment_key: str
    ) -> Environment:
        """Give an environment another mobile key; the present one stops working.

        Raises:
            NotFoundError: there is no such environment, or no such project that the principal may view.
            ForbiddenError: the principal may not replace its mobile key.
        """
        before = self.get_environment(principal, project_key, environment_key)
        key = Secret(new_mobile_key())
        change = _Change(
            before, replace(before, mobile_key=key), ("updateMobileKey",), "reset the mobile key of"
        )
        return self._make(principal, change, lambda: self._store.replace_mobile_key(before.id, key))

    def delete_environment(
        self, principal: Principal | None, project_key: str, environment_key: str
    ) -> None:
        """Delete an environment with its segments and their members.

        Requests to sync into it are refused within a second.

        Raises:
            NotFoundError: there is no such environment, or no such project that the principal may view.
            ForbiddenError: the principal may not delete it.
            InvalidRequestError: it is the last environment of its project.
        """
        environment = self.get_environment(principal, project_key, environment_key)
        if principal is not None:
            principal.require(_DELETE, environment.resource)
        with self._trail.changing(principal) as notes:
            ids = self._store.lock_environment_ids(environment.project_id)
            if environment.id not in ids:
                raise _just_deleted(environment)
            if len(ids) == 1:
                raise InvalidRequestError(
                    f"{environment.key} is the last environment of {environment.project_key}, which can't be "
                    "deleted. Create another one first, or delete the project."
                )
            self._store.delete_environment(environment.id)
            notes.note(
                "environment",
                environment.name,
                "deleted",
                [Access(_DELETE, environment.resource)],
                before=environment.snapshot(),
            )

    def _make(
        self, principal: Principal | None, change: _Change, save: Callable[[], bool]
    ) -> Environment:
        """Make a change that is allowed.

        Args:
            save: stores it; tells whether the environment is still there.
        """
        before, after = change.before, change.after
        if principal is not None:
            for action in change.actions:
                principal.require(action, before.resource)
        with self._trail.changing(principal) as notes:
            if not save():
                raise _just_deleted(before)
            notes.note(
                "environment",
                after.name,
                change.verb,
                [Access(action, before.resource) for action in change.actions],
                before=before.snapshot(),
                after=after.snapshot(),
                comment=change.comment,
            )
        return after


def _just_deleted(environment: Environment) -> NotFoundError:
    return NotFoundError(
        f"The environment {environment.key} of {environment.project_key} has just been deleted."
    )
