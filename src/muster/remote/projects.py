"""Projects and environments of a server elsewhere."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.model import Environment, Project
from muster.accounts.projects import ProjectDraft
from muster.accounts.visible import read_all
from muster.core.clock import to_millis
from muster.core.errors import NotFoundError
from muster.core.ids import EnvironmentId
from muster.core.paging import Page, PageRequest
from muster.remote.connection import Connection, Query
from muster.remote.representations import (
    EnvironmentShape,
    ExpandedProjectShape,
    NewProjectShape,
    ProjectShape,
)
from muster.remote.shapes import PageShape

_CLIENT_SIDE_ID: Final = re.compile("[0-9a-f]{24}")


class RemotePlaces:
    """Finds projects and environments.

    The API names an environment by project and key, and parts of Muster by its id: so those that were
    found are remembered. So are the environments of listed projects, which come along with them.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[str, Environment] = {}
        self._environments_of: dict[str, Sequence[Environment]] = {}

    def find_project(self, key: str) -> Project | None:
        """Return the project with this key."""
        found = self._connection.find(ProjectShape, "projects", key)
        return None if found is None else found.to_model()

    def list_projects(self, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        query = {**paging(page), "expand": "environments"}
        found = self._connection.get(PageShape[ExpandedProjectShape], "projects", query=query)
        for project in found.items:
            self._remember_environments(project)
        return found.to_page(page, ProjectShape.to_model)

    def find_environment(self, project_key: str, key: str) -> Environment | None:
        """Return the environment with this key."""
        place = ("projects", project_key, "environments", key)
        found = self._connection.find(EnvironmentShape, *place)
        return None if found is None else self._remembered(found.to_model())

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID: all projects are looked through for it."""
        if environment_id not in self._found and _CLIENT_SIDE_ID.fullmatch(environment_id):
            for project in read_all(self.list_projects):
                self._read_environments(project.key)
        return self._found.get(environment_id)

    def list_environments(self, project_key: str, page: PageRequest) -> Page[Environment]:
        """Return a project's environments, in the order in which they were created."""
        known = self._environments_of.get(project_key)
        if known is not None:
            return Page(known[page.offset : page.offset + page.limit], len(known), page)
        place = ("projects", project_key, "environments")
        shape = PageShape[EnvironmentShape]
        found = self._connection.get(shape, *place, query=paging(page))
        return found.to_page(page, lambda one: self._remembered(one.to_model()))

    def get_environment_by_id(self, environment_id: EnvironmentId) -> Environment:
        """Return the environment with this id.

        Raises:
            NotFoundError: there is none that the token may view.
        """
        environment = self.find_environment_by_id(environment_id)
        if environment is None:
            raise NotFoundError(
                f"There is no environment with the client-side ID {environment_id}."
            )
        return environment

    def forget(self) -> None:
        """Forget what was remembered, for something has changed."""
        self._found.clear()
        self._environments_of.clear()

    def _read_environments(self, project_key: str) -> None:
        """Read all environments of a project, so that they are remembered."""
        for _ in read_all(lambda page: self.list_environments(project_key, page)):
            pass

    def _remember_environments(self, project: ExpandedProjectShape) -> None:
        shown = project.environments
        environments = [self._remembered(one.to_model()) for one in shown.items]
        if shown.total_count == len(environments):
            self._environments_of[project.key] = environments

    def _remembered(self, environment: Environment) -> Environment:
        self._found[environment.id] = environment
        return environment


class RemoteProjects:
    """Does what `ProjectService` does."""

    def __init__(self, connection: Connection, places: RemotePlaces) -> None:
        self._connection = connection
        self._places = places

    def list_projects(self, _: None, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        return self._places.list_projects(page)

    def get_project(self, _: None, project_key: str) -> Project:
        """Return a project."""
        return self._connection.get(ProjectShape, "projects", project_key).to_model()

    def create_project(self, _: None, draft: ProjectDraft) -> tuple[Project, Sequence[Environment]]:
        """Make a project, and its environments."""
        body = {
            "key": draft.key,
            "name": draft.name,
            "tags": list(draft.tags),
            "includeInSnippetByDefault": draft.include_in_snippet_by_default,
            "defaultClientSideAvailability": draft.default_availability.to_json(),
            "environments": [_environment_body(one) for one in draft.environments],
        }
        self._places.forget()
        made = self._connection.post(NewProjectShape, "projects", body=body)
        return made.to_model(), [one.to_model() for one in made.environments]

    def delete_project(self, _: None, project_key: str) -> None:
        """Delete a project with all that is in it."""
        self._places.forget()
        self._connection.delete("projects", project_key)


class RemoteEnvironments:
    """Does what `EnvironmentService` does."""

    def __init__(self, connection: Connection, places: RemotePlaces) -> None:
        self._connection = connection
        self._places = places

    def list_environments(self, _: None, project_key: str, page: PageRequest) -> Page[Environment]:
        """Return a project's environments, in the order in which they were created."""
        return self._places.list_environments(project_key, page)

    def create_environment(self, _: None, project_key: str, draft: EnvironmentDraft) -> Environment:
        """Make an environment."""
        place = ("projects", project_key, "environments")
        self._places.forget()
        made = self._connection.post(EnvironmentShape, *place, body=_environment_body(draft))
        return made.to_model()

    def reset_sdk_key(
        self,
        _: None,
        project_key: str,
        environment_key: str,
        *,
        old_key_until: datetime | None = None,
    ) -> Environment:
        """Give an environment another SDK key."""
        query = {"expiry": None if old_key_until is None else to_millis(old_key_until)}
        return self._reset("apiKey", project_key, environment_key, query)

    def reset_mobile_key(self, _: None, project_key: str, environment_key: str) -> Environment:
        """Give an environment another mobile key."""
        return self._reset("mobileKey", project_key, environment_key)

    def delete_environment(self, _: None, project_key: str, environment_key: str) -> None:
        """Delete an environment with its segments and their members."""
        self._places.forget()
        self._connection.delete("projects", project_key, "environments", environment_key)

    def _reset(
        self, key: str, project_key: str, environment_key: str, query: Query | None = None
    ) -> Environment:
        place = ("projects", project_key, "environments", environment_key, key)
        self._places.forget()
        return self._connection.post(EnvironmentShape, *place, query=query).to_model()


def paging(page: PageRequest) -> dict[str, str | int | None]:
    """Return the parameters of a query that ask for a page."""
    return {"limit": page.limit, "offset": page.offset}


def _environment_body(draft: EnvironmentDraft) -> dict[str, object]:
    return {
        "key": draft.key,
        "name": draft.name,
        "color": draft.color,
        "tags": list(draft.tags),
        "critical": draft.critical,
        "defaultTtl": draft.default_ttl_minutes,
        "secureMode": draft.secure_mode,
        "defaultTrackEvents": draft.default_track_events,
        "requireComments": draft.require_comments,
        "confirmChanges": draft.confirm_changes,
    }
