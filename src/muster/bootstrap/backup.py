"""Backups: both stores as they were at one moment, in one directory.

control/       the control store's tables, as newline-delimited JSON; for SQLite and PostgreSQL
alike memberships/   the membership store, a RocksDB checkpoint backup.json    format and time;
written last, so a directory without it is no backup
"""

import asyncio
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Engine

from muster import __version__
from muster.bootstrap.settings import Settings
from muster.core.clock import Clock, to_millis
from muster.core.errors import ConfigurationError, InvalidRequestError
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.store import RocksMembershipStore
from muster.storage.sql.dump import ControlSnapshot, load, open_snapshot

_FORMAT: Final = 1
_MANIFEST: Final = "backup.json"
_CONTROL: Final = "control"
_MEMBERSHIPS: Final = "memberships"


async def back_up(
    directory: Path, engine: Engine, memberships: RocksMembershipStore, clock: Clock
) -> int:
    """Write a consistent backup while the stores are in use; return its size in bytes.

    For the moment in which both stores' snapshots are taken, requests wait; that takes
    milliseconds.

    Raises:
        ConfigurationError: the directory is not empty, or can't be made.
        UnavailableError: a store can't be read, or the disk is full.
    """
    await asyncio.to_thread(_prepare, directory)
    with ExitStack() as held:

        def take_snapshots() -> ControlSnapshot:
            snapshot = held.enter_context(open_snapshot(engine))
            memberships.create_checkpoint(directory / _MEMBERSHIPS)
            return snapshot

        snapshot = await memberships.run_exclusively(take_snapshots)
        await asyncio.to_thread(_write_control, directory, snapshot)
    manifest = {"format": _FORMAT, "muster": __version__, "createdAt": to_millis(clock.now())}
    (directory / _MANIFEST).write_bytes(orjson.dumps(manifest))
    return await asyncio.to_thread(size_of, directory)


def restore(directory: Path, engine: Engine, settings: Settings) -> int:
    """Fill an empty data directory and an empty control store from a backup; return its size in
    bytes.

    Raises:
        InvalidRequestError: the directory holds no backup that this version reads.
        ConfigurationError: the data directory or the control store is not empty.
    """
    _read_manifest(directory)
    target = settings.memberships_path
    if target.exists() and any(target.iterdir()):
        raise ConfigurationError(
            f"{target} is not empty. Restore into a new data directory, or move this one away."
        )
    load(engine, directory / _CONTROL)
    shutil.copytree(directory / _MEMBERSHIPS, target, dirs_exist_ok=True)
    Database.open(target).close()
    return size_of(directory)


def size_of(directory: Path) -> int:
    """Return the size of all files in a directory, in bytes."""
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def _prepare(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise ConfigurationError(f"{directory} is not empty: name a new or an empty directory.")
    except OSError as error:
        raise ConfigurationError(f"{directory} can't be used: {error.strerror}.") from error


def _write_control(directory: Path, snapshot: ControlSnapshot) -> None:
    (directory / _CONTROL).mkdir()
    snapshot.write(directory / _CONTROL)


def _read_manifest(directory: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = orjson.loads((directory / _MANIFEST).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InvalidRequestError(
            f"{directory} holds no complete backup: it has no readable {_MANIFEST}."
        ) from error
    if manifest.get("format") != _FORMAT:
        raise InvalidRequestError(
            f"{directory} holds a backup of format {manifest.get('format')}; this version of "
            f"Muster reads format {_FORMAT}."
        )
    return manifest
