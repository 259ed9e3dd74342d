"""The body that shows what a request parser reads: the builder's, with texts that are hard on templates."""

from collections.abc import Iterator
from typing import Final

from muster.core.pointers import Json, Tokens, array_index
from muster.payloads.builder import build, split
from muster.payloads.model import DEFAULT_CONTEXT_KIND, CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.spec import ParserSpec

_MOST_MEMBERS: Final = 64
_HARD_TEXT: Final = 'a "quoted" \\ text\nof two lines'


def build_samples(parser: RequestParser) -> list[Json]:
    """Return bodies, mostly one, that say that some members enter a cohort and others leave it.

    Raises:
        BuildError: no body of this manifest says that.
    """
    return [build(parser, part) for part in split(parser, _sample_changes(parser.spec))]


def _sample_changes(spec: ParserSpec) -> SyncChanges:
    count = min(_MOST_MEMBERS, 2 + max(_indexes(spec), default=0))
    cohort_id = f"cohort {_HARD_TEXT}"
    # A product whose cohorts have no names may have the id stand for the name.
    name = cohort_id if _ids(spec) & _names(spec) else f"name {_HARD_TEXT}"
    url = f"https://partner.example/?{_HARD_TEXT}" if spec.cohort_url is not None else None
    if spec.cohort_url is not None and spec.cohort_url in _ids(spec) | _names(spec):
        url = name if spec.cohort_url in _names(spec) else cohort_id
    return SyncChanges(
        environment_id="environment",
        context_kind=DEFAULT_CONTEXT_KIND if spec.context_kind is None else "device",
        cohorts=(
            CohortChanges(
                cohort_id,
                name,
                url,
                added=[f"entering {number} {_HARD_TEXT}" for number in range(count)],
                removed=[f"leaving {number} {_HARD_TEXT}" for number in range(count)],
            ),
        ),
    )


def _indexes(spec: ParserSpec) -> Iterator[int]:
    """Yield the index of each element of an array of members that the body's own values are taken from."""
    inclusion = spec.inclusion.path if spec.inclusion is not None else None
    values = (spec.environment_id, spec.context_kind, spec.cohort_id, spec.cohort_name, inclusion)
    for tokens in (*values, spec.cohort_url):
        for array in spec.arrays:
            if tokens is not None and tokens[: len(array)] == array and len(tokens) > len(array):
                yield array_index(tokens[len(array)]) or 0


def _ids(spec: ParserSpec) -> set[Tokens]:
    return {spec.cohort_id, *_in_members(spec, spec.member.cohort_id)}


def _names(spec: ParserSpec) -> set[Tokens]:
    return {spec.cohort_name, *_in_members(spec, spec.member.cohort_name)}


def _in_members(spec: ParserSpec, tokens: Tokens | None) -> Iterator[Tokens]:
    if tokens is not None:
        yield from ((*array, "0", *tokens) for array in spec.arrays)
