"""The program `muster`: its commands, and how each of them may end.

Exit codes: 0 all well, 1 failed, 2 not used rightly, 130 interrupted.
"""

import os
import platform
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from muster import __version__
from muster.cli import backup
from muster.cli.options import AsJson
from muster.cli.output import print_json, print_note
from muster.cli.runtime import Runtime
from muster.cli.serve import serve
from muster.core.errors import MusterError

TRACEBACK_VARIABLE: Final = "MUSTER_TRACEBACK"
"""Set to anything, it lets an error that nobody foresaw show where it came from."""


_GROUPS: Final = {
    "projects": "muster.cli.projects",
    "environments": "muster.cli.environments",
    "segments": "muster.cli.segments",
    "contexts": "muster.cli.contexts",
    "token": "muster.cli.token",
    "roles": "muster.cli.roles",
    "members": "muster.cli.members",
    "webhooks": "muster.cli.webhooks",
    "relay-configs": "muster.cli.relay_configs",
    "integration-configs": "muster.cli.integration_configs",
    "requests": "muster.cli.requests",
    "audit": "muster.cli.audit",
    "catalog": "muster.cli.catalog",
    "integration": "muster.cli.integration.app",
}
"""Groups of commands, in the order of the help: the module whose `app` each is."""


def build_cli(runtime: Runtime, first_argument: str | None = None) -> typer.Typer:
    """Return the command line.

    Args:
        runtime: the program that the commands run.
        first_argument: what the program is called with; where it names a command, the groups of
            others are not loaded, for that takes longer than most commands do.
    """
    app = typer.Typer(
        name="muster",
        cls=MusterGroup,
        help="Muster keeps the cohorts of customer data platforms as segments that feature flags "
        "can target.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        # Plain text: Rich's boxes leave help so little room that it cuts words.
        rich_markup_mode=None,
        context_settings={"obj": runtime, "help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    app.command("serve")(serve)
    app.command("backup")(backup.backup)
    app.command("restore")(backup.restore)
    app.command("version")(_version)
    names = {command.name for command in app.registered_commands} | _GROUPS.keys()
    for name, module in _GROUPS.items():
        if name == first_argument or first_argument not in names:
            app.add_typer(import_module(module).app, name=name)
    return app


class MusterGroup(TyperGroup):
    """The root of the commands; it turns what they raise into a message and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and leave the process; see the module for the exit codes."""
        try:
            try:
                return super().main(*args, **kwargs)
            finally:
                # Now rather than at exit, where a closed pipe could no longer be handled.
                sys.stdout.flush()
        except BrokenPipeError:
            _discard_output()
        except MusterError as error:
            print_note(f"Error: {error.message}")
        except Exception as error:
            if os.environ.get(TRACEBACK_VARIABLE):
                raise
            print_note(f"Error: {_describe(error)}")
        sys.exit(1)


def _describe(error: Exception) -> str:
    """Put an error into words that nobody foresaw; its own may hold what must not be shown."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}."
    return (
        f"Something went wrong in Muster that nobody foresaw ({type(error).__name__}). Run the "
        f"command with {TRACEBACK_VARIABLE}=1 to see where, and report it."
    )


def _discard_output() -> None:
    """Let whatever is still to be written to a closed pipe go nowhere, quietly."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"muster {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take the options of `muster` itself."""


def _version(as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        print_json({"version": __version__, "python": platform.python_version()})
    else:
        typer.echo(f"muster {__version__}")
