"""Sample bodies say what was asked for, whatever the manifest."""

import uuid
from collections import Counter
from dataclasses import replace

import orjson
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.payloads.errors import BuildError, ParserSpecError
from muster.payloads.json import decode_body
from muster.payloads.parser import RequestParser
from muster.payloads.sampling import (
    KeyStyle,
    Sample,
    SampleShape,
    fit_members,
    make_samples,
    make_samples_of_size,
)
from muster.storage.files.catalog import bundled_integrations, read_catalog
from tests.payloads.strategies import ENVIRONMENT_ID, PARSERS, SPECS, request_parsers

BUNDLED: dict[str, RequestParser] = {
    one.key: one.parser for one in read_catalog([bundled_integrations()]).catalog if one.parser
}

shapes = st.builds(
    SampleShape,
    environment_id=st.just(ENVIRONMENT_ID),
    added=st.integers(0, 5),
    removed=st.integers(0, 5),
    cohorts=st.integers(1, 4),
    cohort_id=st.none() | st.just("c1"),
    cohort_name=st.none() | st.just("Größe"),
    keys=st.sampled_from(KeyStyle),
    seed=st.integers(0, 2**32 - 1),
    skipped=st.integers(0, 1000),
)


def read_again(parser: RequestParser, samples: list[Sample], shape: SampleShape) -> None:
    """Make sure that a server would read what the shape asks for."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    everybody: list[str] = []
    cohort_ids = set()
    for sample in samples:
        changes = parser.parse(decode_body(sample.encode()))
        assert changes == sample.changes
        assert changes.environment_id == shape.environment_id
        assert changes.context_kind == shape.context_kind
        assert sample.members == changes.received
        for cohort in changes.cohorts:
            cohort_ids.add(cohort.cohort_id)
            added[cohort.cohort_id] += len(cohort.added)
            removed[cohort.cohort_id] += len(cohort.removed)
            everybody += [*cohort.added, *cohort.removed]
    assert len(cohort_ids) == shape.cohorts
    assert {added[one] for one in cohort_ids} == {shape.added}
    assert {removed[one] for one in cohort_ids} == {shape.removed}
    assert len(set(everybody)) == len(everybody)


@pytest.mark.parametrize("key", sorted(BUNDLED))
@settings(max_examples=40)
@given(shape=shapes, kind=st.sampled_from(["user", "device"]))
def test_every_bundled_manifest_reads_what_was_asked_for(
    key: str, shape: SampleShape, kind: str
) -> None:
    parser = BUNDLED[key]
    if parser.spec.context_kind is not None:
        shape = replace(shape, context_kind=kind)
    assume(shape.added or shape.removed or parser.spec.heading_array is None)
    samples = make_samples(parser, shape)
    read_again(parser, samples, shape)
    assert all(cohort.name for sample in samples for cohort in sample.changes.cohorts)


@settings(max_examples=200)
@given(request_parsers(disjoint=True), shapes)
def test_so_does_any_manifest_whose_pointers_are_apart(spec: Json, shape: SampleShape) -> None:
    parser = RequestParser.compile(spec)
    try:
        samples = make_samples(parser, shape)
    except BuildError as error:
        if shape.added or shape.removed or "only members tell" not in error.message:
            raise
        return
    read_again(parser, samples, shape)


@settings(max_examples=200)
@given(request_parsers(disjoint=False), shapes)
def test_any_other_reads_it_or_has_no_sample(spec: Json, shape: SampleShape) -> None:
    try:
        parser = RequestParser.compile(spec)
    except ParserSpecError:
        return
    try:
        samples = make_samples(parser, shape)
    except BuildError:
        event("no sample")
    else:
        event("a sample")
        read_again(parser, samples, shape)


@settings(max_examples=50)
@given(
    shapes,
    st.integers(1, 20_000) | st.integers(300, 1000),
    st.sampled_from(sorted(PARSERS)),
)
def test_a_body_is_just_not_larger_than_its_size(
    shape: SampleShape, max_bytes: int, key: str
) -> None:
    parser = PARSERS[key]
    try:
        samples = make_samples_of_size(parser, shape, max_bytes)
    except BuildError:
        smallest = make_samples(parser, replace(shape, added=1))  # what removes stays as it is
        assert max(len(one.encode()) for one in smallest) > max_bytes
        return
    assert max(len(one.encode()) for one in samples) <= max_bytes
    added = len(samples[0].changes.cohorts[0].added)
    read_again(parser, samples, replace(shape, added=added))
    more = make_samples(parser, replace(shape, added=added + 1))
    assert max(len(one.encode()) for one in more) > max_bytes


@given(
    st.lists(st.integers(5, 30), min_size=5, max_size=40), st.integers(0, 1200), st.integers(1, 5)
)
def test_fitting_finds_the_last_that_fits_though_members_grow(
    steps: list[int], max_bytes: int, least: int
) -> None:
    steps = [least, least, *(max(least, step) for step in sorted(steps)), *[30] * 1500]
    sizes = [sum(steps[:count]) for count in range(len(steps))]
    if sizes[1] > max_bytes:
        with pytest.raises(BuildError, match="single member"):
            fit_members(sizes.__getitem__, max_bytes)
        return
    fitting = fit_members(sizes.__getitem__, max_bytes)
    assert sizes[fitting] <= max_bytes < sizes[fitting + 1]


def test_the_same_shape_gives_the_same_bodies() -> None:
    shape = SampleShape(ENVIRONMENT_ID, added=3, keys=KeyStyle.UUID, seed=7)
    first = [one.encode() for one in make_samples(PARSERS["amplitude"], shape)]
    assert [one.encode() for one in make_samples(PARSERS["amplitude"], shape)] == first
    other = replace(shape, seed=8)
    assert [one.encode() for one in make_samples(PARSERS["amplitude"], other)] != first


def test_a_sample_looks_like_the_partners() -> None:
    shape = SampleShape(ENVIRONMENT_ID, cohort_name="Frequent buyers")
    assert [one.body for one in make_samples(PARSERS["hightouch"], shape)] == [
        {
            "environmentId": ENVIRONMENT_ID,
            "contextKind": "user",
            "action": "add",
            "cohortId": "frequent-buyers",
            "cohortName": "Frequent buyers",
            "members": [
                {"integration_distinct_id": "user-000001"},
                {"integration_distinct_id": "user-000002"},
            ],
        }
    ]


def keys_of(shape: SampleShape) -> list[str]:
    """Return who enters the first cohort."""
    return make_samples(PARSERS["rudderstack"], shape)[0].changes.cohorts[0].added


def test_ids_come_in_styles_and_seeds_have_their_own() -> None:
    shape = SampleShape(ENVIRONMENT_ID, added=2, skipped=16)
    assert keys_of(shape) == ["user-000017", "user-000018"]
    assert keys_of(replace(shape, seed=3)) == ["user-3000017", "user-3000018"]
    assert keys_of(replace(shape, keys=KeyStyle.EMAIL))[0] == "user-000017@example.com"
    uuids = [uuid.UUID(key) for key in keys_of(replace(shape, keys=KeyStyle.UUID))]
    assert {one.version for one in uuids} == {4}
    assert uuids[1] == uuid.UUID(keys_of(replace(shape, keys=KeyStyle.UUID, skipped=17))[0]), (
        "an id does not depend on those before it"
    )


def test_more_cohorts_than_there_are_names_for() -> None:
    shape = SampleShape(ENVIRONMENT_ID, added=1, cohorts=30)
    (sample,) = make_samples(PARSERS["amplitude"], shape)
    assert len({one.name for one in sample.changes.cohorts}) == 30
    named = replace(shape, cohorts=3, cohort_id="c", cohort_name="N")
    cohorts = make_samples(PARSERS["amplitude"], named)[0].changes.cohorts
    assert [(one.cohort_id, one.name) for one in cohorts] == [
        ("c", "N"),
        ("c-2", "N 2"),
        ("c-3", "N 3"),
    ]


def test_a_manifest_that_takes_the_name_for_the_id_gets_one_text_for_both() -> None:
    parser = RequestParser.compile({**SPECS["rudderstack"], "cohortNamePath": "/cohortId"})
    cohort = make_samples(parser, SampleShape(ENVIRONMENT_ID))[0].changes.cohorts[0]
    assert cohort.name == cohort.cohort_id
    with pytest.raises(BuildError, match="each other's way"):
        make_samples(parser, SampleShape(ENVIRONMENT_ID, cohort_name="Another"))


@pytest.mark.parametrize(
    ("key", "changes", "reason"),
    [
        ("amplitude", {"context_kind": "device"}, "no contextKindPath"),
        ("amplitude", {"added": 0}, "only members tell a cohort's id"),
        ("hightouch", {"context_kind": "multi"}, "context kind"),
        ("hightouch", {"cohort_id": "x" * 257}, "257 characters"),
        ("hightouch", {"cohort_name": "x" * 1025}, "1,025 characters"),
    ],
)
def test_what_can_not_be_said_is_refused_with_the_reason(
    key: str, changes: dict[str, Json], reason: str
) -> None:
    with pytest.raises(BuildError, match=reason):
        make_samples(PARSERS[key], replace(SampleShape(ENVIRONMENT_ID), **changes))


def test_a_name_that_only_members_have_needs_one() -> None:
    parser = RequestParser.compile({**SPECS["hightouch"], "cohortNamePath": "/members/0/cohort"})
    assert make_samples(parser, SampleShape(ENVIRONMENT_ID, added=0))[0].members == 0
    assert make_samples(parser, SampleShape(ENVIRONMENT_ID, cohort_name="N"))
    with pytest.raises(BuildError, match="only members tell a cohort's name"):
        make_samples(parser, SampleShape(ENVIRONMENT_ID, added=0, cohort_name="N"))


def test_a_cohort_without_members_is_a_sample_too() -> None:
    (sample,) = make_samples(PARSERS["rudderstack"], SampleShape(ENVIRONMENT_ID, added=0))
    assert orjson.loads(sample.encode())["listData"] == {"add": [], "remove": []}
