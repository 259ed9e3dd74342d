"""Sample bodies: of a given shape, with members and cohorts that look like a partner's.

The same shape gives the same bodies, whenever and wherever they are made.
"""

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Final

import orjson

from muster.core.pointers import Json, Tokens
from muster.payloads.builder import build, split
from muster.payloads.errors import BuildError
from muster.payloads.model import DEFAULT_CONTEXT_KIND, CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.spec import ParserSpec

_NAMES: Final = (
    "Frequent buyers",
    "New sign-ups",
    "Trial users",
    "Power users",
    "Newsletter readers",
    "Abandoned carts",
    "Beta testers",
    "Back after a break",
    "Mobile only",
    "Likely to upgrade",
    "Annual plan",
    "Needs onboarding",
)
_SEED_STRIDE: Final = 1_000_000
"""How many numbered members each seed has to itself."""
_PROBE_MEMBERS: Final = 3
_PROBE_COHORTS: Final = 2


class KeyStyle(StrEnum):
    """What members' ids look like."""

    NUMBERED = "numbered"
    """user-000017"""
    UUID = "uuid"
    """A random-looking UUID (version 4)."""
    EMAIL = "email"
    """user-000017@example.com"""


@dataclass(frozen=True, slots=True)
class SampleShape:
    """What sample bodies are to say.

    Attributes:
        environment_id: the environment's client-side ID.
        added: how many members enter each cohort.
        removed: how many members, others than those, leave each cohort.
        cohorts: how many cohorts there are; no two have a member in common.
        context_kind: the kind of the members' contexts.
        cohort_id: id of the first cohort; those after it are numbered from 2. None: made of its name.
        cohort_name: name of the first cohort, likewise. None: one that the seed chooses.
        keys: what members' ids look like.
        seed: another seed gives other members, 0 or more.
        skipped: how many members to pass over: those of samples made before.
    """

    environment_id: str
    added: int = 2
    removed: int = 0
    cohorts: int = 1
    context_kind: str = DEFAULT_CONTEXT_KIND
    cohort_id: str | None = None
    cohort_name: str | None = None
    keys: KeyStyle = KeyStyle.NUMBERED
    seed: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A body, and what it says."""

    body: Json
    changes: SyncChanges

    @property
    def members(self) -> int:
        """How many members it names."""
        return sum(len(one.added) + len(one.removed) for one in self.changes.cohorts)

    @property
    def adds(self) -> bool:
        """Whether anybody enters a cohort."""
        return any(one.added for one in self.changes.cohorts)

    def encode(self) -> bytes:
        """Return the body as it is sent: JSON in UTF-8, without spaces."""
        return orjson.dumps(self.body)


def make_samples(parser: RequestParser, shape: SampleShape) -> list[Sample]:
    """Return the bodies that say together what a shape asks for: one where the manifest allows that.

    A manifest with arrayInclusion has one body add and another remove; one whose members do not name
    their cohort has a body for each cohort.

    Raises:
        BuildError: the manifest can't say that at all; the message says why.
    """
    _check_members(parser, shape)
    changes = _make_changes(shape, _choose_labels(parser, shape))
    return [Sample(build(parser, part), part) for part in split(parser, changes)]


def make_samples_of_size(parser: RequestParser, shape: SampleShape, max_bytes: int) -> list[Sample]:
    """Return samples whose bodies have as many members added as keep each of them within a size.

    Args:
        shape: how many it adds does not matter.
        max_bytes: the size of a body as `Sample.encode` gives it.

    Raises:
        BuildError: a body with one member is larger, one that only removes is, or the manifest can't
            say what is asked for.
    """
    best: list[Sample] = []

    def measure(added: int) -> int:
        nonlocal best
        samples = make_samples(parser, replace(shape, added=added))
        size = max(len(sample.encode()) for sample in samples if sample.adds)
        if size <= max_bytes:
            best = samples
        return size

    fit_members(measure, max_bytes)
    largest = max(len(sample.encode()) for sample in best)
    if largest > max_bytes:
        raise BuildError(
            f"The body that removes takes {largest:,} bytes, more than {max_bytes:,}. Remove fewer."
        )
    return best


def fit_members(measure: Callable[[int], int], max_bytes: int) -> int:
    """Return with how many members a body is just not larger than a size.

    Args:
        measure: gives the size with so many members, one or more; it grows with them.

    Raises:
        BuildError: it is larger with one member.
    """
    fitting, size = 1, measure(1)
    if size > max_bytes:
        raise BuildError(
            f"A body of this kind takes {size:,} bytes with a single member, more than {max_bytes:,}."
        )
    step = measure(2) - size
    per_member = float(step)
    too_many: int | None = None
    # A member takes no less than the second one did, so there is no room for another without that.
    while max_bytes - size >= step and too_many != fitting + 1:
        guess = fitting + max(1, int((max_bytes - size) / per_member))
        if too_many is not None:
            guess = min(guess, too_many - 1)
        found = measure(guess)
        if found <= max_bytes:
            fitting, size = guess, found
        else:
            too_many = guess
            per_member = (found - size) / (guess - fitting)
    return fitting


@dataclass(frozen=True, slots=True)
class _Labels:
    """Which names and URLs cohorts get."""

    named: bool = True
    name_is_id: bool = False
    has_url: bool = False
    url_for_all: bool = False


def _check_members(parser: RequestParser, shape: SampleShape) -> None:
    if shape.added or shape.removed:
        return
    spec = parser.spec
    if spec.heading_array is not None:
        told = "a cohort's id"
    elif shape.cohort_name is not None and _lies_in_members(spec, spec.cohort_name):
        told = "a cohort's name"
    else:
        return
    raise BuildError(
        f"This manifest can't say that: only members tell {told}, and there are none. Ask for one at least."
    )


def _lies_in_members(spec: ParserSpec, tokens: Tokens) -> bool:
    return any(tokens[: len(array)] == array for array in spec.arrays)


def _choose_labels(parser: RequestParser, shape: SampleShape) -> _Labels:
    """Return the fullest labels that the manifest has places for.

    Raises:
        BuildError: it can't say what the shape asks for with any.
    """
    probe = replace(
        shape,
        added=min(shape.added, _PROBE_MEMBERS),
        removed=min(shape.removed, _PROBE_MEMBERS),
        cohorts=min(shape.cohorts, _PROBE_COHORTS),
    )
    first_error: BuildError | None = None
    for labels in _possible_labels(parser, shape):
        try:
            for part in split(parser, _make_changes(probe, labels)):
                build(parser, part)
        except BuildError as error:
            first_error = first_error or error
        else:
            return labels
    assert first_error is not None  # noqa: S101 - there is always something to try
    raise first_error


def _possible_labels(parser: RequestParser, shape: SampleShape) -> Iterator[_Labels]:
    spec = parser.spec
    names = [_Labels()]
    if shape.cohort_name is None:
        names += [_Labels(name_is_id=True), _Labels(named=False)]
    if spec.cohort_url is not None:
        for_all = spec.member.cohort_id is None
        yield from (replace(one, has_url=True, url_for_all=for_all) for one in names)
    yield from names


def _make_changes(shape: SampleShape, labels: _Labels) -> SyncChanges:
    cohorts = tuple(_make_cohort(shape, labels, index) for index in range(shape.cohorts))
    return SyncChanges(shape.environment_id, shape.context_kind, cohorts)


def _make_cohort(shape: SampleShape, labels: _Labels, index: int) -> CohortChanges:
    cohort_name = _cohort_name(shape, index)
    cohort_id = _cohort_id(shape, cohort_name, index)
    has_url = labels.has_url and (index == 0 or labels.url_for_all)
    first = shape.skipped + index * (shape.added + shape.removed)
    middle, end = first + shape.added, first + shape.added + shape.removed
    return CohortChanges(
        cohort_id,
        name=(cohort_id if labels.name_is_id else cohort_name) if labels.named else None,
        url=f"https://partner.example/cohorts/{_slug(cohort_id)}" if has_url else None,
        added=[_key(shape, number) for number in range(first, middle)],
        removed=[_key(shape, number) for number in range(middle, end)],
    )


def _cohort_name(shape: SampleShape, index: int) -> str:
    if shape.cohort_name is not None:
        return shape.cohort_name if index == 0 else f"{shape.cohort_name} {index + 1}"
    chosen = Random(shape.seed).sample(_NAMES, len(_NAMES))  # noqa: S311 - variety, not a secret
    lap, place = divmod(index, len(chosen))
    return chosen[place] if lap == 0 else f"{chosen[place]} {lap + 1}"


def _cohort_id(shape: SampleShape, name: str, index: int) -> str:
    if shape.cohort_id is not None:
        return shape.cohort_id if index == 0 else f"{shape.cohort_id}-{index + 1}"
    return _slug(name) or f"cohort-{index + 1}"


def _slug(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def _key(shape: SampleShape, number: int) -> str:
    """Return the id of a member, counted from 0."""
    if shape.keys is KeyStyle.UUID:
        digest = hashlib.blake2b(f"{shape.seed}/{number}".encode(), digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))
    name = f"user-{shape.seed * _SEED_STRIDE + number + 1:06d}"
    return name if shape.keys is KeyStyle.NUMBERED else f"{name}@example.com"
