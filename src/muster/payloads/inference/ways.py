"""What in a body tells members that enter from those that leave, and which arrays hold them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from muster.core.pointers import Tokens
from muster.payloads.explanation import Way
from muster.payloads.inference.names import (
    GATHERING,
    first_of,
    is_adding,
    is_removing,
    opposite_of,
    words_of,
)
from muster.payloads.inference.ratings import (
    Rating,
    rate_action,
    rate_flag,
    rate_member_id,
)
from muster.payloads.inference.survey import Array, Column, Leaf, Survey, columns_of

_NO_MEMBERS: Final = frozenset(
    {"field", "tag", "attribute", "property", "trait", "config", "setting", "header", "error"}
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What says whether members enter: a boolean of theirs, or an action for all of them.

    Attributes:
        leaf: the first such value; its place starts at a member for a boolean, else at the body.
    """

    leaf: Leaf
    rating: Rating


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to take a body: where its members are, and what tells who enters.

    Attributes:
        arrays: where the members are; of two arrays, those who enter first. One that the body does
            not hold is empty.
        columns: what the members hold.
        marks: what says who enters, the likelier first; none where the arrays' names say it.
    """

    way: Way
    rating: Rating
    arrays: tuple[Array, ...]
    columns: Sequence[Column]
    marks: Sequence[Mark] = ()


def list_layouts(body: Survey) -> list[Layout]:
    """Return each way to take a body, the likeliest first."""
    arrays = list_arrays(body)
    layouts = [
        *_pairs(arrays),
        *_flagged(arrays),
        *_acted_upon(body, arrays),
        *_halves(arrays),
    ]
    return sorted(layouts, key=lambda layout: -layout.rating.score)


def list_arrays(body: Survey) -> list[Array]:
    """Return the arrays that may hold members, the likeliest first."""
    rated = [(rating.score, array) for array in body.arrays if (rating := rate_array(array))]
    return [array for _, array in sorted(rated, key=lambda pair: -pair[0])]


def rate_array(array: Array) -> Rating | None:
    """Rate an array as one of members, by its name and its elements."""
    words = array.own_words
    score, reasons = 20, []
    if _direction(words) is not None:
        score, reasons = score + 45, ["its name says what happens to them"]
    elif name := first_of(words, GATHERING):
        score, reasons = score + 40 - GATHERING.index(name), ["its name"]
    if not _NO_MEMBERS.isdisjoint(words):
        score -= 30
    if array.elements:
        kinds = {type(element) for element in array.elements}
        if kinds == {dict}:
            ratings = filter(None, map(rate_member_id, columns_of(array.elements)))
            best = max(ratings, default=Rating(-20, ""))
            score, reasons = score + best.score // 3, [*reasons, *filter(None, [best.why])]
        elif kinds <= {str, int, float}:
            score, reasons = score + 25, [*reasons, "it holds plain values"]
        else:
            return None
    return Rating(score, ", ".join(reasons) or "an array") if score > 0 else None


def _pairs(arrays: Sequence[Array]) -> Iterator[Layout]:
    """Yield two arrays whose names differ in that one adds and the other removes."""
    for adds in arrays:
        for removes in arrays:
            if _are_opposed(adds.tokens, removes.tokens):
                is_beside = adds.tokens[:-1] == removes.tokens[:-1]
                why = "one array for those who enter, one for those who leave"
                yield _of_two(Rating(98 if is_beside else 92, why), adds, removes)


def _halves(arrays: Sequence[Array]) -> Iterator[Layout]:
    """Yield an array for those who enter, or leave, whose other half is not in the body."""
    for array in arrays:
        found = _find_half(array.tokens)
        if found is not None:
            adds, opposite = found
            other = Array(opposite, (), 0, is_there=False)
            says = "enter" if adds else "leave"
            why = f"an array for those who {says}; the other one is not in this body"
            yield _of_two(Rating(72, why), *((array, other) if adds else (other, array)))


def _flagged(arrays: Sequence[Array]) -> Iterator[Layout]:
    """Yield arrays each of whose members holds a boolean."""
    for array in arrays:
        columns = columns_of(array.elements)
        flags = [column.leaf for column in columns if column.is_all(bool)]
        marks = [Mark(leaf, rated) for leaf in flags if (rated := rate_flag(leaf.own_words))]
        if marks:
            yield _of_one(Way.BOOLEAN, array, columns, marks)


def _acted_upon(body: Survey, arrays: Sequence[Array]) -> Iterator[Layout]:
    """Yield arrays beside a word that says what happens to their members."""
    for array in arrays:
        if _direction(array.own_words) is None:
            leaves = body.leaves_outside([array.tokens])
            marks = [Mark(leaf, rated) for leaf in leaves if (rated := rate_action(leaf))]
            if marks:
                columns = columns_of(array.elements)
                yield _of_one(Way.ACTION, array, columns, marks)


def _of_one(
    way: Way,
    array: Array,
    columns: Sequence[Column],
    marks: Sequence[Mark],
) -> Layout:
    marks = sorted(marks, key=lambda mark: -mark.rating.score)
    best = marks[0].rating
    # What is hardly an array of members takes its mark's weight away.
    rated = rate_array(array)
    score = min(best.score, rated.score + 30 if rated else 1)
    return Layout(way, Rating(score, best.why), (array,), columns, marks)


def _of_two(rating: Rating, adds: Array, removes: Array) -> Layout:
    columns = columns_of([*adds.elements, *removes.elements])
    return Layout(Way.ARRAY, rating, (adds, removes), columns)


def _direction(words: Iterable[str]) -> bool | None:
    """Return True for words that add, False for words that remove, None for others."""
    words = tuple(words)
    adds, removes = is_adding(words), is_removing(words)
    return None if adds == removes else adds


def _are_opposed(adds: Tokens, removes: Tokens) -> bool:
    """Tell whether two places differ in that the one adds and the other removes."""
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(adds, removes)))  # noqa: B905
    first, second = adds[start:], removes[start:]
    while first and second and first[-1] == second[-1]:
        first, second = first[:-1], second[:-1]
    return _direction(_words_in(first)) is True and _direction(_words_in(second)) is False


def _find_half(tokens: Tokens) -> tuple[bool, Tokens] | None:
    """Return whether a place adds, and the place for the opposite; None where neither is told."""
    for depth in range(len(tokens) - 1, max(len(tokens) - 3, -1), -1):
        direction = _direction(words_of(tokens[depth]))
        opposite = opposite_of(tokens[depth])
        if direction is not None and opposite is not None:
            return direction, (*tokens[:depth], opposite, *tokens[depth + 1 :])
    return None


def _words_in(tokens: Tokens) -> list[str]:
    return [word for token in tokens for word in words_of(token)]
