"""The limiter: what it asks, and that an outage of the counters stops nobody."""

import asyncio
from collections.abc import Sequence

import pytest
import structlog

from muster.core.errors import UnavailableError
from muster.core.ids import TokenId
from muster.limits.limiter import RateLimiter
from muster.limits.model import Counts, Limit, LimitScope, RateLimits
from muster.storage.memory.rate_counters import MemoryRateCounters
from tests.clock import FakeClock

LIST = "GET /api/v2/tokens"
ANN, BOB = TokenId("ann"), TokenId("bob")


class Unsteady:
    """Implements `RateCounters`: counters in memory that can be out of reach."""

    def __init__(self, clock: FakeClock) -> None:
        self._counters = MemoryRateCounters(clock)
        self.is_reached = True
        self.asked = 0

    async def take(self, limits: Sequence[Limit]) -> Counts:
        """Count a request, unless out of reach."""
        self.asked += 1
        await asyncio.sleep(0)
        if not self.is_reached:
            raise UnavailableError("Nobody answers.")
        return await self._counters.take(limits)

    async def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def counters(clock: FakeClock) -> Unsteady:
    return Unsteady(clock)


@pytest.fixture
def limiter(counters: Unsteady, clock: FakeClock) -> RateLimiter:
    return RateLimiter(RateLimits(token=2, routes={LIST: 3}), counters, clock)


async def is_refused(limiter: RateLimiter, token_id: TokenId | None = ANN) -> bool:
    verdict = await limiter.admit(LIST, token_id)
    return verdict is not None and verdict.refusal is not None


async def test_each_token_has_a_limit_of_its_own(limiter: RateLimiter) -> None:
    assert [await is_refused(limiter) for _ in range(3)] == [False, False, True]
    assert not await is_refused(limiter, BOB)
    assert await is_refused(limiter, BOB), "the route's limit is used up"
    assert limiter.refused == {LimitScope.TOKEN: 1, LimitScope.ROUTE: 1}


async def test_where_no_limit_applies_nobody_is_asked(
    limiter: RateLimiter, counters: Unsteady
) -> None:
    assert await limiter.admit("GET /api/v2", None) is None
    assert counters.asked == 0


async def test_while_the_counters_are_out_of_reach_requests_go_through(
    limiter: RateLimiter, counters: Unsteady, clock: FakeClock
) -> None:
    counters.is_reached = False
    assert [await limiter.admit(LIST, ANN) for _ in range(10)] == [None] * 10
    assert limiter.uncounted == 10
    assert counters.asked == 1, "for a second, no request waits for them"
    clock.advance(seconds=1)
    await asyncio.gather(*(limiter.admit(LIST, ANN) for _ in range(5)))
    assert counters.asked == 2, "one request finds out whether they are back"


async def test_once_they_are_reached_again_limits_hold_again(
    limiter: RateLimiter, counters: Unsteady, clock: FakeClock
) -> None:
    counters.is_reached = False
    await limiter.admit(LIST, ANN)
    counters.is_reached = True
    clock.advance(seconds=1)
    assert [await is_refused(limiter) for _ in range(3)] == [False, False, True]
    assert limiter.uncounted == 1


async def test_an_outage_is_logged_once_a_minute_and_so_is_its_end(
    limiter: RateLimiter, counters: Unsteady, clock: FakeClock
) -> None:
    counters.is_reached = False
    with structlog.testing.capture_logs() as lines:
        for _ in range(119):
            await limiter.admit(LIST, ANN)
            clock.advance(seconds=1)
        counters.is_reached = True
        await limiter.admit(LIST, ANN)
        await limiter.admit(LIST, ANN)
    assert [line["event"] for line in lines] == [
        "rate limits not counted; requests go through",
        "rate limits not counted; requests go through",
        "rate limits are counted again",
    ]
    assert lines[0]["reason"] == "Nobody answers."
    assert lines[2]["uncounted"] == 119
