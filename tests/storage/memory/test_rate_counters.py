"""Rate counters in memory: the contract, and their clock."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from muster.limits.model import WINDOW
from muster.storage.memory.rate_counters import MemoryRateCounters
from tests.clock import START, FakeClock
from tests.limits.rate_counters_contract import ANN, BOB, GLOBAL, Place, RateCountersContract


class MemoryPlace:
    """Implements `Place`."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.counters = MemoryRateCounters(self.clock)

    async def end_window(self) -> None:
        """Advance the clock."""
        self.clock.advance(seconds=10)


class TestContract(RateCountersContract):
    """Counters in memory keep the contract of all rate counters."""

    def open_place(self) -> AbstractAsyncContextManager[Place]:
        @asynccontextmanager
        async def place() -> AsyncIterator[Place]:
            yield MemoryPlace()

        return place()


@given(st.lists(st.floats(0, 12), max_size=60))
def test_windows_follow_each_other_however_requests_come(pauses: Sequence[float]) -> None:
    """Seconds between one request and the next; each window lets just its limit through."""

    async def check() -> None:
        clock = FakeClock()
        counters = MemoryRateCounters(clock)
        let_through: Counter[datetime] = Counter()
        for pause in pauses:
            clock.advance(seconds=pause)
            counts = await counters.take([ANN])
            assert timedelta(0) < counts.resets_at - clock.now() <= WINDOW
            let_through[counts.resets_at] += counts.admitted
            assert let_through[counts.resets_at] <= ANN.most
            assert counts.admitted or let_through[counts.resets_at] == ANN.most
        ends = sorted(let_through)
        assert all(b - a >= WINDOW for a, b in itertools.pairwise(ends))

    asyncio.run(check())


async def test_a_window_begins_with_its_first_request() -> None:
    place = MemoryPlace()
    place.clock.advance(seconds=7)
    assert (await place.counters.take([GLOBAL])).resets_at == START + timedelta(seconds=17)
    place.clock.advance(seconds=9.999)
    assert (await place.counters.take([GLOBAL])).used == [2]
    place.clock.advance(seconds=0.001)
    assert (await place.counters.take([GLOBAL])).used == [1]


async def test_a_clock_that_is_set_back_keeps_no_window_open() -> None:
    place = MemoryPlace()
    for _ in range(3):
        await place.counters.take([ANN])
    place.clock.advance(seconds=-3600)
    counts = await place.counters.take([ANN])
    assert counts.admitted
    assert counts.resets_at == place.clock.now() + WINDOW


async def test_only_one_window_is_kept() -> None:
    place = MemoryPlace()
    await place.counters.take([ANN, BOB])
    await place.end_window()
    await place.counters.take([GLOBAL])
    assert set(place.counters._used) == {GLOBAL.bucket}
