"""Projects: listed, made, changed and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypedDict

from muster.access.principal import Principal
from muster.accounts.drafts import EnvironmentDraft, new_environment
from muster.accounts.flag_defaults import NewFlagDefaults
from muster.accounts.model import FOR_MOBILE, ClientSideAvailability, Environment, Project
from muster.accounts.project_store import ProjectStore
from muster.accounts.visible import read_all, visible_page
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.ids import ProjectId, ProjectKey, new_id
from muster.core.naming import check_key, check_name, clean_tags, folded, is_part_of_any
from muster.core.paging import Page, PageRequest
from muster.core.pointers import Json
from muster.core.sorting import SortFields, SortKey, sorted_by

VIEW_PROJECT: Final = "viewProject"
"""The action that lets a principal see a project, its environments and what these hold."""
_CREATE: Final = "createProject"
_DELETE: Final = "deleteProject"
_SORTED_BY: Final["SortFields[Project]"] = {
    "name": lambda project: project.name.casefold(),
    "createdOn": lambda project: project.created_at,
}
_ACTIONS: Final = {
    "name": "updateProjectName",
    "tags": "updateTags",
    "include_in_snippet_by_default": "updateIncludeInSnippetByDefault",
    "default_availability": "updateDefaultClientSideAvailability",
    "new_flags": "updateProjectFlagDefaults",
}
"""What can be changed of a project, and the action that does."""
_FIRST_ENVIRONMENTS: Final = (
    EnvironmentDraft("production", "Production", "417505"),
    EnvironmentDraft("test", "Test", "F5A623"),
)
"""The environments of a project of which nobody said what environments it has."""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """A project that is to be made; see `Project`."""

    key: str
    name: str
    tags: Sequence[str] = ()
    include_in_snippet_by_default: bool = False
    default_availability: ClientSideAvailability = FOR_MOBILE
    environments: Sequence[EnvironmentDraft] = ()


class ProjectChanges(TypedDict, total=False):
    """What of a project can be changed: see `Project`."""

    name: str
    tags: tuple[str, ...]
    include_in_snippet_by_default: bool
    default_availability: ClientSideAvailability
    new_flags: NewFlagDefaults


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """Which projects are wanted: those for which all that is given holds, in whatever case.

    Attributes:
        query: a part of the key or the name.
        tags: it has all of them.
        keys: it has one of them; None for whatever.
    """

    query: str = ""
    tags: Sequence[str] = ()
    keys: Sequence[str] | None = None

    def matches(self, project: Project) -> bool:
        """Tell whether a project is wanted."""
        return (
            is_part_of_any(self.query, project.key, project.name)
            and folded(self.tags) <= folded(project.tags)
            and (self.keys is None or project.key.casefold() in folded(self.keys))
        )


class ProjectService:
    """Lists, makes, changes and deletes projects. Its methods may block: call them from a worker thread.

    What the principal may not do is refused; a project that it may not view is treated as one that does
    not exist. None is the installation's operator, who may do everything.
    """

    def __init__(self, store: ProjectStore, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock

    def list_projects(
        self,
        principal: Principal | None,
        page: PageRequest,
        wanted: ProjectFilter | None = None,
        sort: Sequence[SortKey] = (),
    ) -> Page[Project]:
        """Return the projects that the principal may view, ordered by key.

        Args:
            wanted: which of them; None for all.
            sort: another order: by `name` or `createdOn`.

        Raises:
            InvalidRequestError: projects can't be sorted by one of these.
        """
        return visible_page(
            self._store.list_projects,
            lambda project: (
                _may_view(principal, project) and (wanted is None or wanted.matches(project))
            ),
            page,
            lambda projects: sorted_by(projects, sort, _SORTED_BY),
        )

    def get_project(self, principal: Principal | None, project_key: str) -> Project:
        """Return a project.

        Raises:
            NotFoundError: there is none with this key that the principal may view.
        """
        project = self._store.find_project(project_key)
        if project is None or not _may_view(principal, project):
            raise NotFoundError(
                f"There is no project {project_key[:256]!r}, or it is not yours to view."
            )
        return project

    def create_project(
        self, principal: Principal | None, draft: ProjectDraft
    ) -> tuple[Project, Sequence[Environment]]:
        """Make a project with its environments: those of the draft, or `production` and `test`.

        Raises:
            InvalidRequestError: something of the draft can't be so.
            ForbiddenError: the principal may not make it.
            ConflictError: there is a project with this key.
        """
        now = self._clock.now()
        project = Project(
            id=ProjectId(new_id()),
            key=ProjectKey(draft.key),
            name=draft.name,
            tags=tuple(draft.tags),
            created_at=now,
            include_in_snippet_by_default=draft.include_in_snippet_by_default,
            default_availability=draft.default_availability,
        )
        project = _checked(project)
        environments = _new_environments(project, draft.environments or _FIRST_ENVIRONMENTS, now)
        if len({one.key for one in environments}) < len(environments):
            raise InvalidRequestError(
                "Two of the environments have the same key.", pointer="/environments"
            )
        if principal is not None:
            principal.require(_CREATE, project.resource)
        accesses = [
            Access(_CREATE, project.resource),
            *(Access("createEnvironment", one.resource) for one in environments),
        ]
        with self._trail.changing(principal) as notes:
            self._store.create_project(project, environments)
            after = _snapshot(project, environments)
            notes.note("project", project.name, "created", accesses, after=after)
        return project, environments

    def update_project(
        self,
        principal: Principal | None,
        project_key: str,
        changes: ProjectChanges,
        *,
        comment: str = "",
    ) -> Project:
        """Change a project.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is none with this key that the principal may view.
            ForbiddenError: the principal may not change this of it.
            InvalidRequestError: a value is not valid.
        """
        before = self.get_project(principal, project_key)
        after = _checked(replace(before, **changes))
        actions = [
            action
            for name, action in _ACTIONS.items()
            if getattr(before, name) != getattr(after, name)
        ]
        if not actions:
            return before
        if principal is not None:
            for action in actions:
                principal.require(action, before.resource)
        with self._trail.changing(principal) as notes:
            if not self._store.update_project(after):
                raise _just_deleted(before)
            accesses = [Access(action, before.resource) for action in actions]
            notes.note(
                "project",
                after.name,
                "updated",
                accesses,
                before=before.snapshot(),
                after=after.snapshot(),
                comment=comment,
            )
        return after

    def delete_project(self, principal: Principal | None, project_key: str) -> None:
        """Delete a project with its environments and all that these hold.

        Requests to sync into them are refused within a second.

        Raises:
            NotFoundError: there is none with this key that the principal may view.
            ForbiddenError: the principal may not delete it.
            InvalidRequestError: it is the last project.
        """
        project = self.get_project(principal, project_key)
        if principal is not None:
            principal.require(_DELETE, project.resource)
        with self._trail.changing(principal) as notes:
            ids = self._store.lock_project_ids()
            if project.id not in ids:
                raise _just_deleted(project)
            if len(ids) == 1:
                raise InvalidRequestError(
                    f"{project.key} is the last project, which can't be deleted. Create another one first."
                )
            environments = self._environments(project)
            accesses = [
                Access(_DELETE, project.resource),
                *(Access("deleteEnvironment", one.resource) for one in environments),
            ]
            self._store.delete_project(project.id)
            before = _snapshot(project, environments)
            notes.note("project", project.name, "deleted", accesses, before=before)

    def _environments(self, project: Project) -> Sequence[Environment]:
        return list(read_all(lambda page: self._store.list_environments(project.key, page)))


def _may_view(principal: Principal | None, project: Project) -> bool:
    return principal is None or principal.allows(VIEW_PROJECT, project.resource)


def _checked(project: Project) -> Project:
    """Return a project with its tags in order, if it can be so."""
    check_key(project.key, "project")
    check_name(project.name, "project")
    new_flags = replace(project.new_flags, tags=clean_tags(project.new_flags.tags))
    return replace(project, tags=clean_tags(project.tags), new_flags=new_flags)


def _new_environments(
    project: Project, drafts: Sequence[EnvironmentDraft], now: datetime
) -> Sequence[Environment]:
    made = []
    for place, draft in enumerate(drafts):
        try:
            made.append(new_environment(project, draft, now))
        except InvalidRequestError as error:
            at = f"/environments/{place}{error.pointer or ''}"
            raise InvalidRequestError(error.message, pointer=at) from error
    return made


def _snapshot(project: Project, environments: Sequence[Environment]) -> dict[str, Json]:
    return {**project.snapshot(), "environments": [one.snapshot() for one in environments]}


def _just_deleted(project: Project) -> NotFoundError:
    return NotFoundError(f"The project {project.key} has just been deleted.")
