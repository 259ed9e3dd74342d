"""Health and metrics: what orchestrators and Prometheus ask."""

from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from muster.core.errors import UnavailableError


class Readiness(Protocol):
    """Something that can fail for good while the process lives."""

    @property
    def failure(self) -> UnavailableError | None:
        """Why it has failed, or None while it is well."""
        ...


class HealthEndpoints:
    """`GET /healthz`: the process answers. `GET /readyz`: it can do its work. `GET /metrics`."""

    def __init__(self, store: Readiness, registry: CollectorRegistry) -> None:
        self._store = store
        self._registry = registry

    def routes(self) -> list[Route]:
        """Return the endpoints' routes."""
        return [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def healthz(self, _: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _: Request) -> Response:
        """Say whether requests can be served; 503 when the membership store has stopped."""
        failure = self._store.failure
        if failure is not None:
            return JSONResponse({"status": "unavailable", "reason": failure.message}, 503)
        return JSONResponse({"status": "ok"})

    async def metrics(self, _: Request) -> Response:
        """Return all metrics in Prometheus' text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
