"""The pointers that a body does have, nearest to one that it has not: what a manifest may have meant."""

import re
from collections import deque
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from muster.core.pointers import Json, Tokens, array_index, format_pointer, resolve, resolve_deepest

MAX_NEAREST: Final = 5
"""Most pointers that are given."""
MAX_LOOKED_AT: Final = 2_000
"""Most values of a body that are looked at, so that a large one is no burden."""
_MEMBERS_LOOKED_AT: Final = 500
"""The same, of one object."""
_ELEMENTS_LOOKED_AT: Final = 5
"""Of an array, besides the element that the pointer names: the others are as these are."""
_COMPARED_LENGTH: Final = 64
"""How much of a long name is compared, in characters."""

_UNLIKE: Final = 0.4
"""From this distance on two tokens are not like each other at all: they count as 1."""
_FAR: Final = 1.2
"""From this distance on a pointer is not like another."""
_MOVED: Final = 0.5
"""What a token too many or too few counts, of a pointer that is otherwise the same."""
_LAST_WEIGHT: Final = 2.0
"""The last token says what a value is, those before it only where: it counts twice."""
_SPELLED_OTHERWISE: Final = 0.05
"""How far `cohort_id` is from `cohortId`."""
_LONGER: Final = 0.35
"""How far `user_id` is from `id`."""
_ANOTHER_ELEMENT: Final = 0.01
"""How far one element of an array is from another."""
_CAMEL: Final = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_WORD: Final = re.compile(r"[^\W_]+")


class _Place(NamedTuple):
    """A pointer that exists.

    Attributes:
        shape: its tokens, with None for each index: elements of an array are alike.
    """

    tokens: Tokens
    shape: tuple[str | None, ...]
    value: Json


def find_nearest(body: Json, tokens: Tokens) -> list[str]:
    """Return the JSON pointers of a body that are most like one, the likest first, at most 5.

    `/cohort_id` is like `/cohortId`, and `/data/segment/id` like `/segment/id`. Of the elements of an
    array one stands for all. Where nothing is like the pointer, those are given that the innermost of its
    parents has. A pointer that exists is like none but those below it.

    Args:
        body: a document, of which at most 2,000 values are looked at, those next to the pointer first.
        tokens: the pointer.
    """
    depth, _ = resolve_deepest(body, tokens)
    walked = _walk(body, tokens, depth)
    if depth == len(tokens):
        below = (place.tokens for place in walked if place.tokens[:depth] == tokens)
        return [format_pointer(*found) for found in islice(below, 1, 1 + MAX_NEAREST)]
    measured = [
        (_distance(tokens, place), order, place.tokens)
        for order, place in enumerate(walked)
        if place.tokens
    ]
    near = [one for one in measured if one[0] < _FAR]
    siblings = [one for one in measured if one[2][:-1] == tokens[:depth]]
    chosen = sorted(near or siblings)[:MAX_NEAREST]
    return [format_pointer(*found) for _, _, found in chosen]


def _walk(body: Json, wanted: Tokens, depth: int) -> Iterator[_Place]:
    """Yield places of a body from the top down, each shape once.

    It begins with the innermost parent of `wanted` that exists, which `depth` of its tokens lead to, and
    with what is in it.
    """
    shapes = set()
    waiting = deque([_find_place(body, wanted[:depth]), _Place((), (), body)])
    for _ in range(MAX_LOOKED_AT):
        if not waiting:
            return
        place = waiting.popleft()
        if place.shape not in shapes:
            shapes.add(place.shape)
            yield place
        waiting.extend(_children(place, wanted))


def _find_place(body: Json, tokens: Tokens) -> _Place:
    place = _Place((), (), body)
    for token in tokens:
        is_array = type(place.value) is list
        value = resolve(place.value, (token,))
        place = _Place((*place.tokens, token), (*place.shape, None if is_array else token), value)
    return place


def _children(place: _Place, wanted: Tokens) -> Iterator[_Place]:
    tokens, shape, value = place
    if type(value) is dict:
        for name, child in islice(value.items(), _MEMBERS_LOOKED_AT):
            yield _Place((*tokens, name), (*shape, name), child)
    elif type(value) is list:
        depth = len(tokens)
        named = array_index(wanted[depth]) if wanted[:depth] == tokens and wanted[depth:] else None
        for index in dict.fromkeys((named, *range(_ELEMENTS_LOOKED_AT))):
            if index is not None and index < len(value):
                yield _Place((*tokens, str(index)), (*shape, None), value[index])


def _distance(wanted: Tokens, place: _Place) -> float:
    """Return how far a place is from a pointer: 0 would be the same."""
    found, shape = place.tokens, place.shape
    last = _token_distance(wanted[-1], found[-1], is_index=shape[-1] is None)
    if last >= _UNLIKE:
        return _FAR
    return _LAST_WEIGHT * last + _align(wanted[:-1], found[:-1], shape[:-1])


def _align(wanted: Tokens, found: Tokens, shape: tuple[str | None, ...]) -> float:
    """Return the least cost of making one path of the other: an edit distance over tokens."""
    costs = [_MOVED * count for count in range(len(found) + 1)]
    for token in wanted:
        above, costs = costs, [costs[0] + _MOVED]
        for column, other in enumerate(found):
            changed = _token_distance(token, other, is_index=shape[column] is None)
            costs.append(
                min(above[column] + changed, above[column + 1] + _MOVED, costs[-1] + _MOVED)
            )
    return costs[-1]


def _token_distance(one: str, other: str, *, is_index: bool) -> float:
    """Return how unlike two tokens are, from 0 to 1.

    Args:
        is_index: whether the other is an element's index.
    """
    if one == other:
        return 0.0
    if is_index:
        return 1.0 if array_index(one) is None else _ANOTHER_ELEMENT
    return _name_distance(one[:_COMPARED_LENGTH], other[:_COMPARED_LENGTH])


@lru_cache(maxsize=4 * MAX_LOOKED_AT)
def _name_distance(one: str, other: str) -> float:
    words, other_words = _words(one), _words(other)
    plain, other_plain = "".join(words), "".join(other_words)
    if plain == other_plain:
        return _SPELLED_OTHERWISE
    shorter, longer = sorted((words, other_words), key=len)
    if shorter and shorter in (longer[: len(shorter)], longer[-len(shorter) :]):
        return _LONGER
    distance = 1 - SequenceMatcher(None, plain, other_plain).ratio()
    return distance if distance < _UNLIKE else 1.0


def _words(name: str) -> list[str]:
    """Return the words of a name, whatever its spelling: of `cohortId` and of `cohort_id` the same two."""
    return _WORD.findall(_CAMEL.sub(" ", name).casefold())
