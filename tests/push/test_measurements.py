"""What is measured of a load."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.push.client import Answer
from muster.push.measurements import LATE_SECONDS, Failure, Measurements, percentile


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.1, 100))
def test_so_many_percent_are_not_above_a_percentile(values: list[float], percent: float) -> None:
    ordered = sorted(values)
    found = percentile(ordered, percent)
    needed = len(ordered) * percent / 100
    assert sum(one <= found for one in ordered) >= needed - 1e-9
    assert sum(one < found for one in ordered) < needed + 1e-9


def test_percentiles_of_a_hundred() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, percent) for percent in (0, 1, 50, 90, 99, 99.1, 100)] == [
        1,
        1,
        50,
        90,
        99,
        100,
        100,
    ]
    assert percentile(values, 50) == statistics.median_low(values)


def answer(status: int, content: str = "", retry_after: str | None = None) -> Answer:
    """Return an answer."""
    return Answer(status, content, None, retry_after)


def test_failures_are_counted_by_kind_with_the_first_as_an_example() -> None:
    measured = Measurements()
    measured.note_answer(answer(204), 10, 1.0, 1.5)
    measured.note_answer(answer(429, '{"message": "Slow down."}', "3"), 10, 1.0, 1.5)
    measured.note_answer(answer(429, '{"message": "Again."}', "3"), 10, 1.0, 1.5)
    measured.note_answer(answer(429, "", None), 10, 1.0, 1.5)
    measured.note_silence("timed-out", "There was no answer.", 1.0, 31.0)
    assert measured.statuses == {204: 1, 429: 3}
    assert measured.retry_after == {"3": 2}
    assert measured.failures == {
        "429": Failure("Slow down.", 3),
        "timed-out": Failure("There was no answer.", 1),
    }
    assert (measured.ended, measured.failed, measured.members_applied) == (5, 4, 10)
    assert list(measured.latencies) == [0.5, 0.5, 0.5, 0.5, 30.0]
    assert measured.last_applied_at == 1.5


@pytest.mark.parametrize(("lateness", "late"), [(0.0, 0), (LATE_SECONDS / 2, 0), (0.011, 1)])
def test_a_little_late_is_in_time(lateness: float, late: int) -> None:
    measured = Measurements()
    measured.note_sending(1.0, 1.0 + lateness, was_queued=bool(late))
    assert (measured.sent, measured.late, measured.queued) == (1, late, late)
