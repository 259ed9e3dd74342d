"""The RocksDB database under the membership store: opening it, its settings, and what is read of
it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from rocksdict import (
    AccessType,
    BlockBasedOptions,
    Cache,
    Checkpoint,
    DBCompressionType,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
    WriteOptions,
)

from muster.core.errors import ConfigurationError, UnavailableError
from muster.storage.rocksdb.layout import FORMAT_KEY, FORMAT_VERSION

_MEBIBYTE: Final = 1 << 20
_BLOCK_CACHE_BYTES: Final = 64 * _MEBIBYTE
_MAX_WAL_BYTES: Final = 192 * _MEBIBYTE
_FAMILIES: Final = ("members", "revisions")


def _table_options(cache: Cache, *, filter_bits: int) -> BlockBasedOptions:
    table = BlockBasedOptions()
    table.set_block_cache(cache)
    table.set_block_size(8 * 1024)
    table.set_format_version(5)
    # Index and filters stay out of the block cache: there they evict each other, and reads become
    # slow.
    table.set_cache_index_and_filter_blocks(False)
    if filter_bits:
        table.set_bloom_filter(filter_bits, False)
    return table


def _family_options(cache: Cache, *, buffer_bytes: int, filter_bits: int) -> Options:
    options = Options(raw_mode=True)
    options.set_write_buffer_size(buffer_bytes)
    options.set_max_write_buffer_number(3)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_bottommost_compression_type(DBCompressionType.zstd())
    options.set_level_compaction_dynamic_level_bytes(True)
    options.set_target_file_size_base(64 * _MEBIBYTE)
    options.set_max_bytes_for_level_base(256 * _MEBIBYTE)
    options.set_block_based_table_factory(_table_options(cache, filter_bits=filter_bits))
    return options


def _all_options() -> tuple[Options, dict[str, Options]]:
    cache = Cache(_BLOCK_CACHE_BYTES)
    meta = _family_options(cache, buffer_bytes=16 * _MEBIBYTE, filter_bits=10)
    meta.create_if_missing(True)
    meta.create_missing_column_families(True)
    meta.set_max_background_jobs(2)
    meta.set_max_total_wal_size(_MAX_WAL_BYTES)
    meta.set_bytes_per_sync(_MEBIBYTE)
    meta.set_keep_log_file_num(4)
    families = {
        "members": _family_options(cache, buffer_bytes=64 * _MEBIBYTE, filter_bits=10),
        "revisions": _family_options(cache, buffer_bytes=32 * _MEBIBYTE, filter_bits=0),
    }
    return meta, families


class Family:
    """A column family: point reads, of one key or of many."""

    def __init__(self, rdict: Rdict) -> None:
        self._rdict = rdict
        self._get: Callable[..., Any] = rdict.get

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, or None when there is none."""
        value: bytes | None = self._get(key)
        return value

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """Return the value of each key, or None, in their order."""
        values: list[bytes | None] = self._get(keys)
        return values

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Iterate keys and values from `start` up to, not including, `end`."""
        # The iterator points into its options: they have to live as long as it does.
        bounds = _up_to(end)
        for key, value in self._rdict.items(from_key=start, read_opt=bounds):
            yield cast("bytes", key), value

    def scan_keys(self, start: bytes, end: bytes) -> Iterator[bytes]:
        """Iterate keys from `start` up to, not including, `end`."""
        bounds = _up_to(end)
        for key in self._rdict.keys(from_key=start, read_opt=bounds):
            yield cast("bytes", key)


def _up_to(end: bytes) -> ReadOptions:
    bounds = ReadOptions()
    bounds.set_iterate_upper_bound(end)
    return bounds


class Database:
    """An open database: its column families `meta`, `members` and `revisions`.

    Point reads and iterations may be made from any thread; `write` and `sync` from one.
    """

    def __init__(self, rdict: Rdict, *, writable: bool) -> None:
        self._rdict = rdict
        self._writable = writable
        self._unsynced = WriteOptions()
        self._families = [rdict.get_column_family(name) for name in _FAMILIES]
        self.meta = Family(rdict)
        self.members, self.revisions = map(Family, self._families)
        self.members_handle = rdict.get_column_family_handle("members")
        self.revisions_handle = rdict.get_column_family_handle("revisions")

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the database for writing; make it when there is none.

        Raises:
            ConfigurationError: another process is writing, or the folder holds another format.
        """
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        meta, families = _all_options()
        try:
            database = cls(Rdict(str(path), meta, families), writable=True)
        except Exception as error:
            raise ConfigurationError(_why_not_open(path, str(error))) from error
        version = database.meta.get(FORMAT_KEY)
        if version is None:
            database._rdict.put(FORMAT_KEY, FORMAT_VERSION)
        elif version != FORMAT_VERSION:
            database.close()
            raise ConfigurationError(
                f"{path} holds memberships in format {version.decode(errors='replace')}; "
                f"this version of Muster reads format {FORMAT_VERSION.decode()}."
            )
        return database

    @classmethod
    def open_secondary(cls, path: Path, scratch: Path) -> Self:
        """Open the database for reading, beside a process that may be writing it.

        Args:
            path: the database's folder.
            scratch: an empty folder for this reader's own log files.

        Raises:
            ConfigurationError: there is no database, or it can't be read.
        """
        if not (path / "CURRENT").exists():
            raise ConfigurationError(
                f"{path} holds no memberships: start `muster serve` with this data directory first."
            )
        meta, families = _all_options()
        meta.set_max_open_files(-1)
        try:
            rdict = Rdict(str(path), meta, families, AccessType.secondary(str(scratch)))
            rdict.try_catch_up_with_primary()
        except Exception as error:
            raise ConfigurationError(f"{path} can't be read: {error}") from error
        return cls(rdict, writable=False)

    def new_batch(self) -> WriteBatch:
        """Return an empty batch for `write`."""
        return WriteBatch(raw_mode=True)

    def write(self, batch: WriteBatch) -> None:
        """Write a batch atomically; it is durable after the next `sync`.

        Raises:
            UnavailableError: RocksDB refused.
        """
        try:
            self._rdict.write(batch, self._unsynced)
        except Exception as error:
            raise UnavailableError(f"The membership store can't write: {error}") from error

    def sync(self) -> None:
        """Bring every write so far to the disk. The interpreter lock is free meanwhile.

        Raises:
            UnavailableError: the disk refused.
        """
        try:
            self._rdict.flush_wal(True)
        except Exception as error:
            raise UnavailableError(f"The membership store can't reach its disk: {error}") from error

    def create_checkpoint(self, path: Path) -> None:
        """Make a consistent copy in a new folder; hard links where the file system has them.

        Raises:
            UnavailableError: it can't be made there.
        """
        try:
            Checkpoint(self._rdict).create_checkpoint(str(path))
        except Exception as error:
            raise UnavailableError(f"No copy could be made in {path}: {error}") from error

    def close(self) -> None:
        """Sync and close. Nothing may be read afterwards."""
        if self._writable:
            self.sync()
        for family in self._families:
            family.close()
        # RocksDB keeps its lock for as long as a handle of a column family lives.
        del self.members_handle, self.revisions_handle
        self._rdict.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _why_not_open(path: Path, reason: str) -> str:
    if "lock" in reason.lower():
        return (
            f"{path} is in use by another process: one Muster writes a data directory at a time. "
            "Stop the other one, or name another directory with --data-dir."
        )
    return f"The membership store in {path} can't be opened: {reason}"
