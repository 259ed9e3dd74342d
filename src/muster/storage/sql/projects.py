"""Projects and their environments."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from muster.accounts.flag_defaults import (
    USUAL_FLAG_DEFAULTS,
    NewFlagDefaults,
    read_new_flag_defaults,
)
from muster.accounts.model import ClientSideAvailability, Environment, Project
from muster.core.errors import ConflictError
from muster.core.ids import EnvironmentId, EnvironmentKey, ProjectId, ProjectKey
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret
from muster.storage.sql import tables
from muster.storage.sql.columns import from_json_list, from_micros, to_json_list, to_micros
from muster.storage.sql.purges import delete_segments
from muster.storage.sql.transactions import is_duplicate, reading, writing

_PROJECTS: Final = tables.projects
_ENVIRONMENTS: Final = tables.environments
_WITH_PROJECT: Final = select(
    _ENVIRONMENTS,
    _PROJECTS.c.key.label("project_key"),
    _PROJECTS.c.tags.label("project_tags"),
).join_from(_ENVIRONMENTS, _PROJECTS)
_UNCHANGING: Final = ("id", "project_id", "key", "created_at", "sdk_key", "mobile_key")
"""Columns that an update leaves as they are; keys are replaced, see `replace_sdk_key`."""


class SqlProjectStore:
    """Implements `ProjectStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find_project(self, key: str) -> Project | None:
        """Return the project with this key."""
        query = select(_PROJECTS).where(_PROJECTS.c.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_project(row)

    def list_projects(self, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        query = select(_PROJECTS).order_by(_PROJECTS.c.key)
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(_PROJECTS)).scalar_one()
            rows = connection.execute(query.limit(page.limit).offset(page.offset)).all()
        return Page([_to_project(row) for row in rows], total, page)

    def lock_project_ids(self) -> Sequence[ProjectId]:
        """Return the ids of all projects; none of them is deleted by others in this transaction."""
        # In one order for all, so that two transactions never wait for each other.
        query = select(_PROJECTS.c.id).order_by(_PROJECTS.c.id).with_for_update()
        with writing(self._engine) as connection:
            return [ProjectId(one) for one in connection.execute(query).scalars()]

    def create_project(self, project: Project, environments: Collection[Environment]) -> None:
        """Store a new project with its environments.

        Raises:
            ConflictError: a project with this key exists.
        """
        with writing(self._engine) as connection:
            try:
                connection.execute(insert(_PROJECTS), project_row(project))
                connection.execute(insert(_ENVIRONMENTS), list(map(environment_row, environments)))
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError(f"There is a project {project.key} already.") from error
                raise

    def update_project(self, project: Project) -> bool:
        """Store what has changed of a project; tell whether it is still there."""
        return self._update(
            update(_PROJECTS)
            .where(_PROJECTS.c.id == project.id)
            .values(_without(project_row(project), _UNCHANGING))
        )

    def delete_project(self, project_id: ProjectId) -> None:
        """Delete a project with all its environments; see `delete_environment`."""
        with writing(self._engine) as connection:
            for environment_id in _lock_environment_ids(connection, project_id):
                _delete_environment(connection, environment_id)
            connection.execute(delete(_PROJECTS).where(_PROJECTS.c.id == project_id))

    def find_environment(self, project_key: str, key: str) -> Environment | None:
        """Return a project's environment by its key."""
        return self._find_environment(_PROJECTS.c.key == project_key, _ENVIRONMENTS.c.key == key)

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID."""
        return self._find_environment(_ENVIRONMENTS.c.id == environment_id)

    def find_environment_by_sdk_key(self, sdk_key: str, now: datetime) -> Environment | None:
        """Return the environment that an SDK key is of: its present one, or one it had before."""
        retired = tables.retired_sdk_keys.c
        good = select(retired.environment_id).where(
            retired.sdk_key == sdk_key, retired.expires_at > to_micros(now)
        )
        return self._find_environment(_ENVIRONMENTS.c.sdk_key == sdk_key) or self._find_environment(
            _ENVIRONMENTS.c.id.in_(good)
        )

    def find_environment_by_mobile_key(self, mobile_key: str) -> Environment | None:
        """Return the environment that has this mobile key now."""
        return self._find_environment(_ENVIRONMENTS.c.mobile_key == mobile_key)

    def list_environments(self, project_key: str, page: PageRequest) -> Page[Environment]:
        """Return a project's environments, ordered by creation, then by key."""
        found = _WITH_PROJECT.where(_PROJECTS.c.key == project_key)
        query = found.order_by(_ENVIRONMENTS.c.created_at, _ENVIRONMENTS.c.key)
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(found.subquery()))
            rows = connection.execute(query.limit(page.limit).offset(page.offset)).all()
            return Page([_to_environment(row) for row in rows], total.scalar_one(), page)

    def lock_environment_ids(self, project_id: ProjectId) -> Sequence[EnvironmentId]:
        """Return the ids of a project's environments; others delete none of them in this transaction."""
        with writing(self._engine) as connection:
            return _lock_environment_ids(connection, project_id)

    def create_environment(self, environment: Environment) -> bool:
        """Store a new environment; tell whether its project is still there.

        Raises:
            ConflictError: the project has one with this key.
        """
        with writing(self._engine) as connection:
            place = select(_PROJECTS.c.id).where(_PROJECTS.c.id == environment.project_id)
            if connection.execute(place.with_for_update(read=True)).first() is None:
                return False
            try:
                connection.execute(insert(_ENVIRONMENTS), environment_row(environment))
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError(
                        f"The project {environment.project_key} has an environment {environment.key} "
                        "already."
                    ) from error
                raise
            return True

    def update_environment(self, environment: Environment) -> bool:
        """Store what has changed of an environment but for its keys; tell whether it is still there."""
        return self._update(
            update(_ENVIRONMENTS)
            .where(_ENVIRONMENTS.c.id == environment.id)
            .values(_without(environment_row(environment), _UNCHANGING))
        )

    def replace_sdk_key(
        self,
        environment_id: EnvironmentId,
        sdk_key: Secret,
        *,
        now: datetime,
        old_key_until: datetime | None,
    ) -> bool:
        """Give an environment another SDK key; tell whether it is still there."""
        place = _ENVIRONMENTS.c.id == environment_id
        retired = tables.retired_sdk_keys
        with writing(self._engine) as connection:
            query = select(_ENVIRONMENTS.c.sdk_key).where(place).with_for_update()
            old_key = connection.execute(query).scalar_one_or_none()
            if old_key is None:
                return False
            dead = [retired.c.environment_id == environment_id]
            if old_key_until is not None:
                dead.append(retired.c.expires_at <= to_micros(now))
            connection.execute(delete(retired).where(*dead))
            if old_key_until is not None:
                connection.execute(
                    insert(retired).values(
                        sdk_key=old_key,
                        environment_id=environment_id,
                        expires_at=to_micros(old_key_until),
                    )
                )
            connection.execute(update(_ENVIRONMENTS).where(place).values(sdk_key=sdk_key.reveal()))
            return True

    def replace_mobile_key(self, environment_id: EnvironmentId, mobile_key: Secret) -> bool:
        """Give an environment another mobile key; tell whether it is still there."""
        return self._update(
            update(_ENVIRONMENTS)
            .where(_ENVIRONMENTS.c.id == environment_id)
            .values(mobile_key=mobile_key.reveal())
        )

    def delete_environment(self, environment_id: EnvironmentId) -> None:
        """Delete an environment with its segments, and note that these are gone."""
        with writing(self._engine) as connection:
            _delete_environment(connection, environment_id)

    def _find_environment(self, *conditions: ColumnElement[bool]) -> Environment | None:
        query: Select[Any] = _WITH_PROJECT.where(*conditions)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_environment(row)

    def _update(self, statement: Any) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(statement).rowcount > 0


def _lock_environment_ids(connection: Connection, project_id: ProjectId) -> Sequence[EnvironmentId]:
    query = (
        select(_ENVIRONMENTS.c.id)
        .where(_ENVIRONMENTS.c.project_id == project_id)
        .order_by(_ENVIRONMENTS.c.id)
        .with_for_update()
    )
    return [EnvironmentId(one) for one in connection.execute(query).scalars()]


def _delete_environment(connection: Connection, environment_id: EnvironmentId) -> None:
    place = _ENVIRONMENTS.c.id == environment_id
    # Whoever is about to save a segment of it holds this row: they finish, or find it gone.
    connection.execute(select(_ENVIRONMENTS.c.id).where(place).with_for_update())
    delete_segments(connection, environment_id)
    connection.execute(delete(_ENVIRONMENTS).where(place))


def project_row(project: Project) -> dict[str, Any]:
    """Return the row of a project."""
    return {
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "tags": to_json_list(project.tags),
        "created_at": to_micros(project.created_at),
        "include_in_snippet_by_default": project.include_in_snippet_by_default,
        "using_environment_id": project.default_availability.using_environment_id,
        "using_mobile_key": project.default_availability.using_mobile_key,
        "flag_defaults": _flag_defaults_text(project.new_flags),
    }


def _to_project(row: Row[Any]) -> Project:
    return Project(
        id=ProjectId(row.id),
        key=ProjectKey(row.key),
        name=row.name,
        tags=from_json_list(row.tags),
        created_at=from_micros(row.created_at),
        include_in_snippet_by_default=row.include_in_snippet_by_default,
        default_availability=ClientSideAvailability(row.using_environment_id, row.using_mobile_key),
        new_flags=_to_flag_defaults(row.flag_defaults),
    )


def _flag_defaults_text(defaults: NewFlagDefaults) -> str | None:
    return None if defaults == USUAL_FLAG_DEFAULTS else json.dumps(defaults.to_json())


def _to_flag_defaults(text: str | None) -> NewFlagDefaults:
    return USUAL_FLAG_DEFAULTS if text is None else read_new_flag_defaults(json.loads(text))


def environment_row(environment: Environment) -> dict[str, Any]:
    """Return the row of an environment."""
    return {
        "id": environment.id,
        "project_id": environment.project_id,
        "key": environment.key,
        "name": environment.name,
        "color": environment.color,
        "sdk_key": environment.sdk_key.reveal(),
        "mobile_key": environment.mobile_key.reveal(),
        "tags": to_json_list(environment.tags),
        "critical": environment.critical,
        "created_at": to_micros(environment.created_at),
        "default_ttl_minutes": environment.default_ttl_minutes,
        "secure_mode": environment.secure_mode,
        "default_track_events": environment.default_track_events,
        "require_comments": environment.require_comments,
        "confirm_changes": environment.confirm_changes,
    }


def _to_environment(row: Row[Any]) -> Environment:
    return Environment(
        id=EnvironmentId(row.id),
        project_id=ProjectId(row.project_id),
        project_key=ProjectKey(row.project_key),
        key=EnvironmentKey(row.key),
        name=row.name,
        color=row.color,
        sdk_key=Secret(row.sdk_key),
        mobile_key=Secret(row.mobile_key),
        tags=from_json_list(row.tags),
        critical=row.critical,
        created_at=from_micros(row.created_at),
        project_tags=from_json_list(row.project_tags),
        default_ttl_minutes=row.default_ttl_minutes,
        secure_mode=row.secure_mode,
        default_track_events=row.default_track_events,
        require_comments=row.require_comments,
        confirm_changes=row.confirm_changes,
    )


def _without(row: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
