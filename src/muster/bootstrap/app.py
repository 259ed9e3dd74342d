"""The ASGI app: every face over one container."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.routing import Router
from starlette.types import ASGIApp

from muster.api.body import BodyLimits
from muster.api.docs_page.endpoint import docs_routes
from muster.api.health import HealthEndpoints
from muster.api.http_protocol import MusterProtocol, protocol_for
from muster.api.metrics import HttpMetrics, SyncMetrics
from muster.api.paths import RawPathRouting
from muster.api.request_log import LoggedApp, RequestLog
from muster.api.rest import RestServices, create_rest_app
from muster.api.segment_targets import SegmentTargetsEndpoint
from muster.bootstrap.container import Container
from muster.bootstrap.logs import request_lines
from muster.bootstrap.maintenance import Maintenance
from muster.sdk.goals import GoalsEndpoint


@dataclass(frozen=True, slots=True)
class Faces:
    """What answers a server's requests.

    Attributes:
        app: every face, as an ASGI app; its lifespan starts and stops the background work.
        protocol: what reads HTTP for it, and knows the short way of sync requests.
    """

    app: ASGIApp
    protocol: type[MusterProtocol]


def create_faces(container: Container) -> Faces:
    """Return the faces of a container."""
    settings = container.settings
    targets = SegmentTargetsEndpoint(
        authenticator=container.authenticator,
        catalog=container.catalog,
        sync=container.sync,
        log=container.sync_log,
        metrics=SyncMetrics(container.registry),
        limits=BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds),
        public_url=settings.public_url,
        observers=container.observers,
    )
    services = RestServices(
        authenticator=container.authenticator,
        projects=container.projects,
        environments=container.project_environments,
        segments=container.segments,
        purger=container.purger,
        audit=container.audit,
        tokens=container.tokens,
        roles=container.roles,
        members=container.members,
    )
    rest = create_rest_app(services, container.account_id, container.clock)
    rest.router.routes.extend(docs_routes())
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
    log = RequestLog(
        HttpMetrics(container.registry), request_lines(settings.log_level, settings.log_format)
    )
    return Faces(LoggedApp(router, log), protocol_for(targets, log))


def _lifespan(container: Container) -> Callable[[Router], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Router) -> AsyncIterator[None]:
        maintenance = Maintenance(container)
        maintenance.start()
        try:
            yield
        finally:
            await maintenance.stop()

    return lifespan
