"""The ASGI app: every face over one container."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp

from muster.api.big_segment_targets import BigSegmentTargetsEndpoint
from muster.api.body import BodyLimits
from muster.api.bounded_bodies import BoundedBodies
from muster.api.docs_page.endpoint import docs_routes
from muster.api.health import HealthEndpoints
from muster.api.http_protocol import MusterProtocol, protocol_for
from muster.api.membership import MembershipEndpoint
from muster.api.metrics import HttpMetrics, RateLimitMetrics, SyncMetrics
from muster.api.paths import RawPathRouting
from muster.api.rate_limits import LimitedApp, limited_routes
from muster.api.request_log import LoggedApp, RequestLog
from muster.api.rest import RestServices, create_rest_app
from muster.api.segment_services import SegmentServices
from muster.api.segment_targets import ROUTE_NAME, SegmentTargetsEndpoint
from muster.bootstrap.container import Container
from muster.bootstrap.logs import request_lines
from muster.bootstrap.maintenance import Maintenance
from muster.bootstrap.rate_limits import check_routes
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
    """Return the faces of a container.

    Raises:
        ConfigurationError: a rate limit is set for a route that there is not.
    """
    settings = container.settings
    limits = BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds)
    targets = SegmentTargetsEndpoint(
        authenticator=container.authenticator,
        catalog=container.catalog,
        sync=container.sync,
        log=container.sync_log,
        metrics=SyncMetrics(container.registry),
        limits=limits,
        public_url=settings.public_url,
        limiter=container.limiter,
        observers=container.observers,
    )
    segments = SegmentServices(
        environments=container.project_environments,
        directory=container.environments,
        segments=container.segments,
        editor=container.segment_editor,
        evaluator=container.segment_evaluator,
        expiring_targets=container.expiring_targets,
        imports=container.imports,
        exports=container.exports,
        purger=container.purger,
        recorder=container.context_recorder,
        clock=container.clock,
    )
    services = RestServices(
        authenticator=container.authenticator,
        environment_keys=container.environment_keys,
        projects=container.projects,
        environments=container.project_environments,
        segments=segments,
        audit=container.audit,
        tokens=container.tokens,
        roles=container.roles,
        members=container.members,
        webhooks=container.webhooks,
        relay_proxies=container.relay_proxies,
        big_segment_stores=container.big_segment_stores,
        integration_configurations=container.integration_configurations,
        tags=container.tags,
        flags=container.flags,
        flag_evaluator=container.flag_evaluator,
        contexts=container.contexts,
        context_kinds=container.context_kinds,
    )
    rest = create_rest_app(
        services,
        container.account_id,
        container.clock,
        settings.max_import_bytes,
    )

    rest.router.routes.extend(docs_routes())
    rest.router.routes.extend(GoalsEndpoint(container.environments).routes())
    rest.router.routes.extend(HealthEndpoints(container.memberships, container.registry).routes())
    membership = MembershipEndpoint(
        container.authenticator, segments, container.segment_directory, container.memberships
    )
    big_targets = BigSegmentTargetsEndpoint(container.authenticator, segments, limits)
    plain = [*membership.routes(), *big_targets.routes()]
    api = Router(plain, redirect_slashes=False, default=BoundedBodies(rest, limits))
    # A bare router, not an application: the sync endpoint answers every error itself, and each layer
    # of middleware costs it some microseconds.
    router = Router(
        targets.routes(),
        redirect_slashes=False,
        default=RawPathRouting(_limit(container, api, [*plain, *rest.routes])),
        lifespan=_lifespan(container),
    )
    log = RequestLog(
        HttpMetrics(container.registry), request_lines(settings.log_level, settings.log_format)
    )
    return Faces(LoggedApp(router, log), protocol_for(targets, log))


def _limit(container: Container, api: ASGIApp, its_routes: Sequence[BaseRoute]) -> ASGIApp:
    """Return the REST API behind its rate limits; the API itself where there are none."""
    routes = list(limited_routes(its_routes))
    check_routes(
        [one.route for one in container.settings.rate_limit_routes],
        {ROUTE_NAME, *(route.name for route in routes)},
    )
    if container.limiter is None:
        return api
    RateLimitMetrics(container.limiter, container.registry)
    return LimitedApp(api, routes, container.limiter, container.authenticator)


def _lifespan(container: Container) -> Callable[[Router], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Router) -> AsyncIterator[None]:
        maintenance = Maintenance(container)
        maintenance.start()
        try:
            yield
        finally:
            await maintenance.stop()
            if container.limiter is not None:
                await container.limiter.close()

    return lifespan
