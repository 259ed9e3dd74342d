"""Sets of many keys that answer one question: which of some keys are not among them."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import xxhash

_DIGEST_BYTES: Final = 16
_Digests = npt.NDArray[np.bytes_]


class KeySet:
    """Keys that are first all added and then asked for.

    A key is kept as a digest of 128 bits, so ten million take 160 MB, and no two are ever taken for one.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._sorted: _Digests | None = None

    def add(self, keys: Iterable[str]) -> None:
        """Add keys; not after `absent` was asked."""
        self._parts.append(_digests(keys))

    def absent(self, keys: Sequence[str]) -> list[str]:
        """Return those of some keys that are not in the set."""
        if not keys:
            return []
        known = self._frozen()
        if not len(known):
            return list(keys)
        wanted = np.frombuffer(_digests(keys), dtype=f"S{_DIGEST_BYTES}")
        places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        found = known[places] == wanted
        return [key for key, is_there in zip(keys, found.tolist(), strict=True) if not is_there]

    def _frozen(self) -> _Digests:
        if self._sorted is None:
            joined = np.frombuffer(b"".join(self._parts), dtype=f"S{_DIGEST_BYTES}")
            self._parts.clear()
            self._sorted = np.sort(joined)
        return self._sorted


def _digests(keys: Iterable[str]) -> bytes:
    digest = xxhash.xxh3_128_digest
    return b"".join([digest(key.encode()) for key in keys])
