"""What all rate counters must do; each backend's tests subclass `RateCountersContract`."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.limits.counters import RateCounters
from muster.limits.model import Limit, LimitScope

GLOBAL = Limit(LimitScope.GLOBAL, "global", 5)
LIST = Limit(LimitScope.ROUTE, "route:GET /api/v2/tokens", 3)
OTHER = Limit(LimitScope.ROUTE, "route:GET /api/v2/roles", 4)
ANN = Limit(LimitScope.TOKEN, "token:ann", 2)
BOB = Limit(LimitScope.TOKEN, "token:bob", 2)
NEXT_WINDOW = "next window"

requests = st.lists(st.sampled_from([GLOBAL, LIST, OTHER, ANN, BOB]), unique=True, min_size=1)
steps = st.lists(st.one_of(requests, requests, st.just(NEXT_WINDOW)), max_size=30)
"""Requests by the limits that apply to them; and now and then the window ends."""


class Place(Protocol):
    """New counters, and the time that they go by."""

    @property
    def counters(self) -> RateCounters: ...

    async def end_window(self) -> None:
        """Let so much time go by that the window is over."""
        ...


class RateCountersContract:
    """The contract; a backend says how to open new counters."""

    def open_place(self) -> AbstractAsyncContextManager[Place]:
        raise NotImplementedError

    def run(self, check: Callable[[Place], Awaitable[None]]) -> None:
        """Run a check on new counters, in an event loop of its own."""

        async def in_place() -> None:
            async with self.open_place() as place:
                await check(place)

        asyncio.run(in_place())

    def test_a_limit_lets_so_many_through_and_then_none(self) -> None:
        async def check(place: Place) -> None:
            taken = [await place.counters.take([LIST]) for _ in range(5)]
            assert [one.admitted for one in taken] == [True, True, True, False, False]
            assert [one.used for one in taken] == [[1], [2], [3], [3], [3]]
            assert len({one.resets_at for one in taken}) == 1

        self.run(check)

    def test_the_next_window_starts_anew(self) -> None:
        async def check(place: Place) -> None:
            for _ in range(3):
                await place.counters.take([ANN])
            await place.end_window()
            after = [await place.counters.take([ANN]) for _ in range(3)]
            assert [one.admitted for one in after] == [True, True, False]

        self.run(check)

    def test_what_one_limit_refuses_is_counted_against_no_other(self) -> None:
        async def check(place: Place) -> None:
            for _ in range(4):
                last = await place.counters.take([GLOBAL, ANN])
            assert not last.admitted
            assert last.used == [2, 2]
            assert (await place.counters.take([GLOBAL, BOB])).used == [3, 1]

        self.run(check)

    def test_however_many_ask_at_once_no_more_get_through(self) -> None:
        async def check(place: Place) -> None:
            taken = await asyncio.gather(*(place.counters.take([GLOBAL, LIST]) for _ in range(60)))
            assert sum(one.admitted for one in taken) == LIST.most

        self.run(check)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sequence=steps)
    def test_never_more_than_a_limit_in_a_window_and_never_less(
        self, sequence: Sequence[Sequence[Limit] | str]
    ) -> None:
        async def check(place: Place) -> None:
            model: Counter[str] = Counter()
            resets_at: set[datetime] = set()
            for step in sequence:
                if isinstance(step, str):
                    await place.end_window()
                    model.clear()
                    resets_at.clear()
                    continue
                counts = await place.counters.take(step)
                resets_at.add(counts.resets_at)
                assert counts.admitted is all(model[one.bucket] < one.most for one in step)
                if counts.admitted:
                    model.update(one.bucket for one in step)
                assert counts.used == [model[one.bucket] for one in step]
                assert len(resets_at) == 1

        self.run(check)
