"""The rate limiter: asks the counters, and lets requests through when they can't be asked."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import structlog

from muster.core.clock import Clock
from muster.core.errors import UnavailableError
from muster.core.ids import TokenId
from muster.limits.counters import RateCounters
from muster.limits.model import LimitScope, RateLimits, Verdict, judge

_log = structlog.get_logger(__name__)

RETRY_AFTER: Final = timedelta(seconds=1)
"""How long counters that could not be reached are left alone: no request waits for them meanwhile."""
_LOG_EVERY: Final = timedelta(seconds=60)


class RateLimiter:
    """Decides whether requests may go on, from one event loop.

    Limits protect a server that works. So when the counters can't be reached, requests go through
    uncounted.

    Attributes:
        refused: how many requests were refused, by the limit that was used up.
        uncounted: how many requests went through uncounted.
    """

    def __init__(self, limits: RateLimits, counters: RateCounters, clock: Clock) -> None:
        self._limits = limits
        self._counters = counters
        self._clock = clock
        self._failed_at: datetime | None = None
        self._logged_at: datetime | None = None
        self.refused: Counter[LimitScope] = Counter()
        self.uncounted = 0

    async def admit(self, route: str, token_id: TokenId | None) -> Verdict | None:
        """Count a request; return whether it may go on, or None where no limit applies to it.

        Args:
            route: as `route_name` gives it.
            token_id: the token that the request carries; None where nobody is known by it.
        """
        limits = self._limits.applying(route, token_id)
        if not limits:
            return None
        if not self._may_ask():
            self.uncounted += 1
            return None
        try:
            counts = await self._counters.take(limits)
        except UnavailableError as error:
            self.uncounted += 1
            self._note_failure(error)
            return None
        if self._failed_at is not None:
            self._failed_at = self._logged_at = None
            _log.info("rate limits are counted again", uncounted=self.uncounted)
        verdict = judge(limits, counts)
        if verdict.exhausted is not None:
            self.refused[verdict.exhausted] += 1
        return verdict

    async def close(self) -> None:
        """Let go of the counters."""
        await self._counters.close()

    def _may_ask(self) -> bool:
        """Tell whether to ask the counters; after a failure, one request in a second finds out."""
        if self._failed_at is None:
            return True
        now = self._clock.now()
        # A clock that was set back ends the wait, too.
        if timedelta(0) <= now - self._failed_at < RETRY_AFTER:
            return False
        self._failed_at = now  # nobody else waits with it
        return True

    def _note_failure(self, error: UnavailableError) -> None:
        now = self._failed_at = self._clock.now()
        if self._logged_at is None or not timedelta(0) <= now - self._logged_at < _LOG_EVERY:
            self._logged_at = now
            _log.warning(
                "rate limits not counted; requests go through",
                reason=error.message,
                uncounted=self.uncounted,
            )
