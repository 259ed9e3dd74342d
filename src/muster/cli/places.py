"""Finding the project and the environment that a command is about."""

from muster.accounts.model import Environment
from muster.cli.services import Places
from muster.core.errors import NotFoundError
from muster.core.paging import PageRequest

_SHOWN = PageRequest(limit=20)


def get_environment(accounts: Places, project_key: str, name: str) -> Environment:
    """Return an environment.

    Args:
        project_key: the project whose environment it is, where `name` is a key.
        name: the key, or the client-side ID of an environment of whatever project.

    Raises:
        NotFoundError: there is no such environment, or no such project; the message lists those
            there are.
    """
    environment = accounts.find_environment(project_key, name)
    environment = environment or accounts.find_environment_by_id(name)
    if environment is not None:
        return environment
    if accounts.find_project(project_key) is None:
        projects = accounts.list_projects(_SHOWN)
        known = _listed([project.key for project in projects.items], projects.total_count)
        raise NotFoundError(f"There is no project {project_key!r}. Those there are: {known}.")
    environments = accounts.list_environments(project_key, _SHOWN)
    known = _listed(
        [f"{one.key} ({one.id})" for one in environments.items], environments.total_count
    )
    raise NotFoundError(
        f"There is no environment {name!r} in the project {project_key!r}. Those there are, with "
        f"their client-side IDs: {known}."
    )


def _listed(names: list[str], total: int) -> str:
    more = total - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
