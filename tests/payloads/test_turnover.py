"""Members that enter and leave again, without end."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.payloads.errors import BuildError
from muster.payloads.json import decode_body
from muster.payloads.parser import RequestParser
from muster.payloads.sampling import SampleShape
from muster.payloads.turnover import (
    Batch,
    Message,
    TurnoverPlan,
    fit_batch,
    make_batch,
    plan_turnover,
    take_turns,
)
from tests.payloads.strategies import ENVIRONMENT_ID, PARSERS

SHAPE = SampleShape(ENVIRONMENT_ID, added=3)


@settings(max_examples=40)
@pytest.mark.parametrize("key", ["amplitude", "rudderstack", "hightouch"])
@given(
    batches=st.integers(2, 6), inside=st.integers(1, 5), cohorts=st.integers(1, 3), data=st.data()
)
def test_every_request_changes_something(
    key: str, batches: int, inside: int, cohorts: int, data: st.DataObject
) -> None:
    inside = min(inside, batches - 1)
    shape = SampleShape(ENVIRONMENT_ID, added=2, cohorts=cohorts)
    parser = PARSERS[key]
    prepared = [make_batch(parser, shape, index) for index in range(batches)]
    there: set[tuple[str, str]] = set()
    for message in islice(take_turns(prepared, inside), data.draw(st.integers(1, 60))):
        changes = parser.parse(decode_body(message.content))
        assert changes.received == message.members > 0
        for cohort in changes.cohorts:
            entering = {(cohort.cohort_id, member) for member in cohort.added}
            leaving = {(cohort.cohort_id, member) for member in cohort.removed}
            assert entering.isdisjoint(there)
            assert leaving <= there
            there = there - leaving | entering
    assert len(there) <= (inside + 1) * 2 * cohorts


def test_batches_have_members_of_their_own() -> None:
    parser = PARSERS["rudderstack"]
    seen: list[str] = []
    for index in range(4):
        batch = make_batch(parser, SHAPE, index)
        (entering,) = [parser.parse(decode_body(one.content)) for one in batch.entering]
        (leaving,) = [parser.parse(decode_body(one.content)) for one in batch.leaving]
        assert entering.cohorts[0].added == leaving.cohorts[0].removed
        seen += entering.cohorts[0].added
    assert len(set(seen)) == len(seen) == 12


def batch_of(entering: int, leaving: int, size: int) -> Batch:
    """Return a batch of so many bodies of a size."""
    message = Message(b"x" * size, 1)
    return Batch((message,) * entering, (message,) * leaving)


@pytest.mark.parametrize(
    ("batch", "requests", "overlapping", "plan"),
    [
        (batch_of(1, 1, 100), 1000, 8, TurnoverPlan(batches=1000, inside=16)),
        (batch_of(1, 1, 100), 1, 8, TurnoverPlan(batches=4, inside=2)),
        (batch_of(2, 2, 100), 1000, 8, TurnoverPlan(batches=500, inside=16)),
        (batch_of(1, 1, 5_000), 1000, 8, TurnoverPlan(batches=100, inside=16)),
        (batch_of(1, 1, 5_000_000), 1000, 8, TurnoverPlan(batches=4, inside=2)),
    ],
)
def test_bodies_take_no_more_than_their_room(
    batch: Batch, requests: int, overlapping: int, plan: TurnoverPlan
) -> None:
    assert plan_turnover(batch, requests, overlapping, 1_000_000) == plan


@pytest.mark.parametrize("key", ["amplitude", "hightouch", "rudderstack"])
def test_bodies_that_let_out_are_no_larger_either(key: str) -> None:
    parser = PARSERS[key]
    shape = fit_batch(parser, SHAPE, 5000)
    sizes = [len(one.content) for one in make_batch(parser, shape, 0).messages]
    assert 4800 < max(sizes) <= 5000


def test_a_manifest_that_can_not_let_out_is_refused() -> None:
    parser = RequestParser.compile(
        {
            "environmentIdPath": "/environment",
            "cohortIdPath": "/add/0/cohort",
            "cohortNamePath": "/add/0/name",
            "addMemberArrayPath": "/add",
            "removeMemberArrayPath": "/remove",
            "memberArrayParser": {"memberIdPath": "/id"},
        }
    )
    with pytest.raises(BuildError, match="/add/0/cohort"):
        make_batch(parser, SHAPE, 0)
