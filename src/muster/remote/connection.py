"""Asking a Muster elsewhere over its REST API."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Final, TypeVar
from urllib.parse import quote

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from muster.core.clock import Clock, SystemClock
from muster.core.errors import InvalidRequestError, NotFoundError, UnavailableError
from muster.push.client import Server, describe_failure
from muster.remote.answers import (
    TOO_MANY_REQUESTS,
    UnexpectedAnswerError,
    error_of,
    no_muster,
    seconds_to_wait,
)

_API: Final = "/api/v2"
_SECONDS: Final = 60.0
_CONNECT_SECONDS: Final = 10.0
_MOST_REPETITIONS: Final = 5
_LONGEST_WAIT_SECONDS: Final = 30.0
_NAMES_NOTHING: Final = frozenset({"", ".", ".."})
_Shape = TypeVar("_Shape", bound=BaseModel)

Query = Mapping[str, str | int | Sequence[str] | None]
"""Parameters of a query, by name; None for one that is left out."""


class Connection:
    """A connection to a server. Close it when it is no longer needed.

    A read that is refused because too much was asked is repeated once the server allows it, at most five
    times, and only where the wait is no longer than 30 seconds. A change is never repeated.
    """

    def __init__(
        self,
        server: Server,
        *,
        timeout_seconds: float = _SECONDS,
        wait: Callable[[float], None] = time.sleep,
        clock: Clock | None = None,
    ) -> None:
        if server.url.endswith(_API):
            raise InvalidRequestError(
                f"{server.url} goes on after the address of the server. Leave {_API} out."
            )
        self._root = server.url + _API
        self._wait = wait
        self._clock = clock or SystemClock()
        self._client = httpx.Client(
            headers={**server.headers, "Accept": "application/json"},
            timeout=httpx.Timeout(timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds)),
            trust_env=server.trusts_environment,
            verify=httpx.create_ssl_context(),  # SSL_CERT_FILE counts, on this machine, too
        )

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def get(self, shape: type[_Shape], *place: str, query: Query | None = None) -> _Shape:
        """Return what a path shows.

        Args:
            shape: what is expected of the answer.
            place: the parts of the path behind `/api/v2/`, as they are.

        Raises:
            MusterError: as the server says; `UnavailableError` where it does not answer, and
                `UnexpectedAnswerError` for what a Muster does not answer.
        """
        return self._read(shape, self._ask("GET", place, query))

    def find(self, shape: type[_Shape], *place: str) -> _Shape | None:
        """Return what a path shows; None where there is nothing, or nothing for this token to see."""
        try:
            return self.get(shape, *place)
        except NotFoundError:
            return None

    def search(
        self, shape: type[_Shape], *place: str, body: Any, query: Query | None = None
    ) -> _Shape:
        """Return what a POST that changes nothing shows; see `get`."""
        return self._read(shape, self._ask("POST", place, query, body))

    def post(
        self, shape: type[_Shape], *place: str, body: Any = None, query: Query | None = None
    ) -> _Shape:
        """Return what a POST that changes something answers; see `get`."""
        return self._read(shape, self._send("POST", place, query, body))

    def patch(self, shape: type[_Shape], *place: str, values: Mapping[str, Any]) -> _Shape:
        """Replace values of what a path shows, and return what it shows then; see `get`."""
        operations = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
        return self._read(shape, self._send("PATCH", place, None, operations))

    def send(
        self, method: str, *place: str, body: Any, content_type: str = "application/json"
    ) -> None:
        """Send a change whose answer tells nothing that is wanted; see `get`."""
        content = orjson.dumps(body)
        self._accepted(
            self._request(method, place, content=content, headers={"Content-Type": content_type})
        )

    def upload(
        self, *place: str, form: Mapping[str, str], file: tuple[str, BinaryIO]
    ) -> httpx.Response:
        """Send a form with a file, which is read as it is sent; return the answer. See `get`.

        Args:
            file: what it is called, and its content.
        """
        name, content = file
        return self._accepted(
            self._request("POST", place, data=form, files={"file": (name, content, "text/csv")})
        )

    def delete(self, *place: str) -> None:
        """Delete what a path shows; see `get`."""
        self._send("DELETE", place)

    def _ask(
        self, method: str, place: Sequence[str], query: Query | None = None, body: Any = None
    ) -> httpx.Response:
        for _ in range(_MOST_REPETITIONS):
            response = self._exchange(method, place, query, body)
            if response.status_code != TOO_MANY_REQUESTS:
                break
            seconds = seconds_to_wait(response, self._clock.now())
            if seconds is None or seconds > _LONGEST_WAIT_SECONDS:
                break
            self._wait(seconds)
        else:
            response = self._exchange(method, place, query, body)
        return self._accepted(response)

    def _send(
        self, method: str, place: Sequence[str], query: Query | None = None, body: Any = None
    ) -> httpx.Response:
        return self._accepted(self._exchange(method, place, query, body))

    def _accepted(self, response: httpx.Response) -> httpx.Response:
        if not response.is_success:
            raise error_of(response, self._clock.now())
        return response

    def _exchange(
        self, method: str, place: Sequence[str], query: Query | None, body: Any
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        content = None if body is None else orjson.dumps(body)
        headers = None if body is None else {"Content-Type": "application/json"}
        return self._request(method, place, params=given, content=content, headers=headers)

    def _request(self, method: str, place: Sequence[str], **options: Any) -> httpx.Response:
        address = self._address(place)
        try:
            return self._client.request(method, address, **options)
        except httpx.RequestError as error:
            raise UnavailableError(_no_answer(address, error)) from error

    def _address(self, place: Sequence[str]) -> str:
        for part in place:
            if part in _NAMES_NOTHING:  # in a path they would lead elsewhere
                raise NotFoundError(f"There is nothing that is named {part!r}.")
        return "/".join([self._root, *(quote(part, safe="") for part in place)])

    @staticmethod
    def _read(shape: type[_Shape], response: httpx.Response) -> _Shape:
        if response.headers.get("Content-Type", "").partition(";")[0] != "application/json":
            raise no_muster(response)
        try:
            return shape.model_validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = "/".join(str(part) for part in first["loc"])
            raise UnexpectedAnswerError(
                f"{response.request.url.copy_with(query=None)} was answered with what this version of "
                f"Muster does not understand: {where}: {first['msg']}. Is there a Muster at this address, "
                "and is it as new as this one?"
            ) from None


def _no_answer(address: str, error: httpx.RequestError) -> str:
    text = f"There was no answer from {address}: {describe_failure(error)}."
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"{text} SSL_CERT_FILE names the file of certificates that are trusted, such as your own."
    if isinstance(error, httpx.ConnectError):
        return f"{text} Is the address right (https:// or http://, name, port), and does a Muster run there?"
    return text
