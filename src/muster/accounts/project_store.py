"""What projects and their environments need of a store. Implementations live under `storage/`.

Every method may block on a disk or a network: call it from a worker thread, not from the event loop.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from muster.accounts.model import Environment, Project
from muster.core.ids import EnvironmentId, ProjectId
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret


class ProjectStore(Protocol):
    """Keeps projects and their environments."""

    def find_project(self, key: str) -> Project | None:
        """Return the project with this key."""
        ...

    def list_projects(self, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        ...

    def lock_project_ids(self) -> Sequence[ProjectId]:
        """Return the ids of all projects; none of them is deleted by others in this transaction."""
        ...

    def create_project(self, project: Project, environments: Collection[Environment]) -> None:
        """Store a new project with its environments.

        Raises:
            ConflictError: a project with this key exists.
        """
        ...

    def update_project(self, project: Project) -> bool:
        """Store what has changed of a project; tell whether it is still there."""
        ...

    def delete_project(self, project_id: ProjectId) -> None:
        """Delete a project with all its environments; see `delete_environment`."""
        ...

    def find_environment(self, project_key: str, key: str) -> Environment | None:
        """Return a project's environment by its key."""
        ...

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID."""
        ...

    def find_environment_by_sdk_key(self, sdk_key: str, now: datetime) -> Environment | None:
        """Return the environment that an SDK key is of: its present one, or one it had before.

        Args:
            now: a key of before is good until the moment that was chosen when it was replaced.
        """
        ...

    def find_environment_by_mobile_key(self, mobile_key: str) -> Environment | None:
        """Return the environment that has this mobile key now."""
        ...

    def list_environments(self, project_key: str, page: PageRequest) -> Page[Environment]:
        """Return a project's environments, ordered by creation, then by key."""
        ...

    def lock_environment_ids(self, project_id: ProjectId) -> Sequence[EnvironmentId]:
        """Return the ids of a project's environments; others delete none of them in this transaction."""
        ...

    def create_environment(self, environment: Environment) -> bool:
        """Store a new environment; tell whether its project is still there.

        Raises:
            ConflictError: the project has one with this key.
        """
        ...

    def update_environment(self, environment: Environment) -> bool:
        """Store what has changed of an environment but for its keys; tell whether it is still there."""
        ...

    def replace_sdk_key(
        self,
        environment_id: EnvironmentId,
        sdk_key: Secret,
        *,
        now: datetime,
        old_key_until: datetime | None,
    ) -> bool:
        """Give an environment another SDK key; tell whether it is still there.

        Args:
            old_key_until: until when the present key is good, too; those that were replaced earlier stay
                good as long as was said then. None: only the new key is good.
        """
        ...

    def replace_mobile_key(self, environment_id: EnvironmentId, mobile_key: Secret) -> bool:
        """Give an environment another mobile key; tell whether it is still there."""
        ...

    def delete_environment(self, environment_id: EnvironmentId) -> None:
        """Delete an environment with its segments.

        Which segments these were is noted in the same transaction: their members are in another store,
        and are deleted there later (see `muster.segments.purging`).
        """
        ...
