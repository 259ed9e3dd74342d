"""A load on a Muster: so many requests a second, whatever it makes of them.

Request n is due n/rate seconds after the start, and its latency counts from then on. So a server that is
slow for a while shows in the latencies of all who had to wait for it, and not only of those few that
were under way (Gil Tene calls the opposite *coordinated omission*).

As many requests are under way at once as there are connections. Those that find none free are sent
late, in their order; once the time is over, those late ones have a few seconds more.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from muster.payloads.turnover import Message
from muster.push.client import Target
from muster.push.connection import ConnectionPool, NotConnectedError
from muster.push.measurements import LATE_SECONDS, Measurements

EXTRA_SECONDS: Final = 5.0
"""For how long late requests are still sent once the time is over."""
_TICK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """A load.

    Attributes:
        rate: requests a second.
        seconds: for how long.
        connections: how many requests may be under way at once.
        timeout_seconds: how long each may take, from when it is sent.
    """

    rate: float
    seconds: float
    connections: int
    timeout_seconds: float = 30.0

    @property
    def requests(self) -> int:
        """How many requests that makes."""
        return max(1, round(self.rate * self.seconds))


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of a load.

    Attributes:
        elapsed_seconds: from the start until the last request had ended, or until the time was over.
        processor_share: of a processor, what sending took here; near 1 the sender was the bottleneck.
        interrupted: whether it was ended before its time.
        given_up: requests under way that were not waited for, because of that.
    """

    plan: LoadPlan
    measurements: Measurements
    elapsed_seconds: float
    processor_share: float
    interrupted: bool
    given_up: int

    @property
    def unsent(self) -> int:
        """How many were never sent, for want of a free connection or because it was ended."""
        return self.plan.requests - self.measurements.sent

    @property
    def rate(self) -> float:
        """Requests a second that were sent, while they were."""
        return self.measurements.sent / self._no_less_than_asked(self.measurements.last_sent_at)

    @property
    def members_per_second(self) -> float:
        """Member entries a second in requests that were answered well, while they were."""
        measured = self.measurements
        return measured.members_applied / self._no_less_than_asked(measured.last_applied_at)

    def _no_less_than_asked(self, seconds: float) -> float:
        return max(seconds, min(self.plan.seconds, self.elapsed_seconds))

    @property
    def is_clean(self) -> bool:
        """Whether all was sent, and answered well."""
        return not (self.measurements.failed or self.unsent or self.given_up)


class Load:
    """One run of a load.

    Attributes:
        measurements: of what was sent so far.
    """

    def __init__(self, target: Target, plan: LoadPlan, messages: Iterator[Message]) -> None:
        """Take what to send.

        Args:
            messages: gives bodies in the order in which they are due, and gives them quickly.
        """
        self._target = target
        self._plan = plan
        self._due = zip(range(plan.requests), messages, strict=False)
        self.measurements = Measurements()
        self._begun_at = 0.0
        self._workers: list[asyncio.Task[None]] = []
        self._stopped = False
        self._given_up = 0

    @property
    def elapsed_seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._begun_at

    def stop(self) -> None:
        """End it now: send nothing more, and wait for no answer."""
        self._stopped = True
        for worker in self._workers:
            worker.cancel()

    async def run(self, tick: Callable[[], None] | None = None) -> LoadReport:
        """Send everything; return what became of it.

        Args:
            tick: called a few times a second, to show how it goes.
        """
        plan = self._plan
        pool = ConnectionPool(self._target)
        processor_seconds = time.process_time()
        self._begun_at = time.perf_counter()
        ticking = asyncio.create_task(_tick(tick)) if tick else None
        self._workers = [
            asyncio.create_task(self._work(pool))
            for _ in range(min(plan.connections, plan.requests))
        ]
        results = await asyncio.gather(*self._workers, return_exceptions=True)
        elapsed = self.elapsed_seconds
        processor_seconds = time.process_time() - processor_seconds
        pool.close()
        if ticking:
            ticking.cancel()
        for result in results:
            if isinstance(result, Exception):
                raise result
        return LoadReport(
            plan,
            self.measurements,
            elapsed if self._stopped else max(elapsed, plan.seconds),
            processor_seconds / elapsed,
            self._stopped,
            self._given_up,
        )

    async def _work(self, pool: ConnectionPool) -> None:
        """Send whatever is due next, one request at a time."""
        for number, message in self._due:
            due_at = number / self._plan.rate
            wait = due_at - self.elapsed_seconds
            if wait > 0:
                await asyncio.sleep(wait)
            if self.elapsed_seconds > self._plan.seconds + EXTRA_SECONDS:
                return
            self.measurements.note_sending(
                due_at, self.elapsed_seconds, was_queued=-wait > LATE_SECONDS
            )
            await self._send(pool, message, due_at)

    async def _send(self, pool: ConnectionPool, message: Message, due_at: float) -> None:
        measured, timeout = self.measurements, self._plan.timeout_seconds
        try:
            async with asyncio.timeout(timeout):
                answer = await pool.post(message.content)
        except TimeoutError:
            failure = ("timed-out", f"There was no answer within {timeout:g} seconds.")
        except NotConnectedError as error:
            failure = ("not-connected", f"There is no connection: {error}.")
        except ConnectionError as error:
            failure = ("broken-off", f"The connection broke: {error}.")
        except asyncio.CancelledError:
            self._given_up += 1
            raise
        else:
            measured.note_answer(answer, message.members, due_at, self.elapsed_seconds)
            return
        measured.note_silence(*failure, due_at, self.elapsed_seconds)


async def _tick(tick: Callable[[], None]) -> None:
    while True:
        tick()
        await asyncio.sleep(_TICK_SECONDS)
