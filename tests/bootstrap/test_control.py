"""The control socket, with a real server at its other end."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from muster.bootstrap.control import SOCKET_NAME, ControlServer, NoServerError, ask_server
from muster.core.errors import ConflictError, UnavailableError


async def echo(request: dict[str, Any]) -> dict[str, Any]:
    return {"said": request["text"]}


async def refuse(_: dict[str, Any]) -> None:
    raise ConflictError("That is taken.")


async def break_down(_: dict[str, Any]) -> None:
    raise ValueError("a defect")


async def ask(data_dir: Path, command: str, **arguments: Any) -> Any:
    return await asyncio.to_thread(ask_server, data_dir, command, **arguments)


async def test_a_command_is_answered(tmp_path: Path) -> None:
    deep = tmp_path / ("long-name-" * 12)
    deep.mkdir()
    server = ControlServer(deep, {"echo": echo, "refuse": refuse, "break": break_down})
    await server.start()
    try:
        assert await ask(deep, "echo", text="é" * 1000) == {"said": "é" * 1000}
        with pytest.raises(UnavailableError, match=r"That is taken\."):
            await ask(deep, "refuse")
        with pytest.raises(UnavailableError, match="its log says why"):
            await ask(deep, "break")
        with pytest.raises(UnavailableError, match="does not know this command"):
            await ask(deep, "dance")
        assert stat.S_IMODE((deep / SOCKET_NAME).stat().st_mode) == 0o600
    finally:
        await server.stop()
    with pytest.raises(NoServerError, match="muster serve"):
        await ask(deep, "echo", text="x")


async def test_a_left_over_of_a_crash_is_no_server(tmp_path: Path) -> None:
    server = ControlServer(tmp_path, {"echo": echo})
    await server.start()
    (tmp_path / SOCKET_NAME).rename(tmp_path / "kept")
    await server.stop()
    (tmp_path / "kept").rename(tmp_path / SOCKET_NAME)
    with pytest.raises(NoServerError):
        await ask(tmp_path, "echo", text="x")
    again = ControlServer(tmp_path, {"echo": echo})
    await again.start()
    assert await ask(tmp_path, "echo", text="x") == {"said": "x"}
    await again.stop()


async def test_no_data_directory_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(NoServerError):
        await ask(tmp_path / "none", "echo")
