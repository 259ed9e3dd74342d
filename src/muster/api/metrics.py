"""Prometheus metrics of the HTTP faces."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from muster.sync.service import SyncAttempt

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class HttpMetrics:
    """How many requests each route answered, with what, and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "muster_http_requests_total",
            "HTTP requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "muster_http_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._bound: dict[tuple[str, str, int], Counter] = {}
        self._bound_seconds: dict[str, Histogram] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        place = (method, route, status)
        counter = self._bound.get(place)
        if counter is None:
            counter = self._bound[place] = self._requests.labels(method, route, str(status))
        counter.inc()
        histogram = self._bound_seconds.get(route)
        if histogram is None:
            histogram = self._bound_seconds[route] = self._seconds.labels(route)
        histogram.observe(seconds)


class SyncMetrics:
    """How many members each integration sent, and what became of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._members = Counter(
            "muster_sync_members_total",
            "Members in sync requests, by what became of them.",
            ("integration", "outcome"),
            registry=registry,
        )
        self._bound: dict[str, tuple[Counter, Counter, Counter]] = {}

    def observe(self, attempt: SyncAttempt, status: int) -> None:
        """Count the members of one request that was applied."""
        if status >= 400:
            return
        key = attempt.integration.key
        bound = self._bound.get(key)
        if bound is None:
            added, removed, unchanged = (
                self._members.labels(key, outcome) for outcome in ("added", "removed", "unchanged")
            )
            bound = self._bound[key] = (added, removed, unchanged)
        for counter, count in zip(
            bound, (attempt.added, attempt.removed, attempt.unchanged), strict=True
        ):
            if count:
                counter.inc(count)
