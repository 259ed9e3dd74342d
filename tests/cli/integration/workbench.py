"""The commands of the workbench, run over real folders as the program runs them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import typer
from typer.testing import CliRunner, Result

from muster.bootstrap.runtime import ProgramRuntime
from muster.cli.app import MusterGroup


class Workbench:
    """Some commands, each under its own name."""

    def __init__(self, **commands: Callable[..., None]) -> None:
        self._app = typer.Typer(
            cls=MusterGroup, context_settings={"obj": ProgramRuntime()}, rich_markup_mode=None
        )
        self._app.callback()(lambda: None)
        for name, command in commands.items():
            self._app.command(name)(command)

    def run(self, *args: str) -> Result:
        """Run a command as if its output went to a pipe."""
        return CliRunner().invoke(self._app, args)

    def run_json(self, *args: str, exit_code: int = 0) -> Any:
        """Run a command; return the JSON document that it printed."""
        result = self.run(*args)
        assert result.exit_code == exit_code, result.output
        return orjson.loads(result.stdout)


def write_integration(folder: Path, files: dict[str, bytes]) -> Path:
    """Write the files of an integration, or over some of them; return its folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
