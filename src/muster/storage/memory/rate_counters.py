"""Counters of one server."""

from collections.abc import Sequence
from datetime import datetime

from muster.core.clock import Clock
from muster.limits.model import WINDOW, Counts, Limit


class MemoryRateCounters:
    """Implements `RateCounters`, from one event loop. It holds what one window has seen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[str, int] = {}
        self._resets_at: datetime | None = None

    async def take(self, limits: Sequence[Limit]) -> Counts:
        """Count a request; see `RateCounters`."""
        resets_at = self._window_end()
        used = [self._used.get(limit.bucket, 0) for limit in limits]
        if any(count >= limit.most for limit, count in zip(limits, used, strict=True)):
            return Counts(False, used, resets_at)
        used = [count + 1 for count in used]
        for limit, count in zip(limits, used, strict=True):
            self._used[limit.bucket] = count
        return Counts(True, used, resets_at)

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    def _window_end(self) -> datetime:
        """Return when the present window ends; begin one where none is open."""
        now = self._clock.now()
        # A clock that was set back must not keep a window open for longer.
        if self._resets_at is None or not self._resets_at - WINDOW <= now < self._resets_at:
            self._resets_at = now + WINDOW
            self._used.clear()
        return self._resets_at
