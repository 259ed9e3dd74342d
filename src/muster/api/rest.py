"""The REST API as one FastAPI app: its routes, and the standard error for whatever goes wrong."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route

from muster.accounts.authentication import Authenticator
from muster.accounts.environment_keys import EnvironmentKeys
from muster.accounts.members import MemberService
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.roles import RoleService
from muster.accounts.tokens import TokenService
from muster.api import (
    audit_log,
    context_kinds,
    environments,
    expiring_targets,
    flag_defaults,
    flag_evaluation,
    root,
    segment_members,
    segment_transfers,
    segments,
    versions,
)
from muster.api import big_segment_stores as big_segment_stores_api
from muster.api import contexts as contexts_api
from muster.api import flags as flags_api
from muster.api import integration_configurations as integration_configurations_api
from muster.api import members as members_api
from muster.api import projects as projects_api
from muster.api import relay_proxies as relay_proxies_api
from muster.api import roles as roles_api
from muster.api import tags as tags_api
from muster.api import tokens as tokens_api
from muster.api import webhooks as webhooks_api
from muster.api.authentication import PrincipalDependency
from muster.api.documents.openapi import DocumentedApp
from muster.api.error_responses import (
    error_json,
    error_response,
    method_not_allowed_response,
    unforeseen_response,
)
from muster.api.misfits import misfit_in_request, undecodable_body
from muster.api.paths import register_key_convertor
from muster.api.segment_services import SegmentServices
from muster.audit.service import AuditService
from muster.configurations.big_segment_stores.service import BigSegmentStoreService
from muster.configurations.integrations.service import IntegrationConfigurationService
from muster.configurations.relay_proxies.service import RelayProxyService
from muster.contexts.kinds import ContextKindService
from muster.contexts.service import ContextService
from muster.core.clock import Clock
from muster.core.errors import MusterError
from muster.core.ids import AccountId
from muster.flags.evaluation import FlagEvaluator
from muster.flags.service import FlagService
from muster.tags.service import TagService
from muster.webhooks.service import WebhookService

_NOTHING_HERE = {"code": "not_found", "message": "There is nothing at this path."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RestServices:
    """What the REST API is a face of."""

    authenticator: Authenticator
    environment_keys: EnvironmentKeys
    projects: ProjectService
    environments: EnvironmentService
    segments: SegmentServices
    audit: AuditService
    tokens: TokenService
    roles: RoleService
    members: MemberService
    webhooks: WebhookService
    relay_proxies: RelayProxyService
    big_segment_stores: BigSegmentStoreService
    integration_configurations: IntegrationConfigurationService
    tags: TagService
    flags: FlagService
    flag_evaluator: FlagEvaluator
    contexts: ContextService
    context_kinds: ContextKindService


def create_rest_app(
    services: RestServices, account_id: AccountId, clock: Clock, max_import_bytes: int
) -> FastAPI:
    """Return the app. Its paths are matched against the raw path; see `muster.api.paths`."""
    register_key_convertor()
    # A redirection to a path without its last slash would name the scheme that a proxy in front hides.
    app = DocumentedApp(exception_handlers=error_handlers(), redirect_slashes=False)
    principal = PrincipalDependency(services.authenticator)
    routers = [
        versions.create_router(principal),
        root.create_router(principal, services.environment_keys, account_id),
        projects_api.create_router(
            principal, services.projects, services.environments, services.segments.purger
        ),
        flag_defaults.create_router(principal, services.projects),
        environments.create_router(principal, services.environments, services.segments.purger),
        segment_members.create_router(principal, services.segments),
        segment_transfers.create_router(principal, services.segments, max_import_bytes),
        expiring_targets.create_router(principal, services.segments),
        segments.create_router(principal, services.segments),
        tokens_api.create_router(principal, services.tokens),
        roles_api.create_router(principal, services.roles),
        members_api.create_router(principal, services.members),
        webhooks_api.create_router(principal, services.webhooks),
        relay_proxies_api.create_router(principal, services.relay_proxies),
        big_segment_stores_api.create_router(principal, services.big_segment_stores),
        integration_configurations_api.create_router(
            principal, services.integration_configurations
        ),
        tags_api.create_router(principal, services.tags),
        flag_evaluation.create_router(
            principal, services.environments, services.flags, services.flag_evaluator, clock
        ),
        flags_api.create_router(principal, services.flags, clock),
        contexts_api.create_router(principal, services.contexts),
        context_kinds.create_router(principal, services.context_kinds),
        audit_log.create_router(principal, services.audit, account_id, clock),
    ]
    for router in routers:
        app.take_routes(router)
    return app


def error_handlers() -> dict[int | type[Exception], Any]:
    """Return the handlers that give every error the standard body: code, message and id."""
    return {
        MusterError: _on_muster_error,
        RequestValidationError: _on_validation_error,
        HTTPException: _on_http_error,
        Exception: _on_unforeseen,
    }


async def _on_muster_error(_: Request, error: MusterError) -> JSONResponse:
    return error_response(error)


async def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    return error_response(misfit_in_request(request, error))


async def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == 405:
        return method_not_allowed_response(_allowed_methods(request))
    if error.status_code == 404:
        return error_json(404, _NOTHING_HERE, error.headers)
    if error.status_code == 400:  # what FastAPI says of a body whose decoding fails unforeseen
        return error_response(
            undecodable_body(request, "it is not in UTF-8, or is nested too deeply")
        )
    content = {"code": "invalid_request", "message": str(error.detail)}
    return error_json(error.status_code, content, error.headers)


def _allowed_methods(request: Request) -> set[str]:
    """Return the methods that a path takes: of all its routes, where Starlette names those of one."""
    path = request.scope["path"]
    matching = [
        route
        for route in request.app.routes
        if isinstance(route, Route) and route.path_regex.match(path)
    ]
    # Of two paths that match, `/counts` and `/{entryId}`, the first is meant.
    meant = [route.methods or () for route in matching if route.path == matching[0].path]
    return {method for methods in meant for method in methods}


async def _on_unforeseen(_: Request, error: Exception) -> JSONResponse:
    return unforeseen_response(error)
