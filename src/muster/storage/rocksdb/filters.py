"""The filters of all lists that were written to lately, within a budget of memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Final

from muster.storage.rocksdb.filter import AbsenceFilter, HashArray, hash_keys
from muster.storage.rocksdb.layout import prefix_end

KeyScan = Callable[[bytes, bytes], Iterator[bytes]]

_SCAN_AT_ONCE: Final = 20_000
"""A list of up to so many members is read in place: it takes some milliseconds."""
_CHUNK: Final = 4096
_STALE_FACTOR: Final = 4
_STALE_SLACK: Final = 1 << 16


class Filters:
    """Gives the filter of a list, if there is one by now.

    A filter is made when a list is first written to. That of a long list is made by a thread
    beside, and until it is ready there is none: the store then reads before it writes, which is
    slower and as exact. Used by the writing thread alone.
    """

    def __init__(self, scan: KeyScan, *, budget_bytes: int) -> None:
        """Make an empty set of filters.

        Args:
            scan: iterates the stored keys from one (included) to another (excluded).
            budget_bytes: beyond this, the filters that were unused for longest are dropped.
        """
        self._scan = scan
        self._budget_bytes = budget_bytes
        self._ready: OrderedDict[bytes, AbsenceFilter] = OrderedDict()
        self._building: dict[bytes, list[HashArray]] = {}
        self._built: SimpleQueue[tuple[bytes, list[HashArray]]] = SimpleQueue()
        self._stopping = threading.Event()

    def ready(self, prefix: bytes, member_count: int) -> AbsenceFilter | None:
        """Return the filter of a list where there is one, without reading anything."""
        found = self._ready.get(prefix)
        if found is None:
            return None
        self._ready.move_to_end(prefix)
        if found.added <= _STALE_FACTOR * member_count + _STALE_SLACK:
            return found
        del self._ready[prefix]
        return None

    def find(self, prefix: bytes, member_count: int) -> AbsenceFilter | None:
        """Return the filter of the list whose keys begin with `prefix`, or None while there is
        none.
        """
        if self._building:
            self._collect()
            if prefix in self._building:
                return None
        return self.ready(prefix, member_count) or self._make(prefix, member_count)

    def note_added(self, prefix: bytes, keys: Sequence[bytes]) -> None:
        """Tell of keys that were added to a list while it had no filter."""
        hashes = self._building.get(prefix)
        if hashes is not None and keys:
            hashes.append(hash_keys(keys))

    def forget(self, prefix: bytes) -> None:
        """Drop the filter of a list."""
        self._ready.pop(prefix, None)

    def close(self) -> None:
        """Let threads that are building end soon."""
        self._stopping.set()

    def _make(self, prefix: bytes, member_count: int) -> AbsenceFilter | None:
        if member_count <= _SCAN_AT_ONCE:
            made = AbsenceFilter(member_count)
            for hashes in self._read_hashes(prefix):
                made.add_hashes(hashes)
            self._keep(prefix, made)
            return made
        self._building[prefix] = []
        threading.Thread(target=self._build, args=(prefix,), name="filter", daemon=True).start()
        return None

    def _build(self, prefix: bytes) -> None:
        self._built.put((prefix, list(self._read_hashes(prefix))))

    def _read_hashes(self, prefix: bytes) -> Iterator[HashArray]:
        keys = self._scan(prefix, prefix_end(prefix))
        while not self._stopping.is_set() and (chunk := list(islice(keys, _CHUNK))):
            yield hash_keys(chunk)

    def _collect(self) -> None:
        try:
            while True:
                prefix, stored = self._built.get_nowait()
                hashes = stored + self._building.pop(prefix)
                made = AbsenceFilter(sum(map(len, hashes)))
                for part in hashes:
                    made.add_hashes(part)
                self._keep(prefix, made)
        except Empty:
            return

    def _keep(self, prefix: bytes, made: AbsenceFilter) -> None:
        self._ready[prefix] = made
        total = sum(one.byte_count for one in self._ready.values())
        while total > self._budget_bytes and len(self._ready) > 1:
            _, dropped = self._ready.popitem(last=False)
            total -= dropped.byte_count
