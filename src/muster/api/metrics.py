"""Prometheus metrics of the HTTP faces.

They are counted in plain numbers, by the one thread that answers requests, and become metrics when
Prometheus asks: the client library's own counters take a lock at each request.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from muster.limits.limiter import RateLimiter
from muster.limits.model import LimitScope
from muster.sync.service import SyncAttempt

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS: Final = (*map(str, _BUCKETS), "+Inf")


class HttpMetrics(Collector):
    """How many requests each route answered, with what, and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: dict[str, _Durations] = {}
        registry.register(self)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests[method, route, status] += 1
        durations = self._durations.get(route)
        if durations is None:
            durations = self._durations[route] = _Durations()
        durations.counts[bisect_left(_BUCKETS, seconds)] += 1
        durations.total += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        requests = CounterMetricFamily(
            "muster_http_requests", "HTTP requests answered.", labels=("method", "route", "status")
        )
        for (method, route, status), count in self._requests.items():
            requests.add_metric((method, route, str(status)), count)
        yield requests
        seconds = HistogramMetricFamily(
            "muster_http_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            labels=("route",),
        )
        for route, durations in self._durations.items():
            buckets = list(zip(_BOUNDS, accumulate(durations.counts), strict=True))
            seconds.add_metric((route,), buckets, durations.total)
        yield seconds


class _Durations:
    """Durations of one route's requests, by bucket; their sum in seconds."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.total = 0.0


class SyncMetrics(Collector):
    """How many members each integration sent, and what became of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._members: dict[str, list[int]] = {}
        registry.register(self)

    def observe(self, attempt: SyncAttempt, status: int) -> None:
        """Count the members of one request that was applied."""
        if status >= 400:
            return
        counts = self._members.setdefault(attempt.integration.key, [0, 0, 0])
        counts[0] += attempt.added
        counts[1] += attempt.removed
        counts[2] += attempt.unchanged

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        members = CounterMetricFamily(
            "muster_sync_members",
            "Members in sync requests, by what became of them.",
            labels=("integration", "outcome"),
        )
        for integration, counts in self._members.items():
            for outcome, count in zip(("added", "removed", "unchanged"), counts, strict=True):
                members.add_metric((integration, outcome), count)
        yield members


class RateLimitMetrics(Collector):
    """How many requests each rate limit refused, and how many went through uncounted."""

    def __init__(self, limiter: RateLimiter, registry: CollectorRegistry) -> None:
        self._limiter = limiter
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        refused = CounterMetricFamily(
            "muster_rate_limit_refusals",
            "Requests answered 429, by the limit that was used up.",
            labels=("limit",),
        )
        for scope in LimitScope:
            refused.add_metric((scope.value,), self._limiter.refused[scope])
        yield refused
        yield CounterMetricFamily(
            "muster_rate_limit_uncounted",
            "Requests let through uncounted, for the counters could not be reached.",
            value=self._limiter.uncounted,
        )
