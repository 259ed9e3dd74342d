"""One request to a Muster, and its answer."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from muster import __version__
from muster.core.errors import InvalidRequestError, NotFoundError, UnavailableError
from muster.core.secrets import Secret
from muster.push.endpoint import endpoint_url

_SECONDS: Final = 60.0
_TOKEN: Final = re.compile(r"[!-~]+")
_JSON: Final = {"Content-Type": "application/json"}
_MOST_ENVIRONMENTS: Final = 1000
_SHOWN_CONTENT: Final = 300
_LAST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Server:
    """A Muster, and a token that it knows.

    Attributes:
        url: its address, without a slash at the end.
    """

    url: str
    token: Secret

    @classmethod
    def of(cls, url: str, token: str) -> "Server":
        """Check an address and a token as a user wrote them.

        Raises:
            InvalidRequestError: the address is none of a server, or the token holds what no token does.
        """
        check_url(url)
        if not _TOKEN.fullmatch(token):
            raise InvalidRequestError(
                "The access token is empty or holds what no token does, such as a space or a line's end."
            )
        return cls(url.rstrip("/"), Secret(token))

    @property
    def host(self) -> str:
        """The host of its address, in lower case; an IPv6 address without brackets."""
        return httpx.URL(self.url).host

    @property
    def is_loopback(self) -> bool:
        """Whether its address leads nowhere but to this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def trusts_environment(self) -> bool:
        """Whether proxies that variables name are used: not to reach this machine."""
        return not self.is_loopback

    @property
    def headers(self) -> dict[str, str]:
        """What each request to it carries."""
        return {"Authorization": self.token.reveal(), "User-Agent": f"muster/{__version__}"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where an integration's bodies are sent, and with which token."""

    server: Server
    integration_key: str

    @property
    def endpoint(self) -> str:
        """The address that takes the bodies."""
        return endpoint_url(self.server.url, self.integration_key)

    @property
    def headers(self) -> dict[str, str]:
        """What each sync request carries."""
        return self.server.headers | _JSON


@dataclass(frozen=True, slots=True)
class Answer:
    """What a Muster answered.

    Attributes:
        retry_after: the Retry-After header, as it was sent.
    """

    status: int
    content: str
    request_id: str | None
    retry_after: str | None

    @classmethod
    def of(cls, response: httpx.Response) -> "Answer":
        """Take what matters from a response."""
        headers = response.headers
        return cls(
            response.status_code,
            response.text,
            headers.get("X-Request-Id"),
            headers.get("Retry-After"),
        )

    @property
    def is_success(self) -> bool:
        """Whether the request was applied."""
        return 200 <= self.status < 300

    @property
    def message(self) -> str:
        """What is wrong: the `message` of an error of Muster's, else how the content begins."""
        text = _find(self.content, "message")
        shown = text if isinstance(text, str) else self.content
        return shown if len(shown) <= _SHOWN_CONTENT else f"{shown[:_SHOWN_CONTENT]}..."


def check_url(url: str) -> None:
    """Make sure that a user's text is a server's address.

    Raises:
        InvalidRequestError: it is not.
    """
    example = "Write it as http://127.0.0.1:8080."
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidRequestError(f"{url!r} is not an address: {error} {example}") from None
    if parsed.userinfo:
        raise InvalidRequestError(
            "The server's address holds a user's name or password. Leave it out: Muster takes an access "
            "token."
        )
    is_server = _is_host(parsed.host) and (parsed.port or 80) <= _LAST_PORT
    if parsed.scheme not in {"http", "https"} or not is_server:
        raise InvalidRequestError(f"{url!r} is not the address of a server. {example}")
    if parsed.query or parsed.fragment:
        raise InvalidRequestError(f"{url!r} goes on after the address of a server. {example}")


def _is_host(text: str) -> bool:
    try:
        text.encode("idna")  # as it is before it is looked up
    except UnicodeError:
        return False
    return bool(text) and "%" not in text  # which stands for what no host's name holds


def send(target: Target, body: bytes) -> Answer:
    """Send one sync request.

    Args:
        body: JSON in UTF-8.

    Raises:
        UnavailableError: there was no answer; whether the request was applied is then unknown.
    """
    return _request(target.server, "POST", target.endpoint, headers=target.headers, content=body)


def find_client_side_id(server: Server, project_key: str, environment_key: str) -> str:
    """Return the client-side ID of an environment, as the server tells it.

    Raises:
        NotFoundError: there is none of that name, or the token may not see it.
        UnavailableError: there was no answer.
    """
    address = f"{server.url}/api/v2/projects/{project_key}/environments"
    answer = _request(
        server, "GET", address, headers=server.headers, params={"limit": _MOST_ENVIRONMENTS}
    )
    if not answer.is_success:
        raise NotFoundError(
            f"{address} was answered {answer.status}: {answer.message} A token that only syncs may not "
            "look there: give the client-side ID with --environment-id."
        )
    items = _find(answer.content, "items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("key") == environment_key and item.get("_id"):
            return str(item["_id"])
    raise NotFoundError(
        f"{server.url} has no environment {environment_key!r} in the project {project_key!r} that this "
        "token may see. Give the client-side ID of another with --environment-id."
    )


def _request(server: Server, method: str, address: str, **options: Any) -> Answer:
    try:
        response = httpx.request(
            method, address, timeout=_SECONDS, trust_env=server.trusts_environment, **options
        )
    except httpx.RequestError as error:
        raise UnavailableError(
            f"There was no answer from {address}: {describe_failure(error)}."
        ) from error
    return Answer.of(response)


def describe_failure(error: httpx.RequestError) -> str:
    """Say in words why there was no answer."""
    detail = str(error).rstrip(".") or type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"no connection ({detail})"
    if isinstance(error, httpx.TimeoutException):
        return f"it took too long ({detail})"
    return f"the connection broke ({detail})"


def _find(content: str, name: str) -> Any:
    """Return what a JSON object holds under a name; None where there is none."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return document.get(name) if isinstance(document, dict) else None
