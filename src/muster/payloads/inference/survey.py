"""What a body holds, and where: its values outside of arrays' elements, its arrays, their columns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from muster.core.pointers import MISSING, Json, Tokens, array_index, resolve
from muster.payloads.inference.names import words_of

MOST_ELEMENTS: Final = 50
"""How many elements of an array are looked at."""
_MOST_PLACES: Final = 5_000
_DEEPEST: Final = 32


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is neither object nor array, and where it is."""

    tokens: Tokens
    value: Json

    @property
    def own_words(self) -> tuple[str, ...]:
        """The words of the name that it has."""
        return own_words(self.tokens)

    @property
    def parent_words(self) -> tuple[str, ...]:
        """The words of the name of what holds it; empty at the top."""
        named = [token for token in self.tokens if array_index(token) is None]
        return words_of(named[-2]) if len(named) > 1 else ()


@dataclass(frozen=True, slots=True)
class Array:
    """An array of a body.

    Attributes:
        elements: the first of its elements, at most `MOST_ELEMENTS`.
        length: how many it has.
        is_there: whether the body holds it; one that it should hold does not.
    """

    tokens: Tokens
    elements: tuple[Json, ...] = field(compare=False)
    length: int
    is_there: bool = True

    @property
    def own_words(self) -> tuple[str, ...]:
        """The words of its name."""
        return own_words(self.tokens)


@dataclass(frozen=True, slots=True)
class Column:
    """What the elements of arrays hold at one place.

    Attributes:
        tokens: the place, from the element on; empty for elements that are values themselves.
        values: those that are there.
        missing: how many elements hold nothing there.
    """

    tokens: Tokens
    values: tuple[Json, ...]
    missing: int

    @property
    def leaf(self) -> Leaf:
        """The first value, as if the element were the body."""
        return Leaf(self.tokens, self.values[0])

    def is_all(self, *types: type) -> bool:
        """Tell whether each element has a value of one of these types."""
        return not self.missing and all(type(value) in types for value in self.values)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a body holds.

    Attributes:
        leaves: the values, in the order of the body; those in arrays of the first elements only.
        arrays: the arrays that lie in no other array.
    """

    leaves: tuple[Leaf, ...]
    arrays: tuple[Array, ...]

    def leaves_outside(self, arrays: Iterable[Tokens]) -> list[Leaf]:
        """Return the values that lie in none of some arrays."""
        places = list(arrays)
        return [leaf for leaf in self.leaves if not any(_lies_in(leaf, at) for at in places)]


def survey(body: Json) -> Survey:
    """Look through a body, a bounded part of one that is huge."""
    leaves: list[Leaf] = []
    arrays: list[Array] = []
    for tokens, value, is_nested in _walk(body):
        if isinstance(value, list):
            if not is_nested:
                arrays.append(Array(tokens, tuple(value[:MOST_ELEMENTS]), len(value)))
        elif not isinstance(value, dict):
            leaves.append(Leaf(tokens, value))
    return Survey(tuple(leaves), tuple(arrays))


def columns_of(elements: Sequence[Json]) -> list[Column]:
    """Return what elements hold, place by place, in the order of first sight."""
    places: dict[Tokens, None] = {}
    for element in elements:
        for tokens, value, is_nested in _walk(element):
            if not is_nested and not isinstance(value, dict | list):
                places.setdefault(tokens)
    columns = []
    for tokens in places:
        found = [resolve(element, tokens) for element in elements]
        values = tuple(value for value in found if value is not MISSING)
        columns.append(Column(tokens, values, len(found) - len(values)))
    return columns


def own_words(tokens: Tokens) -> tuple[str, ...]:
    """Return the words of the last name of a pointer, indexes left aside."""
    named = [token for token in tokens if array_index(token) is None]
    return words_of(named[-1]) if named else ()


def _walk(document: Json) -> Iterator[tuple[Tokens, Json, bool]]:
    """Yield each place, its value, and whether it lies in an array; of arrays some elements only."""
    waiting: list[tuple[Tokens, Json, bool]] = [((), document, False)]
    seen = 0
    while waiting and seen < _MOST_PLACES:
        tokens, value, is_nested = waiting.pop()
        seen += 1
        yield tokens, value, is_nested
        if len(tokens) >= _DEEPEST:
            continue
        if isinstance(value, dict):
            children = [((*tokens, name), child, is_nested) for name, child in value.items()]
            waiting.extend(reversed(children))
        elif isinstance(value, list):
            first = enumerate(value[:5])
            waiting.extend(reversed([((*tokens, str(i)), child, True) for i, child in first]))


def _lies_in(leaf: Leaf, array: Tokens) -> bool:
    return len(leaf.tokens) > len(array) and leaf.tokens[: len(array)] == array
