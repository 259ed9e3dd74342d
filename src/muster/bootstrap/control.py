"""The control socket: how commands on the same machine ask a running server for something.

A Unix domain socket in the data directory, open to the user that runs the server and to nobody
else. One JSON object a line: `{"command": NAME, ...}` is answered by `{"result": ...}` or
`{"error": MESSAGE}`.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from muster.core.errors import MusterError, UnavailableError

_log = structlog.get_logger(__name__)

SOCKET_NAME: Final = "control.sock"
_LINE_LIMIT: Final = 1 << 20

Handler = Callable[[dict[str, Any]], Awaitable[Any]]


@contextmanager
def _address(data_dir: Path) -> Iterator[str]:
    """Give the socket's address; through a descriptor, since an address has 107 bytes at most."""
    descriptor = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)


class NoServerError(UnavailableError):
    """No server runs on the data directory."""


class ControlServer:
    """Answers commands on the socket."""

    def __init__(self, data_dir: Path, handlers: Mapping[str, Handler]) -> None:
        self._data_dir = data_dir
        self._handlers = handlers
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Open the socket; one that is there is a left-over, for this server holds the stores."""
        (self._data_dir / SOCKET_NAME).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            old_mask = os.umask(0o177)
            try:
                with _address(self._data_dir) as address:
                    listener.bind(address)
            finally:
                os.umask(old_mask)
            self._server = await asyncio.start_unix_server(
                self._serve, sock=listener, limit=_LINE_LIMIT
            )
        except BaseException:
            listener.close()
            raise

    async def stop(self) -> None:
        """Close the socket."""
        if self._server is not None:
            self._server.close()
            (self._data_dir / SOCKET_NAME).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            writer.write(orjson.dumps(await self._answer(line)) + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError):
            return
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = orjson.loads(line)
            handler = self._handlers[request["command"]]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return {"error": "The server does not know this command; is it of the same version?"}
        try:
            return {"result": await handler(request)}
        except MusterError as error:
            return {"error": error.message}
        except Exception:
            _log.exception("command failed", command=request["command"])
            return {"error": "The command failed in the server; its log says why."}


def ask_server(data_dir: Path, command: str, **arguments: Any) -> Any:
    """Send a command to the server that runs on a data directory; return its result.

    Raises:
        NoServerError: no server runs there.
        UnavailableError: the command failed.
    """
    request = orjson.dumps({"command": command, **arguments}) + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            with _address(data_dir) as address:
                connection.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
            raise NoServerError(
                f"No server is running on {data_dir}: start one with `muster serve`, or name its "
                "data directory with --data-dir."
            ) from error
        except PermissionError as error:
            raise UnavailableError(
                f"The server on {data_dir} runs as another user: run this command as that user."
            ) from error
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            line = stream.readline()
    if not line:
        raise UnavailableError("The server closed the connection without an answer.")
    answer = orjson.loads(line)
    if "error" in answer:
        raise UnavailableError(answer["error"])
    return answer["result"]
