"""What changed between two versions of a manifest."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from muster.core.pointers import MISSING, Json, Tokens, format_pointer

_DEEPEST: Final = 64
"""Values that lie deeper are compared as a whole."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A value that is another one now, or came, or went.

    Attributes:
        pointer: where it is; empty for the whole document.
        before: the old value, or `MISSING`.
        after: the new value, or `MISSING`.
    """

    pointer: str
    before: Json
    after: Json


def list_edits(before: Json, after: Json) -> list[Edit]:
    """Return the innermost values that differ, in the order of the documents.

    Arrays are compared element by element.
    """
    return list(_edits((), before, after))


def _edits(at: Tokens, before: Json, after: Json) -> Iterator[Edit]:
    is_deep = len(at) >= _DEEPEST
    if not is_deep and isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _edits((*at, key), before.get(key, MISSING), after.get(key, MISSING))
    elif not is_deep and isinstance(before, list) and isinstance(after, list):
        for index, (old, new) in enumerate(zip_longest(before, after, fillvalue=MISSING)):
            yield from _edits((*at, str(index)), old, new)
    elif before != after or type(before) is not type(after):
        yield Edit(format_pointer(*at), before, after)
