"""Flags, and what they are in each environment."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from muster.accounts.model import ClientSideAvailability
from muster.core.errors import ConflictError
from muster.core.ids import EnvironmentId, FlagId, FlagKey, ProjectId
from muster.flags.model import Flag, FlagConfiguration, FlagDefaults
from muster.flags.reading import read_custom_properties, read_targeting, read_variations
from muster.segments.flag_users import FlagUser
from muster.segments.rules import SEGMENT_MATCH
from muster.storage.sql import tables
from muster.storage.sql.columns import (
    from_json_list,
    from_micros,
    from_micros_or_none,
    to_json_list,
    to_micros,
    to_micros_or_none,
)
from muster.storage.sql.holds import hold_environments, hold_projects
from muster.storage.sql.transactions import is_duplicate, reading, writing

_FLAGS: Final = tables.flags
_CONFIGURATIONS: Final = tables.flag_configurations
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class SqlFlagStore:
    """Implements `FlagStore` and `FlagUserStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find_flag(self, project_id: ProjectId, key: str) -> Flag | None:
        """Return the project's flag with this key."""
        found = self._read(_FLAGS.c.project_id == project_id, _FLAGS.c.key == key)
        return found[0] if found else None

    def read_flags(self, project_id: ProjectId) -> Sequence[Flag]:
        """Return all flags of a project, by key."""
        return self._read(_FLAGS.c.project_id == project_id)

    def insert_flag(self, flag: Flag) -> bool:
        """Insert a flag; tell whether its project is there, without which it is not inserted.

        Raises:
            ConflictError: the project has a flag with this key.
        """
        with writing(self._engine) as connection:
            if not hold_projects(connection, [flag.project_id]):
                return False
            try:
                connection.execute(insert(_FLAGS).values(_flag_row(flag)))
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError(
                        f"The project has a flag {flag.key} already. Choose another key, or change that flag."
                    ) from error
                raise
            _insert_configurations(connection, flag)
            return True

    def update_flag(self, flag: Flag) -> bool:
        """Overwrite a flag by its next version; tell whether it was there in the version before."""
        before = (_FLAGS.c.id == flag.id, _FLAGS.c.version == flag.version - 1)
        with writing(self._engine) as connection:
            changed = connection.execute(update(_FLAGS).where(*before).values(_flag_row(flag)))
            if changed.rowcount == 0:
                return False
            connection.execute(delete(_CONFIGURATIONS).where(_CONFIGURATIONS.c.flag_id == flag.id))
            _insert_configurations(connection, flag)
            return True

    def delete_flag(self, flag: Flag) -> bool:
        """Delete a flag; tell whether there was one."""
        with writing(self._engine) as connection:
            return connection.execute(delete(_FLAGS).where(_FLAGS.c.id == flag.id)).rowcount > 0

    def list_segment_users(
        self, environment_id: EnvironmentId, segment_key: str
    ) -> Sequence[FlagUser]:
        """Return the flags whose rules in an environment ask for the segment with this key, by key."""
        # The text narrows them down; the rules, read, decide.
        asking = select(_CONFIGURATIONS.c.flag_id).where(
            _CONFIGURATIONS.c.environment_id == environment_id,
            _CONFIGURATIONS.c.targeting.contains(SEGMENT_MATCH, autoescape=True),
        )
        return [
            FlagUser(flag.key, flag.name)
            for flag in self._read(_FLAGS.c.id.in_(asking))
            if segment_key in flag.configurations[environment_id].targeting.segment_keys
        ]

    def _read(self, *conditions: ColumnElement[bool]) -> Sequence[Flag]:
        query = select(_FLAGS).where(*conditions).order_by(_FLAGS.c.key)
        configurations = (
            select(_CONFIGURATIONS).join_from(_CONFIGURATIONS, _FLAGS).where(*conditions)
        )
        with reading(self._engine) as connection:
            flags = connection.execute(query).all()
            rows = connection.execute(configurations).all()
        by_flag: defaultdict[str, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            by_flag[row.flag_id].append(row)
        return [_to_flag(row, by_flag[row.id]) for row in flags]


def _insert_configurations(connection: Connection, flag: Flag) -> None:
    """Insert what a flag is in each environment that is still there."""
    there = hold_environments(connection, flag.configurations.keys())
    if not there:
        return
    rows = [
        {
            "flag_id": flag.id,
            "environment_id": environment_id,
            "targeting": _encode(one.targeting.to_json()),
            "version": one.version,
            "modified_at": to_micros(one.modified_at),
        }
        for environment_id, one in flag.configurations.items()
        if environment_id in there
    ]
    connection.execute(insert(_CONFIGURATIONS), rows)


def _flag_row(flag: Flag) -> dict[str, Any]:
    properties = {key: one.to_json() for key, one in flag.custom_properties.items()}
    return {
        "id": flag.id,
        "project_id": flag.project_id,
        "key": flag.key,
        "name": flag.name,
        "description": flag.description,
        "tags": to_json_list(flag.tags),
        "variations": _encode([one.to_json() for one in flag.variations]),
        "custom_properties": _encode(properties),
        "on_variation": flag.defaults.on_variation,
        "off_variation": flag.defaults.off_variation,
        "temporary": flag.temporary,
        "using_environment_id": flag.availability.using_environment_id,
        "using_mobile_key": flag.availability.using_mobile_key,
        "created_at": to_micros(flag.created_at),
        "archived_at": to_micros_or_none(flag.archived_at),
        "version": flag.version,
    }


def _to_flag(row: Row[Any], configurations: Iterable[Row[Any]]) -> Flag:
    variations = read_variations(json.loads(row.variations), "/variations")
    return Flag(
        id=FlagId(row.id),
        project_id=ProjectId(row.project_id),
        key=FlagKey(row.key),
        name=row.name,
        description=row.description,
        tags=from_json_list(row.tags),
        variations=variations,
        defaults=FlagDefaults(row.on_variation, row.off_variation),
        temporary=row.temporary,
        availability=ClientSideAvailability(row.using_environment_id, row.using_mobile_key),
        created_at=from_micros(row.created_at),
        custom_properties=read_custom_properties(
            json.loads(row.custom_properties), "/customProperties"
        ),
        archived_at=from_micros_or_none(row.archived_at),
        version=row.version,
        configurations={
            EnvironmentId(one.environment_id): FlagConfiguration(
                read_targeting(json.loads(one.targeting), "/targeting", len(variations)),
                one.version,
                from_micros(one.modified_at),
            )
            for one in configurations
        },
    )
