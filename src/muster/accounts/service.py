"""Projects and environments, as far as a principal may see them."""

from typing import Final

from muster.access.principal import Principal
from muster.accounts.model import Environment, Project
from muster.accounts.store import AccountStore
from muster.accounts.visible import visible_page
from muster.core.errors import NotFoundError
from muster.core.paging import Page, PageRequest

VIEW_PROJECT: Final = "viewProject"
"""The action that lets a principal see a project, its environments and what these hold."""


class ProjectService:
    """Reads projects and environments. Its methods may block: call them from a worker thread.

    A project that the principal may not view is treated as one that does not exist.
    """

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    def list_projects(self, principal: Principal, page: PageRequest) -> Page[Project]:
        """Return the projects that the principal may view, ordered by key."""
        return visible_page(
            self._store.list_projects,
            lambda project: principal.allows(VIEW_PROJECT, project.resource),
            page,
        )

    def get_project(self, principal: Principal, project_key: str) -> Project:
        """Return a project.

        Raises:
            NotFoundError: there is none with this key that the principal may view.
        """
        project = self._store.find_project(project_key)
        if project is None or not principal.allows(VIEW_PROJECT, project.resource):
            raise NotFoundError(
                f"There is no project {project_key[:256]!r}, or this token may not view it."
            )
        return project

    def list_environments(
        self, principal: Principal, project_key: str, page: PageRequest
    ) -> Page[Environment]:
        """Return a project's environments, in the order in which they were created.

        Raises:
            NotFoundError: there is no such project that the principal may view.
        """
        project = self.get_project(principal, project_key)
        return self._store.list_environments(project.key, page)

    def get_environment(
        self, principal: Principal, project_key: str, environment_key: str
    ) -> Environment:
        """Return a project's environment.

        Raises:
            NotFoundError: there is no such environment, or no such project that the principal may view.
        """
        project = self.get_project(principal, project_key)
        environment = self._store.find_environment(project.key, environment_key)
        if environment is None:
            raise NotFoundError(
                f"The project {project.key} has no environment {environment_key[:256]!r}."
            )
        return environment
