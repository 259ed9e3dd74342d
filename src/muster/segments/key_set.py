"""Sets of many keys that tell which of some keys are not among them, and which of their own were not met."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import xxhash

_DIGEST_BYTES: Final = 16
_TYPE: Final = f"S{_DIGEST_BYTES}"
_Digests = npt.NDArray[np.bytes_]
_Flags = npt.NDArray[np.bool_]


class KeySet:
    """Keys that are first all added and then asked for.

    A key is kept as a digest of 128 bits and a flag, so ten million take 170 MB, and no two are ever taken
    for one.
    """

    def __init__(self) -> None:
        self._added = bytearray()
        self._sorted: _Digests | None = None
        self._met: _Flags = np.zeros(0, dtype=np.bool_)

    def add(self, keys: Iterable[str]) -> None:
        """Add keys; not after another question was asked."""
        self._added += _digests(keys)

    def meet(self, keys: Sequence[str]) -> bool:
        """Note that these keys were met; tell whether all of them are in the set."""
        places, found = self._find(keys)
        self._met[places[found]] = True
        return bool(found.all())

    def unmet(self, keys: Sequence[str]) -> list[str]:
        """Return those of some keys that are not in the set, or have not been met."""
        places, found = self._find(keys)
        found[found] = self._met[places[found]]
        return _those_without(keys, found)

    def absent(self, keys: Sequence[str]) -> list[str]:
        """Return those of some keys that are not in the set."""
        _, found = self._find(keys)
        return _those_without(keys, found)

    def _find(self, keys: Sequence[str]) -> tuple[npt.NDArray[np.intp], _Flags]:
        """Return where each key is, the first place of each, and whether it is there."""
        known = self._frozen()
        wanted = np.frombuffer(_digests(keys), dtype=_TYPE)
        if not len(known):
            return np.zeros(len(wanted), dtype=np.intp), np.zeros(len(wanted), dtype=np.bool_)
        places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return places, known[places] == wanted

    def _frozen(self) -> _Digests:
        if self._sorted is None:
            # In place: a copy of ten million would take 160 MB more.
            self._sorted = np.frombuffer(self._added, dtype=_TYPE)
            self._sorted.sort()
            self._met = np.zeros(len(self._sorted), dtype=np.bool_)
        return self._sorted


def _digests(keys: Iterable[str]) -> bytes:
    digest = xxhash.xxh3_128_digest
    return b"".join([digest(key.encode()) for key in keys])


def _those_without(keys: Sequence[str], flags: _Flags) -> list[str]:
    return [key for key, flag in zip(keys, flags.tolist(), strict=True) if not flag]
