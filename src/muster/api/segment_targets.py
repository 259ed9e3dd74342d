"""`POST /api/v2/segment-targets/{integrationKey}`: the endpoint that partners push cohorts to.

A plain ASGI endpoint, for this is the hottest path of Muster.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NamedTuple, NoReturn, TypeVar

import structlog
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from muster.access.principal import Principal
from muster.accounts.authentication import Authenticator
from muster.api.body import BodyLimits, ClientGoneError, read_json_body
from muster.api.errors import UNREAD_BODY, error_body, status_of
from muster.api.metrics import SyncMetrics
from muster.api.rate_limits import limit_headers
from muster.core.errors import InternalError, MusterError, NotFoundError, UnauthenticatedError
from muster.core.ids import RequestId, TokenId, new_id
from muster.limits.limiter import RateLimiter
from muster.limits.model import Verdict, route_name
from muster.payloads.errors import ResponseTemplateError
from muster.payloads.response import ResponseValues
from muster.sync.exchange import Exchange, ExchangeObserver
from muster.sync.live_catalog import LiveCatalog
from muster.sync.log_writer import SyncLogWriter
from muster.sync.service import Concluded, SyncAttempt, SyncService

_log = structlog.get_logger(__name__)

_Request = TypeVar("_Request", bound="SyncRequest")

PATHS: Final[Mapping[str, str]] = {
    "segment-targets": "/api/v2/segment-targets/{integration_key}",
    "segment-target": "/api/v2/segment-target/{integration_key}",
}
"""The paths of the endpoint; the second is LaunchDarkly's older word for it."""
ROUTE_NAME: Final = route_name("POST", PATHS["segment-targets"])
"""What rate limits call the endpoint, by either path."""
_NOT_POST: Final = (
    b'{"code":"method_not_allowed","message":"This path takes POST: send the members in a body."}'
)
_JSON: Final = (b"content-type", b"application/json")
_ALLOW: Final = (b"allow", b"POST")
_CLOSE: Final = (b"connection", b"close")


class SegmentTargetsEndpoint:
    """Answers sync requests."""

    def __init__(  # noqa: PLR0913 - all of them are named
        self,
        *,
        authenticator: Authenticator,
        catalog: LiveCatalog,
        sync: SyncService,
        log: SyncLogWriter,
        metrics: SyncMetrics,
        limits: BodyLimits,
        public_url: str | None,
        limiter: RateLimiter | None = None,
        observers: Sequence[ExchangeObserver] = (),
    ) -> None:
        """Take what the endpoint needs.

        Args:
            public_url: what `segmentUrl` begins with; None for the address that the client asked.
            limiter: says which requests may go on; None for all of them.
            observers: who is told of each exchange.
        """
        self._authenticator = authenticator
        self._catalog = catalog
        self._sync = sync
        self._log = log
        self._metrics = metrics
        self._limits = limits
        self.max_body_bytes = limits.max_bytes
        self._public_url = public_url
        self._limiter = limiter
        self._observers = observers

    def routes(self) -> list[Route]:
        """Return the routes of the endpoint: the plural path, and the singular one."""
        return [Route(path, self, include_in_schema=False) for path in PATHS.values()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server."""
        if scope["method"] != "POST":
            await _respond(send, SyncAnswer(405, _NOT_POST))
            return
        request = SyncRequest(
            integration_key=scope["path_params"]["integration_key"],
            headers=scope["headers"],
            scheme=scope["scheme"],
        )
        try:
            answer = await self.answer(
                request, lambda: read_json_body(scope, receive, self._limits)
            )
        except ClientGoneError:
            return
        await _respond(send, answer)
        self.conclude(request, answer, time.perf_counter() - request.started)

    async def answer(
        self, request: "SyncRequest", body: bytes | Callable[[], Awaitable[bytes]]
    ) -> "SyncAnswer":
        """Apply a request; return what to answer. Once that is sent, `conclude` wants to be told.

        Args:
            body: JSON; or what reads it once it is known who asks, which may raise any `MusterError`.

        Raises:
            ClientGoneError: there is nobody to answer.
        """
        attempt: SyncAttempt | None = None
        error: MusterError
        try:
            principal = await self._identify(request)
            integration = self._catalog.current.find(request.integration_key)
            if integration is not None:
                attempt = self._sync.begin(integration, principal)
            if self._limiter is not None:
                await self._count(self._limiter, request, principal.token_id)
            if attempt is None:
                _refuse_unknown(request.integration_key)
            request.body = body if isinstance(body, bytes) else await body()
            await self._sync.apply(attempt, request.body)
        except MusterError as refused:
            error = refused
        except ClientGoneError:
            raise
        except Exception as fault:
            error = _to_error(fault, attempt)
        else:
            return self._answer(request, attempt, None)
        if attempt is None:
            return SyncAnswer(
                status_of(error), error_body(error), error=error, verdict=request.verdict
            )
        return self._answer(request, attempt, error)

    def submit(
        self,
        asked: Sequence[tuple[_Request, bytes]],
        done: Callable[[Sequence[tuple[_Request, "SyncAnswer"]]], None],
    ) -> Sequence[tuple[_Request, bytes]]:
        """Have requests applied together where nothing but the disk has to be waited for.

        Args:
            asked: requests, each with its body, JSON.
            done: told in the event loop what to answer each that is applied. Once that is sent,
                `conclude` wants to be told.

        Returns:
            all other requests, with which nothing was done: `answer` is for them.
        """
        if self._limiter is not None:
            return asked
        begun = [(self._recognize(request), request, body) for request, body in asked]
        requests = {attempt.id: request for attempt, request, _ in begun if attempt is not None}

        def finish(concluded: Concluded) -> None:
            done([self._conclusion(requests[one.id], one, fault) for one, fault in concluded])

        known = [(attempt, body) for attempt, _, body in begun if attempt is not None]
        going = {attempt.id for attempt in self._sync.submit(known, finish)}
        others = []
        for attempt, request, body in begun:
            if attempt is None or attempt.id not in going:
                others.append((request, body))
            else:
                request.body = body
        return others

    def conclude(self, request: "SyncRequest", answer: "SyncAnswer", seconds: float) -> None:
        """Note what became of a request, and how long it took: in the sync log, in the metrics."""
        attempt = answer.attempt
        duration = timedelta(seconds=seconds)
        if attempt is not None:
            self._log.add(attempt.to_record(answer.status, duration, answer.error))
            self._metrics.observe(attempt, answer.status)
        if self._observers:
            exchange = Exchange(
                request.integration_key,
                attempt,
                request.body,
                answer.status,
                answer.content,
                answer.error,
                duration,
            )
            for observer in self._observers:
                observer.observe(exchange)

    def _recognize(self, request: "SyncRequest") -> SyncAttempt | None:
        """Return the attempt where memory knows who asks, and for which integration."""
        principal = self._authenticator.cached(_header(request, b"authorization"))
        integration = self._catalog.current.find(request.integration_key)
        if principal is None or integration is None:
            return None
        return self._sync.begin(integration, principal)

    def _conclusion(
        self, request: _Request, attempt: SyncAttempt, fault: Exception | None
    ) -> tuple[_Request, "SyncAnswer"]:
        error = None if fault is None else _to_error(fault, attempt)
        return request, self._answer(request, attempt, error)

    async def _identify(self, request: "SyncRequest") -> Principal:
        """Find out who asks. Who is unknown counts against the limits that are not a token's."""
        credential = _header(request, b"authorization")
        principal = self._authenticator.cached(credential)
        if principal is not None:
            return principal
        try:
            return await self._authenticator.authenticate(credential)
        except UnauthenticatedError:
            if self._limiter is not None:
                await self._count(self._limiter, request, None)
            raise

    async def _count(
        self, limiter: RateLimiter, request: "SyncRequest", token_id: TokenId | None
    ) -> None:
        """Count a request before anything of it is applied.

        Raises:
            RateLimitedError: a limit is used up.
        """
        request.verdict = await limiter.admit(ROUTE_NAME, token_id)
        if request.verdict is not None and request.verdict.refusal is not None:
            raise request.verdict.refusal

    def _answer(
        self, request: "SyncRequest", attempt: SyncAttempt, error: MusterError | None
    ) -> "SyncAnswer":
        """Return what the manifest's jsonResponseBody renders, or the usual."""
        status = status_of(error) if error else 200
        template = attempt.integration.response_template
        if template is not None:
            try:
                content = template.render(self._values(request, attempt, status, error))
                return SyncAnswer(status, content, attempt, error, request.verdict)
            except ResponseTemplateError as failed:
                _log.warning(
                    "jsonResponseBody not rendered",
                    integration=attempt.integration.key,
                    reason=failed.message,
                )
        if error:
            return SyncAnswer(status, error_body(error), attempt, error, request.verdict)
        return SyncAnswer(204, b"", attempt, None, request.verdict)

    def _values(
        self,
        request: "SyncRequest",
        attempt: SyncAttempt,
        status: int,
        error: MusterError | None,
    ) -> ResponseValues:
        environment = attempt.environment
        project_key = environment.project_key if environment else ""
        environment_key = environment.key if environment else ""
        segment_key = attempt.segment_keys[0] if attempt.segment_keys else ""
        segment_url = ""
        if environment and segment_key:
            base = self._public_url or _asked_address(request)
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


@dataclass(slots=True)
class SyncRequest:
    """A request as it came in.

    Attributes:
        integration_key: as the path gives it.
        headers: names in lower case, and values.
        started: when it came in, by `time.perf_counter`.
        body: decompressed; None until it is read.
        verdict: where it stands against the rate limits; None where none applies.
    """

    integration_key: str
    headers: Sequence[tuple[bytes, bytes]]
    scheme: str
    started: float = field(default_factory=time.perf_counter)
    body: bytes | None = None
    verdict: Verdict | None = None


class SyncAnswer(NamedTuple):
    """What to answer a request.

    Attributes:
        content: the body, JSON; empty for none.
        attempt: what became of the request; None when it is unknown who asks, or for what.
        error: why it was refused, or None.
        verdict: where the request stands against the rate limits; None where none applies.
    """

    status: int
    content: bytes
    attempt: SyncAttempt | None = None
    error: MusterError | None = None
    verdict: Verdict | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers to send."""
        headers = []
        if self.status != 204:
            headers.append((b"content-length", b"%d" % len(self.content)))
        if self.content:
            headers.append(_JSON)
        if self.attempt is not None:
            headers.append((b"x-request-id", self.attempt.id.encode()))
        if self.status == 405:
            headers.append(_ALLOW)
        if self.status in UNREAD_BODY:
            headers.append(_CLOSE)
        if self.verdict is not None:
            headers += limit_headers(self.verdict)
        return headers


def _refuse_unknown(key: str) -> NoReturn:
    raise NotFoundError(
        f"There is no integration {key[:64]!r}. `muster catalog list` shows those there "
        "are; add a folder of your own with MUSTER_CATALOG."
    )


def _to_error(fault: Exception, attempt: SyncAttempt | None) -> MusterError:
    """Return what the client may know of a fault; log what is Muster's own."""
    if isinstance(fault, MusterError):
        return fault
    request_id = attempt.id if attempt else RequestId(new_id())
    _log.error("sync request failed", request_id=request_id, exc_info=fault)
    return InternalError(f"Something went wrong in Muster; request {request_id}.")


def _header(request: SyncRequest, wanted: bytes) -> str | None:
    for name, value in request.headers:
        if name == wanted:
            return value.decode("latin-1")
    return None


def _asked_address(request: SyncRequest) -> str:
    return f"{request.scheme}://{_header(request, b'host') or 'localhost'}"


async def _respond(send: Send, answer: SyncAnswer) -> None:
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": answer.headers()}
    )
    await send({"type": "http.response.body", "body": answer.content})
