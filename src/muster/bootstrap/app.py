"""The ASGI app: every face over one container."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.routing import Router
from starlette.types import ASGIApp

from muster.api.body import BodyLimits
from muster.api.health import HealthEndpoints
from muster.api.metrics import HttpMetrics, SyncMetrics
from muster.api.paths import RawPathRouting
from muster.api.request_log import RequestLog
from muster.api.rest import create_rest_app
from muster.api.segment_targets import SegmentTargetsEndpoint
from muster.bootstrap.container import Container
from muster.bootstrap.maintenance import Maintenance
from muster.sdk.goals import GoalsEndpoint


def create_app(container: Container) -> ASGIApp:
    """Return the app; its lifespan starts and stops the container's background work."""
    settings = container.settings
    targets = SegmentTargetsEndpoint(
        authenticator=container.authenticator,
        catalog=container.catalog,
        sync=container.sync,
        log=container.sync_log,
        metrics=SyncMetrics(container.registry),
        limits=BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds),
        public_url=settings.public_url,
    )
    rest = create_rest_app(
        authenticator=container.authenticator,
        projects=container.projects,
        segment_service=container.segments,
    )
    rest.router.routes.extend(GoalsEndpoint(container.environments).routes())
    rest.router.routes.extend(HealthEndpoints(container.memberships, container.registry).routes())
    # A bare router, not an application: the sync endpoint answers every error itself, and each layer
    # of middleware costs it some microseconds.
    router = Router(
        targets.routes(),
        redirect_slashes=False,
        default=RawPathRouting(rest),
        lifespan=_lifespan(container),
    )
    return RequestLog(router, HttpMetrics(container.registry))


def _lifespan(container: Container) -> Callable[[Router], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Router) -> AsyncIterator[None]:
        maintenance = Maintenance(
            accounts=container.accounts,
            authenticator=container.authenticator,
            segments=container.segment_directory,
            memberships=container.memberships,
            sync_log=container.sync_log,
            clock=container.clock,
            revision_age=container.revision_age,
            retention=container.retention,
        )
        maintenance.start()
        try:
            yield
        finally:
            await maintenance.stop()

    return lifespan
