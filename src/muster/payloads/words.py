"""Words for an arrayInclusion: which its matcher takes as adding, and which it does not."""

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
_OTHERS: Final = ("", "0", "REMOVE", "remove!")
_OPPOSITES: Final = (
    ("add", "remove"),
    ("add_member", "remove_member"),
    ("add_members", "remove_members"),
    ("addMember", "removeMember"),
    ("addMembers", "removeMembers"),
    ("added", "removed"),
    ("member.added", "member.removed"),
    ("ADD", "REMOVE"),
    ("add", "delete"),
    ("create", "delete"),
    ("created", "deleted"),
    ("insert", "delete"),
    ("enter", "exit"),
    ("entered", "exited"),
    ("enter", "leave"),
    ("join", "leave"),
    ("joined", "left"),
    ("include", "exclude"),
    ("included", "excluded"),
    ("subscribe", "unsubscribe"),
    ("subscribed", "unsubscribed"),
    ("assign", "unassign"),
    ("enroll", "unenroll"),
    ("true", "false"),
    ("1", "0"),
    ("yes", "no"),
    ("on", "off"),
    ("in", "out"),
)
"""What products say of members that enter, and of members that leave."""

_SAYS_REMOVAL: Final = re.compile(
    r"(?<![a-z])(?:remov(?:e|ed|al)|deleted?|exit(?:ed)?|leave|left|excluded?|unsubscribed?|"
    r"unassign(?:ed)?|unenroll(?:ed)?|dropped|revoked?|expired?)(?![a-z])"
)
_HUMP: Final = re.compile("(?<=[a-z])(?=[A-Z])")
_LONGEST_WORD: Final = 256
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
    literals = _literals(matcher)
    literals.sort(key=lambda word: "add" not in word.lower())
    opposites = [word.replace("add", "remove") for word in literals if "add" in word]
    matched = matcher.range_of_matches(_LONGEST_WORD) or ()
    return InclusionWords(
        adding=_first((*literals, *_ADDING, *_REMOVING, *matched, ""), matcher, wanted=True),
        removing=_first((*opposites, *_REMOVING, *literals, *_OTHERS), matcher, wanted=False),
    )


def matches_nothing(matcher: Matcher) -> bool:
    """Tell whether it is certain that a matcher takes no text, as `/^add$/` takes none."""
    matched = matcher.range_of_matches(_LONGEST_WORD)
    # A match that may only stand inside of a word (`\B`) is no text of its own.
    if matched is None or "\\B" in matcher.pattern:
        return False
    first, last = matched
    return first == last and len(first.encode()) < _LONGEST_WORD and not matcher.matches(first)


def find_taken_opposites(matcher: Matcher) -> tuple[str, str] | None:
    """Return two words, one that says to add and one that says to remove, if a matcher takes both."""
    for adding, removing in _OPPOSITES:
        if matcher.matches(adding) and matcher.matches(removing):
            return adding, removing
    return None


def find_taken_removal(matcher: Matcher) -> str | None:
    """Return a word of a matcher's own pattern that it takes, and that says to remove; or None."""
    for word in _literals(matcher):
        spaced = _HUMP.sub(" ", word).lower()
        if _SAYS_REMOVAL.search(spaced) and matcher.matches(word):
            return word
    return None


def find_longer_word(matcher: Matcher) -> tuple[str, str] | None:
    """Return a word that a matcher takes, and a longer one around it that it takes as well; or None."""
    for word in (*_literals(matcher), *_ADDING):
        around = (f"re{word}", f"{word}ress", f"77{word}", f"{word}77")
        longer = next(filter(matcher.matches, around), None)
        if longer is not None and matcher.matches(word):
            return word, longer
    return None


def _literals(matcher: Matcher) -> list[str]:
    """Return the words in a matcher's pattern."""
    return _WORD.findall(_CLASS_ESCAPE.sub(" ", matcher.pattern).replace("\\", ""))


def _first(candidates: Iterable[str], matcher: Matcher, *, wanted: bool) -> str | None:
    return next((word for word in candidates if matcher.matches(word) is wanted), None)
