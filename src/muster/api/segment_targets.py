"""`POST /api/v2/segment-targets/{integrationKey}`: the endpoint that partners push cohorts to.

A plain ASGI endpoint, for this is the hottest path of Muster.
"""

import time
from datetime import timedelta
from typing import Final

import structlog
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from muster.accounts.authentication import Authenticator
from muster.api.body import BodyLimits, ClientGoneError, read_json_body
from muster.api.errors import error_body, status_of
from muster.api.metrics import SyncMetrics
from muster.core.errors import InternalError, MusterError, NotFoundError
from muster.payloads.errors import ResponseTemplateError
from muster.payloads.response import ResponseValues
from muster.sync.live_catalog import LiveCatalog
from muster.sync.log_writer import SyncLogWriter
from muster.sync.service import SyncAttempt, SyncService

_log = structlog.get_logger(__name__)

_NOT_POST: Final = (
    b'{"code":"method_not_allowed","message":"This path takes POST: send the members in a body."}'
)
_JSON: Final = (b"content-type", b"application/json")
_ALLOW: Final = (b"allow", b"POST")
_CLOSE: Final = (b"connection", b"close")
_UNREAD_BODY: Final = frozenset({408, 413, 415})
"""Statuses after which the rest of the body is not waited for: the connection is closed."""


class SegmentTargetsEndpoint:
    """Answers sync requests."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        catalog: LiveCatalog,
        sync: SyncService,
        log: SyncLogWriter,
        metrics: SyncMetrics,
        limits: BodyLimits,
        public_url: str | None,
    ) -> None:
        """Take what the endpoint needs.

        Args:
            public_url: what `segmentUrl` begins with; None for the address that the client asked.
        """
        self._authenticator = authenticator
        self._catalog = catalog
        self._sync = sync
        self._log = log
        self._metrics = metrics
        self._limits = limits
        self._public_url = public_url

    def routes(self) -> list[Route]:
        """Return the routes of the endpoint: the plural path, and the singular one."""
        return [
            Route(path, self, include_in_schema=False)
            for path in (
                "/api/v2/segment-targets/{integration_key}",
                "/api/v2/segment-target/{integration_key}",
            )
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST":
            await _respond(send, 405, _NOT_POST)
            return
        started = time.perf_counter()
        try:
            attempt = await self._begin(scope)
        except MusterError as stranger:
            await _respond(send, status_of(stranger), error_body(stranger))
            return
        error: MusterError | None = None
        try:
            body = await read_json_body(scope, receive, self._limits)
            await self._sync.apply(attempt, body)
        except MusterError as refused:
            error = refused
        except ClientGoneError:
            return
        except Exception:
            _log.exception("sync request failed", request_id=attempt.id)
            error = InternalError(f"Something went wrong in Muster; request {attempt.id}.")
        status, content = self._answer(scope, attempt, error)
        await _respond(send, status, content, attempt)
        duration = time.perf_counter() - started
        self._log.add(attempt.to_record(status, timedelta(seconds=duration), error))
        self._metrics.observe(attempt, status)

    async def _begin(self, scope: Scope) -> SyncAttempt:
        """Find out who asks, and for which integration."""
        credential = _authorization(scope)
        principal = self._authenticator.cached(credential)
        if principal is None:
            principal = await self._authenticator.authenticate(credential)
        key = scope["path_params"]["integration_key"]
        integration = self._catalog.current.find(key)
        if integration is None:
            raise NotFoundError(
                f"There is no integration {key[:64]!r}. `muster catalog list` shows those there "
                "are; add a folder of your own with MUSTER_CATALOG."
            )
        return self._sync.begin(integration, principal)

    def _answer(
        self, scope: Scope, attempt: SyncAttempt, error: MusterError | None
    ) -> tuple[int, bytes]:
        """Return status and body: what the manifest's jsonResponseBody renders, or the usual."""
        status = status_of(error) if error else 200
        template = attempt.integration.response_template
        if template is not None:
            try:
                return status, template.render(self._values(scope, attempt, status, error))
            except ResponseTemplateError as failed:
                _log.warning(
                    "jsonResponseBody not rendered",
                    integration=attempt.integration.key,
                    reason=failed.message,
                )
        return (status, error_body(error)) if error else (204, b"")

    def _values(
        self, scope: Scope, attempt: SyncAttempt, status: int, error: MusterError | None
    ) -> ResponseValues:
        environment = attempt.environment
        project_key = environment.project_key if environment else ""
        environment_key = environment.key if environment else ""
        segment_key = attempt.segment_keys[0] if attempt.segment_keys else ""
        segment_url = ""
        if environment and segment_key:
            base = self._public_url or _asked_address(scope)
            segment_url = f"{base}/{project_key}/{environment_key}/segments/{segment_key}"
        return ResponseValues(
            request_body=attempt.body,
            status_code=status,
            error_message=error.message if error else "",
            project_key=project_key,
            environment_key=environment_key,
            segment_key=segment_key,
            segment_url=segment_url,
        )


def _authorization(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            text: str = value.decode("latin-1")
            return text
    return None


def _asked_address(scope: Scope) -> str:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost")
    return f"{scope['scheme']}://{host.decode('latin-1')}"


async def _respond(
    send: Send, status: int, content: bytes, attempt: SyncAttempt | None = None
) -> None:
    headers = [(b"content-length", b"%d" % len(content))] if status != 204 else []
    if content:
        headers.append(_JSON)
    if attempt is not None:
        headers.append((b"x-request-id", attempt.id.encode()))
    if status == 405:
        headers.append(_ALLOW)
    if status in _UNREAD_BODY:
        headers.append(_CLOSE)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
