"""What is said to differ between two readings of a body."""

from hypothesis import given
from hypothesis import strategies as st

from muster.payloads.comparison import Difference, compare
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.model import CohortChanges, SyncChanges

READ = SyncChanges("e1", "user", (CohortChanges("c1", "One", None, ["ann", "bob"], ["cid"]),), 3)


def test_the_same_reading_differs_in_nothing() -> None:
    assert compare(READ, READ) == []


def test_members_that_come_and_go_are_named() -> None:
    now = SyncChanges("e1", "user", (CohortChanges("c1", "One", None, ["ann"], ["bob", "cid"]),), 3)
    assert compare(READ, now) == [
        Difference("who is added to cohort c1", "2", "1", (), ("bob",)),
        Difference("who is removed from cohort c1", "1", "2", ("bob",), ()),
    ]


def test_headings_and_cohorts_are_compared() -> None:
    now = SyncChanges("e2", "device", (CohortChanges("c2", "Two", None, ["ann"]),), 1)
    assert compare(READ, now) == [
        Difference("the environment's ID", "e1", "e2"),
        Difference("the context kind", "user", "device"),
        Difference("cohort c1", "named", None),
        Difference("cohort c2", None, "named"),
    ]


def test_a_refusal_differs_from_a_reading_and_from_another_refusal() -> None:
    refused = InvalidPayloadError("/a: found nothing.", pointer="/a")
    assert compare(refused, READ) == [
        Difference("the outcome", "refused: /a: found nothing.", "read: 1 cohort, 3 member entries")
    ]
    assert compare(refused, InvalidPayloadError("/a: found nothing.")) == []
    (other,) = compare(refused, InvalidPayloadError("/b: found null."))
    assert other.after == "refused: /b: found null."


keys = st.lists(st.sampled_from("abcdef"), unique=True)
readings = st.builds(
    lambda kind, added: SyncChanges("e", kind, (CohortChanges("c", None, None, added),)),
    st.sampled_from(["user", "device"]),
    keys,
)


@given(readings, readings)
def test_nothing_differs_exactly_where_the_same_is_said(
    one: SyncChanges, other: SyncChanges
) -> None:
    same = one.context_kind == other.context_kind and set(one.cohorts[0].added) == set(
        other.cohorts[0].added
    )
    assert (compare(one, other) == []) is same
