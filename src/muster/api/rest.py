"""The REST API as one FastAPI app: its routes, and the standard error for whatever goes wrong."""

from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from muster import __version__
from muster.accounts.authentication import Authenticator
from muster.accounts.members import MemberService
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.roles import RoleService
from muster.accounts.tokens import TokenService
from muster.api import audit_log, environments, root, segment_members, segments, versions
from muster.api import members as members_api
from muster.api import projects as projects_api
from muster.api import roles as roles_api
from muster.api import tokens as tokens_api
from muster.api.authentication import PrincipalDependency
from muster.api.errors import error_content, status_of
from muster.api.paths import register_key_convertor
from muster.audit.service import AuditService
from muster.core.clock import Clock
from muster.core.errors import InternalError, InvalidRequestError, MusterError
from muster.core.ids import AccountId, new_uuid
from muster.segments.purging import SegmentPurger
from muster.segments.service import SegmentService

_log = structlog.get_logger(__name__)

_CODES = {404: "not_found", 405: "method_not_allowed"}
_MESSAGES = {
    404: "There is nothing at this path.",
    405: "This path does not take that method.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RestServices:
    """What the REST API is a face of."""

    authenticator: Authenticator
    projects: ProjectService
    environments: EnvironmentService
    segments: SegmentService
    purger: SegmentPurger
    audit: AuditService
    tokens: TokenService
    roles: RoleService
    members: MemberService


def create_rest_app(services: RestServices, account_id: AccountId, clock: Clock) -> FastAPI:
    """Return the app. Its paths are matched against the raw path; see `muster.api.paths`."""
    register_key_convertor()
    app = FastAPI(
        title="Muster",
        version=__version__,
        summary="Self-hosted synced segments.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url="/api/v2/openapi.json",
        docs_url=None,
        redoc_url=None,
        exception_handlers=error_handlers(),
    )
    principal = PrincipalDependency(services.authenticator)
    app.include_router(versions.create_router(principal))
    app.include_router(root.create_router(principal, account_id))
    app.include_router(
        projects_api.create_router(
            principal, services.projects, services.environments, services.purger
        )
    )
    app.include_router(
        environments.create_router(principal, services.environments, services.purger)
    )
    app.include_router(segments.create_router(principal, services.environments, services.segments))
    app.include_router(
        segment_members.create_router(principal, services.environments, services.segments)
    )
    app.include_router(tokens_api.create_router(principal, services.tokens))
    app.include_router(roles_api.create_router(principal, services.roles))
    app.include_router(members_api.create_router(principal, services.members))
    app.include_router(audit_log.create_router(principal, services.audit, account_id, clock))
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
    return _answer(status_of(error), error_content(error))


async def _on_validation_error(_: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    where = " ".join(str(part) for part in first["loc"])
    refused = InvalidRequestError(f"{where}: {first['msg']}.")
    return _answer(400, error_content(refused))


async def _on_http_error(_: Request, error: HTTPException) -> JSONResponse:
    content = {
        "code": _CODES.get(error.status_code, "invalid_request"),
        "message": _MESSAGES.get(error.status_code, str(error.detail)),
    }
    return _answer(error.status_code, content, error.headers)


async def _on_unforeseen(_: Request, error: Exception) -> JSONResponse:
    error_id = new_uuid()
    _log.error("request failed", error_id=error_id, exc_info=error)
    unforeseen = InternalError("Something went wrong in Muster; its log has more under this id.")
    return _answer(500, error_content(unforeseen), error_id=error_id)


def _answer(
    status: int,
    content: dict[str, Any],
    headers: Any = None,
    error_id: str | None = None,
) -> JSONResponse:
    return JSONResponse({**content, "id": error_id or new_uuid()}, status, headers=headers)
