"""Rules about values that are taken from one element of an array, and then hold for all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from muster.core.pointers import Tokens, array_index, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.rules.request_parser import example
from muster.manifests.rules.request_parser_reading import (
    ARRAYS,
    MEMBER,
    DeclaredPath,
    declared_tokens,
)
from muster.manifests.rules.rule import Flaw, Rule, Subject

_OWN_ID: Final = f"{MEMBER}.cohortIdPath"
_OWN_NAME: Final = f"{MEMBER}.cohortNamePath"
_SHOWN_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class _Element:
    """Where in a member of an array a value of the body is taken from."""

    array: Tokens
    index: int
    inside: Tokens


def _find_cohort_of_one_member(subject: Subject) -> Iterator[Flaw]:
    found = _element(subject, "cohortIdPath")
    if found is not None and not _is_declared(subject, _OWN_ID):
        path, element = found
        yield path.flaw(
            f"The cohort of all members is taken from element {element.index} of "
            f"{_shown(element.array)}; members of other cohorts would land in it.",
            f"Add {_OWN_ID}, such as {_shown(element.inside)}: each member then names its own.",
        )


def _find_name_of_one_member(subject: Subject) -> Iterator[Flaw]:
    found = _element(subject, "cohortNamePath")
    has_own_id = _is_declared(subject, _OWN_ID)
    if found is not None and has_own_id and not _is_declared(subject, _OWN_NAME):
        path, element = found
        yield path.flaw(
            f"Members name their cohorts by id, and a name is only taken from element {element.index}: "
            "other cohorts get none.",
            f"Add {_OWN_NAME}, such as {_shown(element.inside)}.",
        )


def _find_values_of_one_member(subject: Subject) -> Iterator[Flaw]:
    for label in ("environmentIdPath", "contextKindPath", "arrayInclusion.path"):
        found = _element(subject, label)
        if found is not None:
            path, element = found
            at_least = element.index + 1
            yield path.flaw(
                f"{label} is taken from element {element.index} of {_shown(element.array)}, and holds "
                f"for all members; a body with fewer than {at_least:,} can't be read.",
                "Send it once, outside of the array.",
            )


def _find_paths_from_body(subject: Subject) -> Iterator[Flaw]:
    paths = subject.derive(declared_tokens)
    arrays = [paths[label][1] for label in ARRAYS if label in paths]
    for path, tokens in paths.values():
        for array in arrays:
            if path.is_of_member and array and tokens[: len(array)] == array:
                inside = tokens[len(array) :]
                if inside and array_index(inside[0]) is not None:
                    inside = inside[1:]
                yield path.flaw(
                    f"{path.label} begins with {_shown(array)}, the pointer of the array; it is looked "
                    "for in each member.",
                    f"Begin at the member: write {_shown(inside)}."
                    if inside
                    else "Begin at the member.",
                )
                break


def _find_first_of_several(subject: Subject) -> Iterator[Flaw]:
    paths = subject.derive(declared_tokens)
    labels = [*ARRAYS]
    if not _is_declared(subject, _OWN_ID) and _element(subject, "cohortIdPath") is None:
        labels.append("cohortIdPath")
    for label in labels:
        if label not in paths:
            continue
        path, tokens = paths[label]
        index = next((token for token in tokens if array_index(token) is not None), None)
        if index is not None:
            yield path.flaw(
                f"{label} leads through element {index} of an array; other elements are not looked at.",
                "Make sure that bodies have just that one; else send each in a request of its own.",
            )


def _element(subject: Subject, label: str) -> tuple[DeclaredPath, _Element] | None:
    """Return a pointer that is declared, if it leads into a member of an array, and where."""
    paths = subject.derive(declared_tokens)
    if label not in paths:
        return None
    path, tokens = paths[label]
    for array in (paths[name][1] for name in ARRAYS if name in paths):
        depth = len(array)
        index = array_index(tokens[depth]) if len(tokens) > depth else None
        if tokens[:depth] == array and index is not None:
            return path, _Element(array, index, tokens[depth + 1 :])
    return None


def _is_declared(subject: Subject, label: str) -> bool:
    return label in subject.derive(declared_tokens)


def _shown(tokens: Tokens) -> str:
    return f"`{format_pointer(*tokens)[:_SHOWN_LENGTH]}`"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="request-parser/cohort-of-one-member",
        severity=Severity.ERROR,
        title="Where the cohort's id is in the members, each member names its own.",
        explanation="`cohortIdPath` names the cohort of all members that name none. Taken from the first "
        "member (`/batch/0/cohortId`), it puts the members of every other cohort of the body into the "
        "first one's. With `memberArrayParser.cohortIdPath` each member is asked for its own, which is "
        "right also where all are the same.",
        failing=example(cohortIdPath="/members/0/cohortId"),
        passing=example({"cohortIdPath": "/cohortId"}, cohortIdPath="/members/0/cohortId"),
        check=_find_cohort_of_one_member,
    ),
    Rule(
        id="request-parser/name-of-one-member",
        severity=Severity.WARNING,
        title="Where members name their cohorts by id, they name them by name, too.",
        explanation="`cohortNamePath` is the name of the body's cohort. Where members name their own "
        "cohorts, `memberArrayParser.cohortNamePath` says where their names are; without it, all but "
        "the first have none, and their segments are called by the id.",
        failing=example(
            {"cohortIdPath": "/cohortId"},
            cohortIdPath="/members/0/cohortId",
            cohortNamePath="/members/0/cohortName",
        ),
        passing=example(
            {"cohortIdPath": "/cohortId", "cohortNamePath": "/cohortName"},
            cohortIdPath="/members/0/cohortId",
            cohortNamePath="/members/0/cohortName",
        ),
        check=_find_name_of_one_member,
    ),
    Rule(
        id="request-parser/value-of-one-member",
        severity=Severity.WARNING,
        title="What holds for a whole body is not taken from one of its members.",
        explanation="The environment, the context kind and the action are read once for a body. Taken "
        "from the first member, they are right only where all members have the same; and a body without "
        "members can't be read at all. Nothing lets each member say its own.",
        failing=example(environmentIdPath="/members/0/environmentId"),
        passing=example(environmentIdPath="/environmentId"),
        check=_find_values_of_one_member,
    ),
    Rule(
        id="request-parser/path-from-body",
        severity=Severity.WARNING,
        title="Pointers in `memberArrayParser` begin at the member.",
        explanation="With `/batch` for the array, a member's id is at `/userId`, and not at "
        "`/batch/0/userId` or `/batch/userId`: that is looked for inside of each member.",
        failing=example({"memberIdPath": "/members/userId"}),
        passing=example({"memberIdPath": "/userId"}),
        check=_find_paths_from_body,
    ),
    Rule(
        id="request-parser/first-of-several",
        severity=Severity.WARNING,
        title="No cohort and no array of members is taken from an element of another array.",
        explanation="An array is sent because there may be several; of those, a pointer such as "
        "`/cohorts/0/members` reads only the first, and nobody is told about the rest. That is right "
        "where the array always has one element.",
        failing=example(memberArrayPath="/cohorts/0/members"),
        passing=example(memberArrayPath="/cohort/members"),
        check=_find_first_of_several,
    ),
)
