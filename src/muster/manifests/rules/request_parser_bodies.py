"""Rules about the bodies that a requestParser asks for: whether there can be one that holds all of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from muster.core.pointers import Tokens, array_index, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.rules import (
    request_parser,
    request_parser_matcher,
    request_parser_pointers,
    unusable,
)
from muster.manifests.rules.request_parser import example
from muster.manifests.rules.request_parser_reading import (
    ARRAYS,
    MEMBER,
    DeclaredPath,
    compiled,
    declared_paths,
    declared_tokens,
    is_empty_value,
    pointer_to,
)
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject
from muster.manifests.rules.sample_body import build_samples
from muster.manifests.schema import check_schema
from muster.payloads.errors import BuildError, ParserSpecError
from muster.payloads.parser import RequestParser
from muster.payloads.words import find_words

_DESCRIPTIONS_OF_COHORT: Final = frozenset({"cohortIdPath", "cohortNamePath", "cohortUrlPath"})
"""What a product may send once for several: cohorts that are called by their ids, for instance."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a body that something is asked for at; of the members of an array, in the first.

    Attributes:
        member_depth: how many of the tokens lead to the member that the pointer begins at.
    """

    path: DeclaredPath
    tokens: Tokens
    member_depth: int = 0

    @property
    def is_array(self) -> bool:
        return self.path.label in ARRAYS

    @property
    def kind(self) -> str:
        return self.path.keys[-1]


def places(subject: Subject) -> Sequence[_Place]:
    """Return the places of all that is read of a body."""
    paths = subject.derive(declared_tokens)
    arrays = [paths[label][1] for label in ARRAYS if label in paths]
    found: list[_Place] = []
    for path, tokens in paths.values():
        if is_empty_value(path) or _is_unread(path, paths):
            continue
        if path.is_of_member:
            found.extend(_Place(path, (*a, "0", *tokens), len(a) + 1) for a in arrays)
        else:
            found.append(_Place(path, _in_first_member(tokens, arrays)))
    return found


def _is_unread(path: DeclaredPath, paths: dict[str, tuple[DeclaredPath, Tokens]]) -> bool:
    return path.label == f"{MEMBER}.booleanMembershipPath" and "arrayInclusion.path" in paths


def _in_first_member(tokens: Tokens, arrays: Sequence[Tokens]) -> Tokens:
    """Return a pointer into any member of an array as one into the first: members are alike."""
    for array in arrays:
        depth = len(array)
        is_inside = tokens[:depth] == array and len(tokens) > depth
        if is_inside and array_index(tokens[depth]) is not None:
            tokens = (*array, "0", *tokens[depth + 1 :])
    return tokens


def _find_clashes(subject: Subject) -> Iterator[Flaw]:
    if not isinstance(subject.derive(compiled), RequestParser):
        return
    flaws = dict(_clashes(subject))
    yield from flaws.values()
    if not flaws:
        yield from _find_unbuildable(subject)


def _clashes(subject: Subject) -> Iterator[tuple[tuple[str, str], Flaw]]:
    """Yield a flaw for each two pointers that are in each other's way, and what the two are called."""
    for one, other in combinations(subject.derive(places), 2):
        upper, lower = sorted((one, other), key=lambda place: len(place.tokens))
        depth = len(upper.tokens)
        # Whatever is in the way of an array is told of the array, not of each pointer in its members.
        if lower.tokens[:depth] != upper.tokens or depth < lower.member_depth:
            continue
        message = _clash(upper, lower)
        if message:
            # The flaw is at the one that is declared later, unless that is the one passed through.
            at = other if len(one.tokens) == len(other.tokens) else lower
            hint = "Name places that one body can have together."
            yield (upper.path.label, lower.path.label), at.path.flaw(message, hint)


def _clash(upper: _Place, lower: _Place) -> str:
    """Return why no body can have both places, the lower being at or below the upper; or nothing."""
    names = f"{upper.path.label} and {lower.path.label}"
    if len(upper.tokens) == len(lower.tokens):
        is_shared = upper.kind == lower.kind or _are_descriptions(upper, lower)
        return "" if is_shared else f"{names} are at the same place, {_shown(lower.tokens)}."
    if not upper.is_array:
        return (
            f"{lower.path.label} leads through {_shown(upper.tokens)}, where {upper.path.label} has "
            "a value that holds nothing else."
        )
    step = lower.tokens[len(upper.tokens)]
    if array_index(step) is None:
        return (
            f"{lower.path.label} asks for {step[:40]!r} in {_shown(upper.tokens)}, which is an array "
            f"for {upper.path.label}."
        )
    return ""


def _are_descriptions(one: _Place, other: _Place) -> bool:
    return {one.kind, other.kind} <= _DESCRIPTIONS_OF_COHORT


def _shown(tokens: Tokens) -> str:
    return f"`{format_pointer(*tokens)[:60]}`"


def _find_unbuildable(subject: Subject) -> Iterator[Flaw]:
    """Let the builder say what looking at two pointers at a time does not."""
    parser = subject.derive(compiled)
    is_told_elsewhere = any(map(is_empty_value, subject.derive(declared_paths)))
    if not isinstance(parser, RequestParser) or is_told_elsewhere or _lacks_words(parser):
        return
    try:
        build_samples(parser)
    except BuildError as error:
        yield Flaw(
            f"No body of a usual size was found that can be read: {error.message}",
            "Look for pointers that lead into each other, or to a far element of an array.",
            pointer_to(),
        )


def _lacks_words(parser: RequestParser) -> bool:
    if parser.spec.inclusion is None:
        return False
    words = find_words(parser.spec.inclusion.matcher)
    return words.adding is None or words.removing is None


def _find_shared_places(subject: Subject) -> Iterator[Flaw]:
    seen = set()
    for one, other in combinations(subject.derive(places), 2):
        pair = (one.path.label, other.path.label)
        is_shared = one.tokens == other.tokens and one.kind != other.kind
        if is_shared and _are_descriptions(one, other) and pair not in seen:
            seen.add(pair)
            yield other.path.flaw(
                f"{one.path.label} and {other.path.label} are at the same place.",
                "Send both, if there are both; people know a cohort by its name.",
            )


def _find_unusable(subject: Subject) -> Iterator[Flaw]:
    error = subject.derive(compiled)
    if not isinstance(error, ParserSpecError):
        return
    others = (*request_parser.RULES, *request_parser_pointers.RULES, *request_parser_matcher.RULES)
    for rule in others:
        if rule.severity is Severity.ERROR and rule.check and any(rule.check(subject)):
            return
    if any(finding.pointer.startswith(pointer_to()) for finding in check_schema(subject.manifest)):
        return
    message = f"Muster can't read requests by this: {error.message}"
    yield Flaw(message, pointer=f"{pointer_to()}{error.pointer or ''}")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="request-parser/clash",
        severity=Severity.ERROR,
        title="One body can hold all that the request parser asks for.",
        explanation="Two things can't be at the same place, and nothing can be inside of a text: with "
        "`/cohort` for the cohort's id, there is no `/cohort/name`. In an array of members there are "
        "only members, by number. Muster looks at the pointers two by two, and then builds a body and "
        "reads it again.",
        failing=example(environmentIdPath="/id", cohortIdPath="/id"),
        passing=example(environmentIdPath="/environmentId", cohortIdPath="/id"),
        check=_find_clashes,
    ),
    Rule(
        id=unusable.REQUEST_PARSER,
        severity=Severity.ERROR,
        title="Muster can compile the request parser.",
        explanation="Most of what keeps Muster from reading requests by a request parser has a rule of "
        "its own; this one speaks where no other does. A server that leaves an integration out because "
        "of its request parser names this rule too.",
        failing=example(addMemberArrayPath=""),
        passing=Example(),
        check=_find_unusable,
    ),
    Rule(
        id="request-parser/shared-place",
        severity=Severity.WARNING,
        title="A cohort's id, name and URL are at places of their own.",
        explanation="A product whose cohorts have no names may have `cohortNamePath` lead to the id: "
        "segments are then called by their ids, which tells people little.",
        failing=example(cohortNamePath="/cohort/id"),
        passing=example(cohortNamePath="/cohort/name"),
        check=_find_shared_places,
    ),
)
