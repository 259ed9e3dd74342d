"""From settings to the rate limiter."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from muster.bootstrap.settings import Settings
from muster.core.clock import Clock
from muster.core.errors import ConfigurationError
from muster.limits.counters import RateCounters
from muster.limits.limiter import RateLimiter
from muster.limits.model import RateLimits
from muster.storage.memory.rate_counters import MemoryRateCounters


def make_limiter(settings: Settings, clock: Clock) -> RateLimiter | None:
    """Return the limiter that the settings ask for; None where no limit is set.

    Raises:
        ConfigurationError: the URL of its store can't be read.
    """
    limits = RateLimits(
        everything=settings.rate_limit_global,
        token=settings.rate_limit_token,
        route=settings.rate_limit_route,
        routes={one.route: one.limit for one in settings.rate_limit_routes},
    )
    if limits.are_off:
        return None
    return RateLimiter(limits, _make_counters(settings, clock), clock)


def check_routes(limited: Iterable[str], known: Collection[str]) -> None:
    """Check that each route that has a limit of its own is there.

    Args:
        limited: names of routes, as `route_name` gives them.
        known: those of all routes.

    Raises:
        ConfigurationError: a route is not there.
    """
    for name in limited:
        if name not in known:
            alike = get_close_matches(name, known, n=3, cutoff=0.5)
            raise ConfigurationError(
                f"rate_limit_routes (MUSTER_RATE_LIMIT_ROUTES): there is no route {name}."
                + (f" There is {', '.join(alike)}." if alike else "")
                + " docs/rest-api.md lists them all."
            )


def _make_counters(settings: Settings, clock: Clock) -> RateCounters:
    store = settings.rate_limit_store
    if store is None:
        return MemoryRateCounters(clock)
    # Redis' client takes a fifth of a second to load: only who uses it pays for that.
    from muster.storage.redis.rate_counters import RedisRateCounters  # noqa: PLC0415

    return RedisRateCounters.of(store.get_secret_value())
