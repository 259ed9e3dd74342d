"""Words for an arrayInclusion: one that its matcher takes as adding, and one that it does not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from muster.payloads.matcher import Matcher

_ADDING: Final = ("add", "added", "add_members", "add_member", "members", "enter", "create", "true")
_REMOVING: Final = (
    "remove",
    "removed",
    "remove_members",
    "remove_member",
    "delete",
    "exit",
    "false",
    "none",
    "-",
)
_CLASS_ESCAPE: Final = re.compile(r"\\[A-Za-z]")
_WORD: Final = re.compile(r"[^\W_]+(?:[ _.:/-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class InclusionWords:
    """What to send to add and to remove; None where none was found."""

    adding: str | None
    removing: str | None


@lru_cache(maxsize=256)
def find_words(matcher: Matcher) -> InclusionWords:
    """Return words for a matcher: out of its own pattern where that can be, else common ones.

    `^(members|add_members)$` gives "add_members" and "remove_members".
    """
    literals = _WORD.findall(_CLASS_ESCAPE.sub(" ", matcher.pattern).replace("\\", ""))
    literals.sort(key=lambda word: "add" not in word.lower())
    opposites = [word.replace("add", "remove") for word in literals if "add" in word]
    return InclusionWords(
        adding=_first((*literals, *_ADDING, *_REMOVING, ""), matcher, wanted=True),
        removing=_first((*opposites, *_REMOVING, *literals, ""), matcher, wanted=False),
    )


def _first(candidates: Iterable[str], matcher: Matcher, *, wanted: bool) -> str | None:
    return next((word for word in candidates if matcher.matches(word) is wanted), None)
