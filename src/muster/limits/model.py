"""Which limits apply to a request, and what follows from how much of each is used."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from muster.core.errors import RateLimitedError
from muster.core.ids import TokenId

WINDOW: Final = timedelta(seconds=10)
"""How long requests are counted against a limit (LaunchDarkly's REST API documentation)."""
MAX_LIMIT: Final = 1_000_000_000
_PARAMETER: Final = re.compile(r"\{[^{}]*\}")
_ROUTE_LIMIT: Final = re.compile(r"\s*([A-Za-z]+)\s+(/\S*?)\s*=\s*([0-9]{1,10})\s*", re.ASCII)


class LimitScope(StrEnum):
    """Whose requests a limit counts together."""

    GLOBAL = "global"
    ROUTE = "route"
    TOKEN = "token"


_WHO: Final[Mapping[LimitScope, str]] = {
    LimitScope.GLOBAL: "this server takes",
    LimitScope.ROUTE: "this route takes",
    LimitScope.TOKEN: "this access token may make",
}


class RouteLimit(NamedTuple):
    """A limit of one route.

    Attributes:
        route: as `route_name` gives it.
        limit: requests in a window; 0 for any number.
    """

    route: str
    limit: int


class Limit(NamedTuple):
    """A limit that applies to a request.

    Attributes:
        bucket: what is counted together has one name.
        most: how many requests of the bucket a window lets through; at least 1.
    """

    scope: LimitScope
    bucket: str
    most: int


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits of a server: requests in a window, 0 for any number.

    Attributes:
        everything: all requests together.
        token: those of each access token.
        route: those of each route.
        routes: those of single routes, in place of `route`, by `route_name`.
    """

    everything: int = 0
    token: int = 0
    route: int = 0
    routes: Mapping[str, int] = field(default_factory=dict)

    @property
    def are_off(self) -> bool:
        """Whether there is no limit at all."""
        return not any((self.everything, self.token, self.route, *self.routes.values()))

    def applying(self, route: str, token_id: TokenId | None) -> tuple[Limit, ...]:
        """Return the limits that apply to a request, the widest first.

        Args:
            route: as `route_name` gives it.
            token_id: the token that the request carries; None where nobody is known by it.
        """
        found = []
        if self.everything:
            found.append(Limit(LimitScope.GLOBAL, "global", self.everything))
        of_route = self.routes.get(route, self.route)
        if of_route:
            found.append(Limit(LimitScope.ROUTE, f"route:{route}", of_route))
        if self.token and token_id is not None:
            found.append(Limit(LimitScope.TOKEN, f"token:{token_id}", self.token))
        return tuple(found)


class Standing(NamedTuple):
    """Where a request stands against one limit.

    Attributes:
        remaining: how many more requests the window lets through.
    """

    scope: LimitScope
    most: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on, and where it stands.

    Attributes:
        standings: one for each limit that applies.
        resets_at: when the next window begins, in which all counts start anew.
        refusal: why the request may not go on; None where it may.
        exhausted: the limit that refuses it; None where it may go on.
    """

    standings: tuple[Standing, ...]
    resets_at: datetime
    exhausted: LimitScope | None = None
    refusal: RateLimitedError | None = None


class Counts(NamedTuple):
    """What counters say of a request.

    Attributes:
        admitted: whether the request was counted, in each of its buckets; else in none of them.
        used: requests of each bucket that the window has let through, this one included if it was.
        resets_at: when the window ends.
    """

    admitted: bool
    used: Sequence[int]
    resets_at: datetime


def judge(limits: Sequence[Limit], counts: Counts) -> Verdict:
    """Return what the counts of a request's limits come to."""
    standings = tuple(
        Standing(limit.scope, limit.most, max(0, limit.most - used))
        for limit, used in zip(limits, counts.used, strict=True)
    )
    if counts.admitted:
        return Verdict(standings, counts.resets_at)
    full = next(one for one in standings if one.remaining == 0)
    refusal = RateLimitedError(
        f"Too many requests: {_WHO[full.scope]} {full.most} in {WINDOW.total_seconds():.0f} seconds. "
        "Nothing was done; send the request again once the time in X-Ratelimit-Reset has come."
    )
    return Verdict(standings, counts.resets_at, full.scope, refusal)


def route_name(verb: str, pattern: str) -> str:
    """Return the name of a route: `GET /api/v2/tokens/{}`, however its parameters are called."""
    return f"{verb.upper()} {_PARAMETER.sub('{}', pattern)}"


def read_route_limits(text: str) -> Iterable[RouteLimit]:
    """Read limits of single routes: `GET /api/v2/tokens/{id}=20, POST /api/v2/tokens=5`.

    Raises:
        ValueError: the text is not that; the message says where.
    """
    for part in text.split(","):
        if not part.strip():
            continue
        found = _ROUTE_LIMIT.fullmatch(part)
        if found is None:
            raise ValueError(
                f"found {part.strip()!r}, expected a verb, a path and a number, as in "
                "'GET /api/v2/tokens/{id}=20'; commas go between several"
            )
        if int(found[3]) > MAX_LIMIT:
            raise ValueError(f"found {found[3]} in {part.strip()!r}, expected at most {MAX_LIMIT}")
        yield RouteLimit(route_name(found[1], found[2]), int(found[3]))
