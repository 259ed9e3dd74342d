"""The Protocol of what counts requests."""

from collections.abc import Sequence
from typing import Protocol

from muster.limits.model import Counts, Limit


class RateCounters(Protocol):
    """Counts the requests of a window, which begins with the first request after the one before it."""

    async def take(self, limits: Sequence[Limit]) -> Counts:
        """Count a request against all of its limits, or, where one of them is used up, against none.

        That is one step: of all who count at the same time, no more get through than a limit says.

        Raises:
            UnavailableError: the counters can't be reached.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
