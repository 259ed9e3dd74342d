"""What a hosted service does now and then and a local one never shows: refusals, waits, silence.

Only the sandbox simulates, for partners to see how their side takes it. Here it is decided what befalls a
request; `muster.api.faults` carries it out.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError
from muster.limits.model import WINDOW

SIMULATE_HEADER: Final = "Muster-Simulate"
"""The request header that says what is to befall a request."""
MAX_LATENCY_MILLISECONDS: Final = 60_000
_RETRY_AFTER: Final = timedelta(seconds=1)
"""How long a refusal for too many requests asks to wait where no window says so."""
_LATENCY: Final = re.compile(r"latency\s*=\s*(\d{1,6})", re.ASCII)
_NOTHING: Final = "none"


class Fault(StrEnum):
    """What can befall a request, as the header names it."""

    CONFLICT = "409"
    TOO_MANY_REQUESTS = "429"
    INTERNAL_ERROR = "500"
    UNAVAILABLE = "503"
    TIMEOUT = "timeout"
    """The request is taken and never answered."""
    RESET = "reset"
    """The connection breaks before an answer."""

    @property
    def status(self) -> int | None:
        """The status that is answered; None where nothing is."""
        return int(self) if self.isdigit() else None


_FAULTS: Final[Mapping[str, Fault]] = {fault.value: fault for fault in Fault}


class Cause(StrEnum):
    """Why something is simulated."""

    CHANCE = "chance"
    RATE_LIMIT = "rate-limit"
    HEADER = "header"


DEFAULT_SHARES: Final[Mapping[Fault, float]] = {
    Fault.CONFLICT: 0.01,
    Fault.TOO_MANY_REQUESTS: 0.02,
    Fault.INTERNAL_ERROR: 0.01,
    Fault.UNAVAILABLE: 0.01,
    Fault.TIMEOUT: 0.0,
    Fault.RESET: 0.0,
}
"""Each often enough to be met in a hundred requests, and seldom enough to work on."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """How much is simulated.

    Attributes:
        shares: which share of requests each fault befalls, from 0 to 1; together at most 1.
        latency_milliseconds: the least and the longest wait before a request is looked at.
        requests_per_window: how many requests a window of ten seconds lets through; 0 for any number.

    Raises:
        InvalidRequestError: a value is out of its bounds.
    """

    shares: Mapping[Fault, float] = field(default_factory=lambda: DEFAULT_SHARES)
    latency_milliseconds: tuple[int, int] = (50, 300)
    requests_per_window: int = 50

    def __post_init__(self) -> None:
        if not all(0 <= share <= 1 for share in self.shares.values()):
            raise InvalidRequestError("The share of a fault is a number from 0 to 1.")
        total = sum(self.shares.values())
        if total > 1 + 1e-9:
            raise InvalidRequestError(
                f"The shares of all faults together are {total:g}; they can be 1 at most."
            )
        least, longest = self.latency_milliseconds
        if not 0 <= least <= longest <= MAX_LATENCY_MILLISECONDS:
            raise InvalidRequestError(
                f"The latency {least}-{longest} can't be: write the least and the longest wait in "
                f"milliseconds, from 0 to {MAX_LATENCY_MILLISECONDS:,}, such as 50-300."
            )
        if self.requests_per_window < 0:
            raise InvalidRequestError("The rate limit is a number of requests, or 0 for none.")

    @property
    def refused_share(self) -> float:
        """Which share of requests some fault befalls by chance."""
        return sum(self.shares.values())


@dataclass(frozen=True, slots=True)
class Quota:
    """How a client stands against the limit.

    Attributes:
        remaining: how many more requests the window lets through.
        resets_at: when the next window begins.
    """

    limit: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class Simulation:
    """What befalls one request.

    Attributes:
        delay: how long it waits before all else.
        fault: what then befalls it; None: it is answered as it deserves.
        cause: why there is a fault; None where there is none.
        quota: where it stands against the limit; None where no limit was looked at.
        retry_at: when another try is welcome; only with `TOO_MANY_REQUESTS`.
    """

    delay: timedelta = timedelta()
    fault: Fault | None = None
    cause: Cause | None = None
    quota: Quota | None = None
    retry_at: datetime | None = None

    def retry_after_seconds(self, now: datetime) -> int:
        """Return the value of `Retry-After`: whole seconds, at least one."""
        distance = self.retry_at - now if self.retry_at else timedelta()
        return max(1, math.ceil(distance.total_seconds()))


class Simulator:
    """Decides, request by request."""

    def __init__(self, plan: FaultPlan, random: Random, clock: Clock) -> None:
        """Make a simulator.

        Args:
            random: where chance comes from; the same seed gives the same faults to the same requests.
        """
        self._plan = plan
        self._random = random
        self._clock = clock
        self._window_ends_at: datetime | None = None
        self._counted = 0

    def decide(self, wish: str | None) -> Simulation:
        """Return what befalls the next request.

        Args:
            wish: the value of `Muster-Simulate`, which overrules chance and is not counted against
                the limit; None where it was not sent.

        Raises:
            InvalidRequestError: the wish can't be read.
        """
        now = self._clock.now()
        if wish is not None:
            return self._grant(wish, now)
        # Both are drawn for each request, so that the limit has no say in what befalls later ones.
        delay, fault = self._draw_delay(), self._draw_fault()
        quota, is_over = self._count(now)
        if is_over and quota is not None:
            return Simulation(
                delay, Fault.TOO_MANY_REQUESTS, Cause.RATE_LIMIT, quota, quota.resets_at
            )
        if fault is not None:
            return Simulation(delay, fault, Cause.CHANCE, quota, _retry_at(fault, now))
        return Simulation(delay, quota=quota)

    def _grant(self, wish: str, now: datetime) -> Simulation:
        delay, fault = parse_wish(wish)
        if fault is None:
            return Simulation(delay)
        return Simulation(delay, fault, Cause.HEADER, None, _retry_at(fault, now))

    def _draw_delay(self) -> timedelta:
        return timedelta(milliseconds=self._random.uniform(*self._plan.latency_milliseconds))

    def _draw_fault(self) -> Fault | None:
        drawn = self._random.random()
        for fault, share in self._plan.shares.items():
            if drawn < share:
                return fault
            drawn -= share
        return None

    def _count(self, now: datetime) -> tuple[Quota | None, bool]:
        """Count a request; return where the client stands, and whether this one is over the limit."""
        limit = self._plan.requests_per_window
        if not limit:
            return None, False
        if self._window_ends_at is None or now >= self._window_ends_at:
            self._window_ends_at, self._counted = now + WINDOW, 0
        is_over = self._counted >= limit
        self._counted += not is_over
        return Quota(limit, limit - self._counted, self._window_ends_at), is_over


def parse_wish(wish: str) -> tuple[timedelta, Fault | None]:
    """Return the delay and the fault that a value of `Muster-Simulate` asks for.

    It is `none`, a fault, `latency=MILLISECONDS`, or the last two with a comma between them.

    Raises:
        InvalidRequestError: it is none of these.
    """
    delay, faults = timedelta(), list[Fault]()
    for part in wish.lower().split(","):
        word = part.strip()
        latency = _LATENCY.fullmatch(word)
        if latency and int(latency[1]) <= MAX_LATENCY_MILLISECONDS:
            delay = timedelta(milliseconds=int(latency[1]))
        elif word in _FAULTS:
            faults.append(_FAULTS[word])
        elif word != _NOTHING:
            raise _unreadable(wish)
    if len(faults) > 1:
        raise _unreadable(wish)
    return delay, faults[0] if faults else None


def _unreadable(wish: str) -> InvalidRequestError:
    known = ", ".join([*Fault, "latency=MILLISECONDS", _NOTHING])
    return InvalidRequestError(
        f"{SIMULATE_HEADER} is {wish[:80]!r}; it can be one of {known}, or latency=MILLISECONDS "
        f"(at most {MAX_LATENCY_MILLISECONDS:,}) and a fault with a comma between them."
    )


def _retry_at(fault: Fault, now: datetime) -> datetime | None:
    return now + _RETRY_AFTER if fault is Fault.TOO_MANY_REQUESTS else None
