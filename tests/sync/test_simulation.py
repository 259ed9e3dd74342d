"""What befalls a request: by chance, over the limit, or because it asks for it."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.sync.simulation import (
    DEFAULT_SHARES,
    Cause,
    Fault,
    FaultPlan,
    Simulation,
    Simulator,
    parse_wish,
)
from tests.clock import START, FakeClock

NO_CHANCE = FaultPlan(shares={}, latency_milliseconds=(0, 0))


def simulator(
    plan: FaultPlan = NO_CHANCE, seed: int = 1, clock: FakeClock | None = None
) -> Simulator:
    """Return a simulator."""
    return Simulator(plan, Random(seed), clock or FakeClock())


class TestChance:
    """Faults befall about the share of requests that the plan says."""

    def test_each_fault_has_its_share(self) -> None:
        plan = FaultPlan(requests_per_window=0)
        chance = simulator(plan)
        found = Counter(chance.decide(None).fault for _ in range(20_000))
        for fault, share in DEFAULT_SHARES.items():
            assert found[fault] == pytest.approx(20_000 * share, rel=0.25)
        assert found[None] == pytest.approx(20_000 * (1 - plan.refused_share), rel=0.01)

    def test_waits_lie_between_the_bounds_and_differ(self) -> None:
        chance = simulator(FaultPlan(shares={}, latency_milliseconds=(50, 300)))
        waits = [chance.decide(None).delay for _ in range(200)]
        assert all(
            timedelta(milliseconds=50) <= one <= timedelta(milliseconds=300) for one in waits
        )
        assert max(waits) - min(waits) > timedelta(milliseconds=200)

    def test_the_same_seed_gives_the_same_faults_whatever_the_limit(self) -> None:
        def faults(seed: int, limit: int) -> list[Fault | None]:
            chance = simulator(FaultPlan(requests_per_window=limit), seed)
            found = [chance.decide(None) for _ in range(300)]
            return [one.fault for one in found if one.cause is not Cause.RATE_LIMIT]

        assert faults(7, 0) == faults(7, 1000)
        assert faults(7, 0)[:100] == faults(7, 100)
        assert faults(7, 0) != faults(8, 0)

    def test_a_share_of_one_befalls_all(self) -> None:
        chance = simulator(FaultPlan(shares={Fault.RESET: 1.0}))
        assert {chance.decide(None).fault for _ in range(40)} == {Fault.RESET}

    def test_a_refusal_for_too_many_requests_says_when_to_come_back(self) -> None:
        chance = simulator(FaultPlan(shares={Fault.TOO_MANY_REQUESTS: 1.0}))
        found = chance.decide(None)
        assert (found.fault, found.cause) == (Fault.TOO_MANY_REQUESTS, Cause.CHANCE)
        assert found.retry_at == START + timedelta(seconds=1)


class TestRateLimit:
    """A window of ten seconds lets so many requests through."""

    def test_what_is_over_the_limit_waits_for_the_next_window(self) -> None:
        clock = FakeClock()
        limit = simulator(
            FaultPlan(shares={}, latency_milliseconds=(0, 0), requests_per_window=3), clock=clock
        )
        passed = [limit.decide(None) for _ in range(3)]
        assert [one.quota.remaining for one in passed if one.quota] == [2, 1, 0]
        assert {one.fault for one in passed} == {None}
        clock.advance(seconds=6.5)
        over = limit.decide(None)
        assert (over.fault, over.cause) == (Fault.TOO_MANY_REQUESTS, Cause.RATE_LIMIT)
        assert over.retry_at == START + timedelta(seconds=10)
        assert over.retry_after_seconds(clock.now()) == 4
        clock.advance(seconds=3.5)
        again = limit.decide(None)
        assert again.fault is None
        assert again.quota is not None
        assert again.quota.remaining == 2

    @given(
        limit=st.integers(1, 20),
        gaps=st.lists(st.floats(0, 4, allow_nan=False), min_size=1, max_size=120),
    )
    def test_no_window_lets_more_through(self, limit: int, gaps: list[float]) -> None:
        clock = FakeClock()
        limiter = simulator(
            FaultPlan(shares={}, latency_milliseconds=(0, 0), requests_per_window=limit),
            clock=clock,
        )
        passed: Counter[object] = Counter()
        for gap in gaps:
            clock.advance(seconds=gap)
            found = limiter.decide(None)
            assert found.quota is not None
            assert found.quota.resets_at > clock.now()
            if found.fault is None:
                passed[found.quota.resets_at] += 1
            else:
                assert found.retry_at == found.quota.resets_at
                assert found.retry_after_seconds(clock.now()) in range(1, 11)
        assert max(passed.values()) <= limit

    def test_nothing_is_counted_without_a_limit(self) -> None:
        limit = simulator(FaultPlan(shares={}, requests_per_window=0))
        assert all(limit.decide(None).quota is None for _ in range(100))


class TestWish:
    """A request can say what befalls it."""

    @pytest.mark.parametrize(
        ("wish", "delay", "fault"),
        [
            ("429", 0, Fault.TOO_MANY_REQUESTS),
            (" 409 ", 0, Fault.CONFLICT),
            ("500", 0, Fault.INTERNAL_ERROR),
            ("503", 0, Fault.UNAVAILABLE),
            ("Timeout", 0, Fault.TIMEOUT),
            ("reset", 0, Fault.RESET),
            ("latency=1500", 1500, None),
            ("latency = 20, 500", 20, Fault.INTERNAL_ERROR),
            ("none", 0, None),
        ],
    )
    def test_what_it_asks_for(self, wish: str, delay: int, fault: Fault | None) -> None:
        assert parse_wish(wish) == (timedelta(milliseconds=delay), fault)

    @pytest.mark.parametrize(
        "wish",
        ["", "418", "latency=", "latency=60001", "latency=-1", "409,500", "latency=5s", "४०९"],
    )
    def test_what_can_not_be_read_is_refused_and_says_what_can(self, wish: str) -> None:
        with pytest.raises(InvalidRequestError) as refused:
            simulator().decide(wish)
        assert "409, 429, 500, 503, timeout, reset, latency=MILLISECONDS, none" in str(
            refused.value
        )

    @given(st.text(max_size=40))
    def test_any_text_is_either_read_or_refused(self, wish: str) -> None:
        try:
            delay, _ = parse_wish(wish)
        except InvalidRequestError:
            return
        assert timedelta() <= delay <= timedelta(minutes=1)

    def test_it_overrules_chance_and_is_not_counted(self) -> None:
        plan = FaultPlan(
            shares={Fault.CONFLICT: 1.0}, latency_milliseconds=(100, 100), requests_per_window=1
        )
        wishful = simulator(plan)
        assert [wishful.decide("none") for _ in range(5)] == [Simulation()] * 5
        found = wishful.decide("503")
        assert (found.fault, found.cause) == (Fault.UNAVAILABLE, Cause.HEADER)
        assert wishful.decide(None).cause is Cause.CHANCE


@pytest.mark.parametrize(
    "changes",
    [
        {"shares": {Fault.CONFLICT: 0.6, Fault.RESET: 0.5}},
        {"shares": {Fault.CONFLICT: -0.1}},
        {"shares": {Fault.CONFLICT: float("nan")}},
        {"latency_milliseconds": (300, 50)},
        {"latency_milliseconds": (0, 60_001)},
        {"requests_per_window": -1},
    ],
)
def test_a_plan_that_can_not_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError):
        FaultPlan(**changes)  # type: ignore[arg-type]
