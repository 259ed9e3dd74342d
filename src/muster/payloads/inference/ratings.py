"""How likely it is that a value of a body is what a requestParser asks for, by name, place and value."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from muster.core.pointers import Json
from muster.core.wording import count_of
from muster.payloads.inference.names import (
    ACTING,
    COHORT,
    IDENTIFYING,
    LINKING,
    NAMING,
    PERSON,
    first_of,
    is_adding,
    is_removing,
    words_of,
)
from muster.payloads.inference.survey import Column, Leaf

CERTAIN: Final = 80
"""From here on a rating leaves hardly a doubt."""
LIKELY: Final = 50
"""From here on a rating is good enough for a property that could be left out."""
UNNAMED_FLAG: Final = 40
"""The rating of a boolean whose name says nothing of membership."""
_CLIENT_SIDE_ID: Final = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
_KIND: Final = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_LONGEST_ACTION: Final = 4
"""How many words an action has at most; a longer text is a description of something."""
_ENVIRONMENT: Final = ("environment", "env")
_OF_OTHERS: Final = frozenset(
    {
        *COHORT,
        *PERSON,
        "message",
        "request",
        "session",
        "page",
        "task",
        "event",
        "job",
        "sync",
        "run",
    }
)
"""Words before an id of something that is certainly no environment."""
_NOT_SOMEBODY: Final = frozenset(
    {*COHORT, *_ENVIRONMENT, "project", "message", "request", "session", "event", "job", "field"}
)


class Rating(NamedTuple):
    """A score from 0 to 100, and what speaks for it."""

    score: int
    why: str


def rate_environment_id(leaf: Leaf) -> Rating | None:
    """Rate a value as the environment's client-side ID, which is always a string."""
    if type(leaf.value) is not str or not leaf.value:
        return None
    own, parent = leaf.own_words, leaf.parent_words
    looks_right = _CLIENT_SIDE_ID.fullmatch(leaf.value) is not None
    named = _rate_environment_name(own, parent)
    if named is not None:
        if not looks_right:
            return named
        return Rating(named.score + 10, f"{named.why}, with 24 hexadecimal digits")
    if looks_right and _OF_OTHERS.isdisjoint(own) and not first_of(parent, COHORT):
        return Rating(60, "24 hexadecimal digits, as a client-side ID has")
    return None


def names_environment(leaf: Leaf) -> bool:
    """Tell whether the name of a value is that of an environment's id, whatever the value is."""
    return _rate_environment_name(leaf.own_words, leaf.parent_words) is not None


def _rate_environment_name(own: Sequence[str], parent: Sequence[str]) -> Rating | None:
    identifies = first_of(own, IDENTIFYING) is not None
    is_named = first_of(own, _ENVIRONMENT) is not None
    is_plain = len(own) == 1 and identifies
    is_other = first_of(own, NAMING + LINKING) is not None
    rules = (
        ({"client", "side"} <= {*own}, 95, "named after the client-side ID"),
        (is_named and identifies, 94, "named after an environment's id"),
        (is_named and not is_other, 80, "named after an environment"),
        (is_plain and first_of(parent, _ENVIRONMENT), 90, "the id of what is named an environment"),
        ("project" in own and identifies, 75, "named after a project's id"),
        (is_plain and "project" in parent, 70, "the id of what is named a project"),
        (tuple(own) == ("project",), 55, "named after a project"),
    )
    return next((Rating(score, why) for holds, score, why in rules if holds), None)


def rate_context_kind(leaf: Leaf) -> Rating | None:
    """Rate a value as the kind of the members' contexts."""
    if type(leaf.value) is not str or not _KIND.fullmatch(leaf.value):
        return None
    own = {*leaf.own_words}
    if "context" in own and own & {"kind", "type"}:
        return Rating(95, "named after a context's kind")
    return Rating(70, "named after a kind") if own == {"kind"} else None


def rate_cohort_id(leaf: Leaf) -> Rating | None:
    """Rate a value as a cohort's id."""
    own, parent = leaf.own_words, leaf.parent_words
    if not _is_id(leaf.value) or first_of(own, NAMING + LINKING):
        return None
    noun, identifies = first_of(own, COHORT), first_of(own, IDENTIFYING)
    if noun and identifies:
        is_joined = own[own.index(identifies) - 1] == noun
        return Rating(
            (95 if is_joined else 55) - _rank(noun), f"named after {_an(noun)}'s {identifies}"
        )
    if noun and len(own) == 1:
        return Rating(70 - _rank(noun), f"named after {_an(noun)}")
    if not identifies or len(own) > 1:
        return None
    if holder := first_of(parent, COHORT):
        return Rating(
            93 - _rank(holder), f"the {identifies} in an object named after {_an(holder)}"
        )
    return None if parent else Rating(30, f"an {identifies} of the body itself")


def rate_cohort_name(leaf: Leaf, cohort_id: Leaf | None) -> Rating | None:
    """Rate a value as a cohort's name, whose id was found."""
    own = leaf.own_words
    if not (leaf.value is None or _is_id(leaf.value)) or leaf == cohort_id:
        return None
    rated = _rate_companion(leaf, cohort_id, NAMING)
    if rated is None and len(own) == 1 and cohort_id and (noun := first_of(own, COHORT)):
        is_beside = noun in cohort_id.own_words
        return Rating(60 if is_beside else 40, f"named after {_an(noun)}, and not its id")
    return rated


def rate_cohort_url(leaf: Leaf, cohort_id: Leaf | None) -> Rating | None:
    """Rate a value as the address of a cohort's page, whose id was found."""
    return _rate_companion(leaf, cohort_id, LINKING) if type(leaf.value) is str else None


def _rate_companion(leaf: Leaf, cohort_id: Leaf | None, aspects: Sequence[str]) -> Rating | None:
    """Rate a value as what stands beside a cohort's id, such as its name."""
    own, parent = leaf.own_words, leaf.parent_words
    aspect = first_of(own, aspects)
    if aspect is None:
        return None
    if noun := first_of(own, COHORT):
        return Rating(95 - _rank(noun), f"named after {_an(noun)}'s {aspect}")
    if not {*own} <= {*aspects, "display"}:
        return None
    if noun := first_of(parent, COHORT):
        return Rating(93 - _rank(noun), f"the {aspect} in an object named after {_an(noun)}")
    if cohort_id is not None and cohort_id.tokens[:-1] == leaf.tokens[:-1]:
        return Rating(65, f"the {aspect} beside the cohort's id")
    return None


def rate_member_id(column: Column) -> Rating | None:
    """Rate what members hold at one place as their id."""
    if not column.values or not all(map(_is_id, column.values)):
        return None
    rated = _rate_person_name(column)
    if rated is None:
        return None
    score, why = rated
    if column.missing:
        score, why = score - 40, f"{why}; it is missing in {count_of(column.missing, 'member')}"
    if len(column.values) > 1 and len({*map(str, column.values)}) == 1:
        score, why = score - 40, f"{why}; it is the same for every member"
    return Rating(score, why) if score > 0 else None


def _rate_person_name(column: Column) -> Rating | None:
    if not column.tokens:
        return Rating(95, "each member is a value, not an object")
    own, parent = column.leaf.own_words, column.leaf.parent_words
    if not _NOT_SOMEBODY.isdisjoint(own) or not _NOT_SOMEBODY.isdisjoint(parent):
        return None
    if own and own[-1] in IDENTIFYING:
        return _rate_person_id(own, parent)
    rules = (
        (own and own[-1] in PERSON, 75, "named after somebody"),
        ("username" in own or "login" in own, 65, "a member's name of account"),
        ("email" in own or "mail" in own, 60, "a member's e-mail address"),
        (len(own) == 1 and own[0].endswith("id"), 58, "its name ends in id"),
        ("phone" in own, 40, "a member's phone number"),
        (type(column.values[0]) is str, 15, "a text"),
    )
    return next((Rating(score, why) for holds, score, why in rules if holds), None)


def _rate_person_id(own: Sequence[str], parent: Sequence[str]) -> Rating:
    if len(own) > 1:
        if own[-2] in PERSON:
            return Rating(95 - PERSON.index(own[-2]), f"named after {_an(own[-2])} {own[-1]}")
        return Rating(45, f"named after {_an(own[-1])}")
    if person := first_of(parent, PERSON):
        return Rating(90, f"the {own[-1]} in an object named after {_an(person)}")
    if parent:
        return Rating(50, f"an {own[-1]} inside of the member")
    return Rating(88 if own[-1] == "id" else 80, f"the member's {own[-1]}")


def rate_flag(own: Sequence[str]) -> Rating | None:
    """Rate the words of a boolean as whether somebody is in the cohort; None where true says no."""
    if is_removing(own) or not {"not", "no", "inactive", "former"}.isdisjoint(own):
        return None
    if "in" in own or not {"member", "membership", "belongs"}.isdisjoint(own):
        return Rating(95, "a boolean named after being a member")
    if is_adding(own):
        return Rating(85, "a boolean named after entering")
    for word, score in (
        ("value", 80),
        ("active", 70),
        ("present", 70),
        ("status", 65),
        ("state", 65),
    ):
        if word in own:
            return Rating(score, f"a boolean named {word}")
    return Rating(UNNAMED_FLAG, "a boolean")


def rate_action(leaf: Leaf) -> Rating | None:
    """Rate a value outside of the members as what says whether they enter or leave."""
    if type(leaf.value) is bool:
        rated = rate_flag(leaf.own_words)
        if rated is None or rated.score <= UNNAMED_FLAG:
            return None
        return Rating(rated.score - 10, f"{rated.why}, of the body itself")
    if type(leaf.value) is str and leaf.value:
        return _rate_word(leaf.own_words, leaf.value)
    return None


def _rate_word(own: Sequence[str], value: str) -> Rating | None:
    verdict = find_verdict(value)
    name = first_of(own, ACTING)
    length = len(words_of(value))
    if verdict is not None and name and length <= _LONGEST_ACTION:
        says = "adds" if verdict else "removes"
        score = 95 - 2 * ACTING.index(name)
        return Rating(score, f"named after {_an(name)}, with a word that {says}")
    if verdict is not None and length == 1 and not first_of(own, NAMING + IDENTIFYING + LINKING):
        return Rating(55, "a word that says what happens")
    if name in ACTING[:3] and length <= _LONGEST_ACTION:
        return Rating(45, f"named after {_an(name)}")
    return None


def find_verdict(word: Json) -> bool | None:
    """Return what an action means: True to add, False to remove, None where that can't be told."""
    if type(word) is not str:
        return None
    words = words_of(word)
    adds = is_adding(words) or words == ("member",)
    removes = is_removing(words)
    return None if adds == removes else adds


def _rank(noun: str) -> int:
    """Return by how much a word is less a cohort than the best."""
    return 2 * COHORT.index(noun)


def _an(word: str) -> str:
    return f"an {word}" if word[0] in "aeio" else f"a {word}"


def _is_id(value: Json) -> bool:
    return type(value) in (int, float) or (type(value) is str and value != "")
