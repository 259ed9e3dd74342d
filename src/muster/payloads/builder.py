"""Writing the body that says given changes: the inverse of `RequestParser.parse`.

A body is made in one canonical form: cohorts in their order, of each those added and then those
removed. The parser gives both lists back in the same order, so `parse(build(changes)) == changes`;
`build` makes sure of that before it returns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from muster.core.pointers import Json, Tokens, array_index
from muster.payloads.document import Document, PointerClashError
from muster.payloads.errors import BuildError, InvalidPayloadError
from muster.payloads.model import DEFAULT_CONTEXT_KIND, CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.spec import Inclusion, ParserSpec
from muster.payloads.words import find_words


def split(parser: RequestParser, changes: SyncChanges) -> list[SyncChanges]:
    """Return changes, each such that one body can say it, that together are the given ones.

    A manifest with arrayInclusion gets bodies that only add or only remove; one whose members do not
    name their cohort gets a body for each cohort. Cohorts share a body where they can.
    """
    cohorts = changes.cohorts
    if parser.spec.inclusion is not None:
        cohorts = tuple(part for cohort in cohorts for part in _by_direction(cohort))
    bodies: list[list[CohortChanges]] = []
    for cohort in cohorts:
        body = bodies[-1] if bodies else []
        if body and _find_obstacle(parser.spec, body[0], body[-1], cohort) is None:
            body.append(cohort)
        else:
            bodies.append([cohort])
    return [replace(changes, cohorts=tuple(body)) for body in bodies or [[]]]


def build(parser: RequestParser, changes: SyncChanges) -> Json:
    """Return a body that the parser reads as these changes.

    Raises:
        BuildError: no single body of this manifest says them (see `split`), or they are not valid.
    """
    spec = parser.spec
    _check_sayable(spec, changes)
    tables = _list_members(spec, changes.cohorts)
    document = Document()
    try:
        for tokens, value in _headings(spec, changes):
            if _reaches(tokens, tables):
                document.put(tokens, value)
        for array, rows in tables.items():
            document.put_array(array)
            for index, row in enumerate(rows):
                _put_member(document, spec, (*array, str(index)), row)
        body = document.to_json()
    except PointerClashError as clash:
        raise BuildError(f"The manifest's pointers get in each other's way: {clash}.") from None
    _prove(parser, body, changes)
    return body


class _Row(NamedTuple):
    """A member as an array names it."""

    key: str
    added: bool
    cohort: CohortChanges


def _check_sayable(spec: ParserSpec, changes: SyncChanges) -> None:
    """Raise BuildError for what the manifest has no place for."""
    cohorts = changes.cohorts
    reason = None
    if changes.context_kind != DEFAULT_CONTEXT_KIND and spec.context_kind is None:
        reason = "it declares no contextKindPath, so every context is of kind 'user'"
    elif not cohorts and spec.requires_heading:
        reason = "every body names a cohort, and there is none"
    elif spec.cohort_url is None and any(cohort.url is not None for cohort in cohorts):
        reason = "it declares no cohortUrlPath, and a cohort has a URL"
    elif spec.inclusion and any(cohort.added and cohort.removed for cohort in cohorts):
        reason = "a body either adds or removes; split the changes"
    else:
        joined = (
            _find_obstacle(spec, cohorts[0], previous, cohort)
            for previous, cohort in pairwise(cohorts)
        )
        reason = next((f"{found}; split the changes" for found in joined if found), None)
    if reason:
        raise BuildError(f"This manifest can't say that: {reason}.")


def _find_obstacle(
    spec: ParserSpec, first: CohortChanges, previous: CohortChanges, cohort: CohortChanges
) -> str | None:
    """Return why a cohort can't stand behind the previous one in a body, where only members name it."""
    turns = (cohort.added and previous.removed) or (cohort.removed and previous.added)
    obstacles = (
        (spec.member.cohort_id is None, "a body names one cohort"),
        (not (cohort.added or cohort.removed), "only a body's first cohort can have no members"),
        (cohort.url is not None, "only a body's first cohort can have a URL"),
        (
            cohort.name is not None and spec.member.cohort_name is None,
            "only a body's first cohort can have a name",
        ),
        (spec.inclusion and turns, "a body either adds or removes"),
        (
            spec.adds is not None and previous is not first and cohort.added and not previous.added,
            "a cohort that adds stands before those that only remove",
        ),
        (not _leads(spec, first), "the first member must be of a body's first cohort"),
    )
    return next((reason for holds, reason in obstacles if holds), None)


def _leads(spec: ParserSpec, cohort: CohortChanges) -> bool:
    """Tell whether a cohort is where a pointer such as /batch/0/cohortId looks for the body's."""
    array = spec.heading_array
    if array is None:
        return True
    if array == spec.members:
        rows = cohort.added or cohort.removed
    else:
        rows = cohort.added if array == spec.adds else cohort.removed
    return spec.cohort_id[len(array)] == "0" and bool(rows)


def _headings(spec: ParserSpec, changes: SyncChanges) -> Iterator[tuple[Tokens, str]]:
    """Yield what a body says outside of its members, and where."""
    yield spec.environment_id, changes.environment_id
    if spec.context_kind is not None:
        yield spec.context_kind, changes.context_kind
    if spec.inclusion is not None:
        yield spec.inclusion.path, _choose_word(spec.inclusion, changes.cohorts)
    for cohort in changes.cohorts[:1]:
        yield spec.cohort_id, cohort.cohort_id
        if cohort.name is not None:
            yield spec.cohort_name, cohort.name
        if cohort.url is not None and spec.cohort_url is not None:
            yield spec.cohort_url, cohort.url


def _choose_word(inclusion: Inclusion, cohorts: Sequence[CohortChanges]) -> str:
    words = find_words(inclusion.matcher)
    if _has_adds(cohorts):
        word, purpose = words.adding, "that the matcher takes, to add"
    elif _has_removes(cohorts):
        word, purpose = words.removing, "that the matcher does not take, to remove"
    else:
        word = words.removing if words.adding is None else words.adding
        purpose = "to try the matcher on"
    if word is None:
        raise BuildError(
            f"No word was found {purpose}: arrayInclusion's matcher is {inclusion.matcher.pattern!r}."
        )
    return word


def _list_members(spec: ParserSpec, cohorts: Sequence[CohortChanges]) -> dict[Tokens, list[_Row]]:
    """Return the rows of each array."""
    if spec.members is not None:
        return {spec.members: [row for cohort in cohorts for row in _rows(cohort)]}
    tables: dict[Tokens, list[_Row]] = {}
    for array, wanted in zip(spec.arrays, (True, False), strict=True):
        tables[array] = [row for cohort in cohorts for row in _rows(cohort) if row.added is wanted]
    return tables


def _rows(cohort: CohortChanges) -> Iterator[_Row]:
    for key in cohort.added:
        yield _Row(key, True, cohort)
    for key in cohort.removed:
        yield _Row(key, False, cohort)


def _reaches(tokens: Tokens, tables: Mapping[Tokens, Sequence[_Row]]) -> bool:
    """Tell whether a place is not in a member that is missing, as /batch/1/name is of one member."""
    for array, rows in tables.items():
        depth = len(array)
        if tokens[:depth] == array and len(tokens) > depth:
            index = array_index(tokens[depth])
            return index is None or index < len(rows)
    return True


def _put_member(document: Document, spec: ParserSpec, at: Tokens, row: _Row) -> None:
    member = spec.member
    document.put(at + member.member_id, row.key)
    if member.flag is not None and spec.inclusion is None:
        document.put(at + member.flag, row.added)
    if member.cohort_id is not None:
        document.put(at + member.cohort_id, row.cohort.cohort_id)
    if member.cohort_name is not None and row.cohort.name is not None:
        document.put(at + member.cohort_name, row.cohort.name)


def _prove(parser: RequestParser, body: Json, changes: SyncChanges) -> None:
    try:
        read = parser.parse(body)
    except InvalidPayloadError as error:
        raise BuildError(f"This manifest can't say that: {error.message}") from None
    if read != changes:
        raise BuildError(
            "This manifest can't say that: its pointers share places, or cohorts or members stand in "
            "an order that a body does not keep; split them."
        )


def _has_adds(cohorts: Sequence[CohortChanges]) -> bool:
    return any(cohort.added for cohort in cohorts)


def _has_removes(cohorts: Sequence[CohortChanges]) -> bool:
    return any(cohort.removed for cohort in cohorts)


def _by_direction(cohort: CohortChanges) -> list[CohortChanges]:
    if not (cohort.added and cohort.removed):
        return [cohort]
    return [replace(cohort, removed=[]), replace(cohort, added=[])]
