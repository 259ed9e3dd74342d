"""The names of fields as words, and what some of these words mean in a partner's body."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

COHORT: Final = ("cohort", "segment", "audience", "list", "group")
"""Words for a cohort, those that are seldom anything else first."""
PERSON: Final = (
    "user",
    "member",
    "distinct",
    "customer",
    "visitor",
    "profile",
    "contact",
    "person",
    "people",
    "subscriber",
    "external",
    "lead",
    "player",
    "guest",
    "subject",
    "account",
    "device",
    "anonymous",
)
"""Words that stand before an id of somebody, the likeliest first."""
IDENTIFYING: Final = ("id", "key", "uuid", "guid", "identifier")
NAMING: Final = ("name", "title", "label")
LINKING: Final = ("url", "link", "href", "uri", "permalink")
GATHERING: Final = (
    "member",
    "user",
    "batch",
    "people",
    "person",
    "customer",
    "contact",
    "profile",
    "visitor",
    "subscriber",
    "record",
    "row",
    "entry",
    "item",
    "id",
    "identifier",
    "identity",
    "player",
    "lead",
    "event",
    "data",
)
"""Words for an array of members."""
ACTING: Final = (
    "action",
    "operation",
    "op",
    "event",
    "change",
    "method",
    "verb",
    "command",
    "mode",
    "type",
    "status",
    "state",
)
"""Words for a field that says what happens, the clearest first."""
_ADDING_VERBS: Final = (
    "add", "enter", "join", "include", "create", "insert", "upsert", "subscribe", "enroll", "enrol",
    "append", "attach", "assign", "realize", "qualify",
)  # fmt: skip
_REMOVING_VERBS: Final = (
    "remove", "delete", "exit", "leave", "exclude", "drop", "unsubscribe", "unenroll", "unenrol",
    "detach", "unassign", "revoke", "discard", "purge", "drain", "disqualify",
)  # fmt: skip
_OPPOSITES: Final = (
    ("added", "removed"),
    ("adds", "removes"),
    ("add", "remove"),
    ("entered", "exited"),
    ("enter", "exit"),
    ("joined", "left"),
    ("join", "leave"),
    ("included", "excluded"),
    ("include", "exclude"),
    ("created", "deleted"),
    ("create", "delete"),
    ("inserted", "deleted"),
    ("subscribed", "unsubscribed"),
    ("subscribe", "unsubscribe"),
    ("in", "out"),
)
"""Words for adding, and what the same people call removing."""
_OTHERS: Final = (
    "environment", "env", "project", "client", "side", "context", "kind", "is", "in", "to", "value",
    "active", "message", "request", "session", "membership", "display", "add", "remove",
)  # fmt: skip
_KNOWN: Final = frozenset(
    {*COHORT, *PERSON, *IDENTIFYING, *NAMING, *LINKING, *GATHERING, *ACTING, *_OTHERS}
)
_ID_AT_END: Final = re.compile(r"(id|key|uuid|guid|identifier)$", re.IGNORECASE)
_STRAY_PLURAL: Final = re.compile(r"(?<=[A-Z])s(?![a-z])")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, in lower case and, where they are known, in the singular.

    `cohortId`, `cohort_id`, `Cohort ID`, `cohort-id` and `cohortid` all give cohort and id.
    """
    words: list[str] = []
    for word in _WORD.findall(_STRAY_PLURAL.sub("", name)):
        words += _split_compound(_singular(word.lower()))
    return tuple(words)


def is_adding(words: Iterable[str]) -> bool:
    """Tell whether some word means that somebody enters."""
    return not _ADDING.isdisjoint(words)


def is_removing(words: Iterable[str]) -> bool:
    """Tell whether some word means that somebody leaves."""
    return not _REMOVING.isdisjoint(words)


def opposite_of(text: str) -> str | None:
    """Return what is likely said to add where a text removes, or the reverse; None for other texts.

    Case is kept: `REMOVE_MEMBERS` gives `ADD_MEMBERS`.
    """
    for found in _WORD.finditer(text):
        opposite = _OPPOSITE_OF.get(found[0].lower())
        if opposite is not None:
            return text[: found.start()] + _like(found[0], opposite) + text[found.end() :]
    return None


def name_beside(pointer: str) -> str | None:
    """Return where a name is likely to be whose id is at a pointer: `/cohortName` beside `/cohortId`."""
    ending = _ID_AT_END.search(pointer)
    if ending is None:
        return None
    return pointer[: ending.start()] + ("name" if ending[0].islower() else "Name")


def first_of(words: Collection[str], known: Iterable[str]) -> str | None:
    """Return the first of some known words that is among the words."""
    return next((word for word in known if word in words), None)


def _forms(verbs: Iterable[str]) -> frozenset[str]:
    """Return the forms of regular verbs: enter, enters, entered, entering."""
    forms: set[str] = set()
    for verb in verbs:
        stem = verb.removesuffix("e")
        past = f"{verb[:-1]}ied" if verb.endswith("y") else f"{stem}ed"
        forms |= {verb, f"{verb}s", past, f"{stem}ing"}
    return frozenset(forms)


_ADDING: Final = _forms(_ADDING_VERBS) | {"in", "entry"}
_REMOVING: Final = _forms(_REMOVING_VERBS) | {"left", "out"}
_OPPOSITE_OF: Final = {
    **{removing: adding for adding, removing in reversed(_OPPOSITES)},
    **dict(_OPPOSITES),
}


def _like(model: str, word: str) -> str:
    if model.isupper():
        return word.upper()
    return word.title() if model[0].isupper() else word


def _singular(word: str) -> str:
    if word not in _KNOWN and word.endswith("ies") and f"{word[:-3]}y" in _KNOWN:
        return f"{word[:-3]}y"
    return word[:-1] if word not in _KNOWN and word[:-1] in _KNOWN and word[-1] == "s" else word


def _split_compound(word: str) -> list[str]:
    """Split what is written without a mark between its words, such as `cohortid` and `clientsideid`."""
    if word in _KNOWN:
        return [word]
    for cut in range(len(word) - 2, 1, -1):
        head, rest = word[:cut], word[cut:]
        if head in _KNOWN:
            tail = _split_compound(_singular(rest))
            if all(part in _KNOWN for part in tail):
                return [head, *tail]
    return [word]
