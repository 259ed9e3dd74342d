"""Filters that know for certain which keys a set does not hold.

To keep exact counts, a store has to know of each key that it writes whether it was there. A Bloom
filter in memory answers "certainly not" for nearly all keys that are new, so only the rest are
read.

The filter grows by layers, each four times as large as the one before; a key is in the filter when
any layer has it. A key sets two bits of the 32 that it has in a layer, so each full layer doubts 0.4 %
of the new keys: two or three in a hundred are read in vain at ten million. Nothing is ever taken out:
a filter that holds many keys that have since left should be dropped and built again.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import xxhash

HashArray = npt.NDArray[np.uint64]

_BITS_PER_KEY: Final = 32
_FIRST_CAPACITY: Final = 1 << 10
_GROWTH: Final = 4
_VECTOR_FROM: Final = 24
"""From this many keys on, numpy beats a loop."""

_hash = xxhash.xxh3_64_intdigest


def hash_keys(keys: Sequence[bytes]) -> HashArray:
    """Return the 64-bit hashes of some keys."""
    return np.fromiter(map(_hash, keys), np.uint64, len(keys))


class _Layer:
    """A Bloom filter of fixed size, one bit array and two probes a key."""

    __slots__ = ("_array", "_bits", "_mask", "capacity", "size")

    def __init__(self, capacity: int) -> None:
        bit_count = capacity * _BITS_PER_KEY
        self.capacity = capacity
        self.size = 0
        self._mask = bit_count - 1
        self._bits = bytearray(bit_count >> 3)
        self._array = np.frombuffer(self._bits, np.uint8)

    @property
    def byte_count(self) -> int:
        return len(self._bits)

    def has(self, digest: int) -> bool:
        bits, mask = self._bits, self._mask
        first, second = digest & mask, (digest >> 32) & mask
        return bool(bits[first >> 3] >> (first & 7) & bits[second >> 3] >> (second & 7) & 1)

    def add(self, digest: int) -> None:
        bits, mask = self._bits, self._mask
        first, second = digest & mask, (digest >> 32) & mask
        bits[first >> 3] |= 1 << (first & 7)
        bits[second >> 3] |= 1 << (second & 7)
        self.size += 1

    def has_each(self, digests: HashArray) -> npt.NDArray[np.bool_]:
        first = self._probe(digests)
        second = self._probe(digests >> np.uint64(32))
        return (first & second & 1).astype(np.bool_)

    def _probe(self, digests: HashArray) -> npt.NDArray[np.uint8]:
        bits = digests & np.uint64(self._mask)
        shift = (bits & np.uint64(7)).astype(np.uint8)
        return np.right_shift(self._array[(bits >> np.uint64(3)).astype(np.int64)], shift)

    def add_each(self, digests: HashArray) -> None:
        mask = np.uint64(self._mask)
        bits = np.concatenate((digests & mask, (digests >> np.uint64(32)) & mask))
        index = (bits >> np.uint64(3)).astype(np.int64)
        flag = np.left_shift(1, bits & np.uint64(7), dtype=np.uint64).astype(np.uint8)
        # Assigning through an index array keeps one of the bits that share a byte; add the others
        # again.
        while index.size:
            self._array[index] |= flag
            lost = (self._array[index] & flag) == 0
            index, flag = index[lost], flag[lost]
        self.size += len(digests)


class AbsenceFilter:
    """A set of keys that can say of a key: it was certainly never added.

    Not safe for threads.
    """

    def __init__(self, expected: int = 0) -> None:
        """Make an empty filter with room for `expected` keys before it has to grow."""
        capacity = _FIRST_CAPACITY
        while capacity < expected:
            capacity *= 2
        self._layers = [_Layer(capacity)]
        self._full = 0  # keys in all layers but the last

    @property
    def added(self) -> int:
        """How many keys were added."""
        return self._full + self._layers[-1].size

    @property
    def byte_count(self) -> int:
        """How much memory the bits take, in bytes."""
        return sum(layer.byte_count for layer in self._layers)

    def add_new(self, keys: Sequence[bytes]) -> list[int]:
        """Add keys that are all different; return the positions of those that may have been there.

        Every other key was certainly not there before.
        """
        if len(keys) < _VECTOR_FROM:
            return self._add_new_singly(keys)
        digests = hash_keys(keys)
        known = self._known(digests)
        fresh = digests[~known]
        if fresh.size:
            self._room_for(fresh.size).add_each(fresh)
        return [] if fresh.size == len(keys) else np.flatnonzero(known).tolist()

    def _add_new_singly(self, keys: Sequence[bytes]) -> list[int]:
        maybe = []
        for position, key in enumerate(keys):
            digest = _hash(key)
            if self._has(digest):
                maybe.append(position)
            else:
                self._room_for(1).add(digest)
        return maybe

    def maybe_present(self, keys: Sequence[bytes]) -> list[int]:
        """Return the positions of the keys that may be there; the others certainly are not."""
        if len(keys) < _VECTOR_FROM:
            return [position for position, key in enumerate(keys) if self._has(_hash(key))]
        positions: list[int] = np.flatnonzero(self._known(hash_keys(keys))).tolist()
        return positions

    def add_hashes(self, digests: HashArray) -> None:
        """Add keys by their hashes, known or not: how a filter is built from what is stored."""
        self._room_for(len(digests)).add_each(digests)

    def _has(self, digest: int) -> bool:
        for layer in self._layers:  # noqa: SIM110 - any() would cost more than the look-ups
            if layer.has(digest):
                return True
        return False

    def _known(self, digests: HashArray) -> npt.NDArray[np.bool_]:
        known = self._layers[0].has_each(digests)
        for layer in self._layers[1:]:
            known |= layer.has_each(digests)
        return known

    def _room_for(self, count: int) -> _Layer:
        last = self._layers[-1]
        if last.size + count <= last.capacity:
            return last
        capacity = last.capacity * _GROWTH
        while capacity < count:
            capacity *= _GROWTH
        layer = _Layer(capacity)
        self._layers.append(layer)
        self._full += last.size
        return layer
