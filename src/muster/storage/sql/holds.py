"""Holding what new rows belong to: it stays until the transaction ends, or is found to be gone."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, Table, select

from muster.core.ids import EnvironmentId, ProjectId
from muster.storage.sql import tables

_PROJECTS: Final = tables.projects
_ENVIRONMENTS: Final = tables.environments


def hold_projects(connection: Connection, ids: Collection[ProjectId]) -> set[str]:
    """Return which of these projects are there; they stay until the transaction ends."""
    return _hold(connection, _PROJECTS, ids)


def hold_environments(connection: Connection, ids: Collection[EnvironmentId]) -> set[str]:
    """Return which of these environments are there; they stay until the transaction ends."""
    return _hold(connection, _ENVIRONMENTS, ids)


def _hold(connection: Connection, table: Table, ids: Collection[str]) -> set[str]:
    # In one order for all, so that two transactions never wait for each other.
    query = select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id)
    return set(connection.execute(query.with_for_update(read=True, key_share=True)).scalars())
