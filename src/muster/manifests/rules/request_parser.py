"""Rules about which keys of a requestParser go together: how a body tells added from removed."""

from collections.abc import Iterator
from typing import Any, Final

from muster.core.pointers import Json
from muster.manifests.findings import Severity
from muster.manifests.rules.reading import JsonObject
from muster.manifests.rules.request_parser_reading import (
    ARRAYS,
    MEMBER,
    PAIR,
    declared_tokens,
    is_truthy,
    pointer_to,
    request_parser,
)
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject

_ADD, _REMOVE = PAIR
_ONE: Final = "memberArrayPath"
_INCLUSION: Final = "arrayInclusion"
_FLAG: Final = "booleanMembershipPath"


def _find_remove_without_add(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    if is_truthy(parser.get(_REMOVE)) and _ADD not in parser:
        yield Flaw(
            f"{_REMOVE} is there, and {_ADD} is not.",
            f"Add {_ADD}; where all members are in one array, declare {_ONE} instead.",
            pointer_to(_REMOVE),
        )


def _find_add_without_remove(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    if is_truthy(parser.get(_ADD)) and _REMOVE not in parser:
        yield Flaw(
            f"{_ADD} is there, and {_REMOVE} is not.",
            f"Add {_REMOVE}; a body need not have both arrays.",
            pointer_to(_ADD),
        )


def _find_array_beside_pair(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    if _has_pair(parser) and _ONE in parser:
        yield Flaw(
            f"{_ONE} stands beside {_ADD} or {_REMOVE}.",
            f"Keep {_ONE} for one array of members, or the pair for two.",
            pointer_to(_ONE),
        )


def _find_inclusion_beside_pair(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    if _has_pair(parser) and _INCLUSION in parser:
        yield Flaw(
            f"{_INCLUSION} stands beside {_ADD} or {_REMOVE}, which say already who is added.",
            "Keep one of the two ways.",
            pointer_to(_INCLUSION),
        )


def _find_inclusion_without_array(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    is_alone = is_truthy(parser.get(_INCLUSION)) and _ONE not in parser
    if is_alone and not _has_pair(parser):  # beside the pair, another rule speaks
        yield Flaw(
            f"{_INCLUSION} is there, and {_ONE} is not.",
            f"Add {_ONE}: where the members are that are added or removed.",
            pointer_to(_INCLUSION),
        )


def _find_flag_without_array(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    if is_truthy(_member(parser).get(_FLAG)) and _ONE not in parser:
        hint = f"Add {_ONE}."
        if _has_pair(parser):
            hint = f"Take it away: {_ADD} and {_REMOVE} say already who is added."
        message = f"{MEMBER}.{_FLAG} is there, and {_ONE} is not."
        yield Flaw(message, hint, pointer_to(MEMBER, _FLAG))


def _find_no_array(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject)
    if parser is None or any(key in parser for key in ARRAYS):
        return
    if not is_truthy(parser.get(_INCLUSION)) and not is_truthy(_member(parser).get(_FLAG)):
        yield Flaw(
            "Nothing says where a body holds its members.",
            f"Add {_ONE}, or {_ADD} and {_REMOVE}.",
            pointer_to(),
        )


def _find_no_membership(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    member = parser.get(MEMBER)
    if _ONE not in parser or any(key in parser for key in PAIR) or not isinstance(member, dict):
        return
    if _INCLUSION not in parser and _FLAG not in member:
        yield Flaw(
            f"{_ONE} is there, and nothing tells those who are added from those who are removed.",
            f"Add {MEMBER}.{_FLAG} where each member says so itself, or {_INCLUSION} where the body "
            "says so for all.",
            pointer_to(_ONE),
        )


def _find_same_array_twice(subject: Subject) -> Iterator[Flaw]:
    paths = subject.derive(declared_tokens)
    if all(key in paths for key in PAIR) and paths[_ADD][1] == paths[_REMOVE][1]:
        yield Flaw(
            f"{_ADD} and {_REMOVE} name the same array: whoever is in it would be added and removed.",
            "Name two arrays.",
            pointer_to(_REMOVE),
        )


def _find_two_verdicts(subject: Subject) -> Iterator[Flaw]:
    parser = request_parser(subject) or {}
    if is_truthy(parser.get(_INCLUSION)) and is_truthy(_member(parser).get(_FLAG)):
        yield Flaw(
            f"{_INCLUSION} decides for all members, so {_FLAG} is never looked at.",
            "Keep the one that your bodies hold.",
            pointer_to(MEMBER, _FLAG),
        )


def _has_pair(parser: JsonObject) -> bool:
    return any(is_truthy(parser.get(key)) for key in PAIR)


def _member(parser: JsonObject) -> JsonObject:
    member = parser.get(MEMBER)
    return member if isinstance(member, dict) else {}


def example(member: dict[str, Json] | None = None, **changes: Json) -> Example:
    """Return an integration whose requestParser has these changes; None takes a key away."""
    parser: dict[str, Any] = {**changes}
    if member is not None:
        parser[MEMBER] = member
    return Example({"capabilities": {"syncedSegment": {"requestParser": parser}}})


_NO_FLAG: Final[dict[str, Json]] = {_FLAG: None}
_MATCHER: Final = {"path": "/action", "matcher": "^add$"}
_PAIR: Final = example(
    _NO_FLAG, memberArrayPath=None, addMemberArrayPath="/add", removeMemberArrayPath="/remove"
)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="request-parser/remove-without-add",
        severity=Severity.ERROR,
        title="`removeMemberArrayPath` does not come without `addMemberArrayPath`.",
        explanation="A product that sends two arrays declares both. One array may be missing, empty or "
        "null in a body. Where all members are in one array, use `memberArrayPath`.",
        failing=example(_NO_FLAG, memberArrayPath=None, removeMemberArrayPath="/remove"),
        passing=_PAIR,
        check=_find_remove_without_add,
    ),
    Rule(
        id="request-parser/add-without-remove",
        severity=Severity.ERROR,
        title="`addMemberArrayPath` does not come without `removeMemberArrayPath`.",
        explanation="Without the second array nobody could ever leave a cohort. Declare both; one may "
        "be missing, empty or null in a body.",
        failing=example(_NO_FLAG, memberArrayPath=None, addMemberArrayPath="/add"),
        passing=_PAIR,
        check=_find_add_without_remove,
    ),
    Rule(
        id="request-parser/array-beside-pair",
        severity=Severity.ERROR,
        title="`memberArrayPath` does not stand beside `addMemberArrayPath` and `removeMemberArrayPath`.",
        explanation="`memberArrayPath` is for one array of members, the pair for two: nothing would say "
        "what happens to the members of a third.",
        failing=example(_NO_FLAG, addMemberArrayPath="/add", removeMemberArrayPath="/remove"),
        passing=_PAIR,
        check=_find_array_beside_pair,
    ),
    Rule(
        id="request-parser/inclusion-beside-pair",
        severity=Severity.ERROR,
        title="`arrayInclusion` does not stand beside `addMemberArrayPath` and `removeMemberArrayPath`.",
        explanation="The pair says already who is added and who is removed. `arrayInclusion` is for one "
        "array, whose members are all added or all removed.",
        failing=example(
            _NO_FLAG,
            memberArrayPath=None,
            addMemberArrayPath="/add",
            removeMemberArrayPath="/remove",
            arrayInclusion=_MATCHER,
        ),
        passing=_PAIR,
        check=_find_inclusion_beside_pair,
    ),
    Rule(
        id="request-parser/inclusion-without-array",
        severity=Severity.ERROR,
        title="`arrayInclusion` comes with `memberArrayPath`.",
        explanation="`arrayInclusion` says what happens to members, and `memberArrayPath` says where "
        "they are.",
        failing=example(_NO_FLAG, memberArrayPath=None, arrayInclusion=_MATCHER),
        passing=example(_NO_FLAG, arrayInclusion=_MATCHER),
        check=_find_inclusion_without_array,
    ),
    Rule(
        id="request-parser/flag-without-array",
        severity=Severity.ERROR,
        title="`booleanMembershipPath` comes with `memberArrayPath`.",
        explanation="`memberArrayParser.booleanMembershipPath` is where a member of the one array says "
        "whether it is added. Where there are two arrays, the array says so.",
        failing=example(
            memberArrayPath=None, addMemberArrayPath="/add", removeMemberArrayPath="/remove"
        ),
        passing=_PAIR,
        check=_find_flag_without_array,
    ),
    Rule(
        id="request-parser/no-array",
        severity=Severity.ERROR,
        title="The request parser says where a body holds its members.",
        explanation="There are three ways: `memberArrayPath` with `booleanMembershipPath`, where each "
        "member says whether it is added; `memberArrayPath` with `arrayInclusion`, where the body says "
        "so for all; `addMemberArrayPath` with `removeMemberArrayPath`. The framework's tests let a "
        "request parser without any of them pass; it reads no member.",
        failing=example(_NO_FLAG, memberArrayPath=None),
        passing=_PAIR,
        check=_find_no_array,
    ),
    Rule(
        id="request-parser/no-membership",
        severity=Severity.ERROR,
        title="Something tells the members that are added from those that are removed.",
        explanation="With `memberArrayPath` alone, there are members and nothing says what happens to "
        "them. The framework's tests let that pass; Muster can't load it.",
        failing=example(_NO_FLAG),
        passing=example(_NO_FLAG, arrayInclusion=_MATCHER),
        check=_find_no_membership,
    ),
    Rule(
        id="request-parser/same-array-twice",
        severity=Severity.ERROR,
        title="`addMemberArrayPath` and `removeMemberArrayPath` name two arrays.",
        explanation="Members to remove come last, so a member that is in both arrays is removed: with "
        "one array for both, nobody would ever be in a cohort.",
        failing=example(
            _NO_FLAG,
            memberArrayPath=None,
            addMemberArrayPath="/members",
            removeMemberArrayPath="/members",
        ),
        passing=_PAIR,
        check=_find_same_array_twice,
    ),
    Rule(
        id="request-parser/two-verdicts",
        severity=Severity.WARNING,
        title="Only one thing says who is added.",
        explanation="Where both `arrayInclusion` and `booleanMembershipPath` are declared, "
        "`arrayInclusion` decides, and what a member says of itself is not looked at: a member that "
        "says `false` is added all the same where the body says so.",
        failing=example(arrayInclusion=_MATCHER),
        passing=example(_NO_FLAG, arrayInclusion=_MATCHER),
        check=_find_two_verdicts,
    ),
)
