"""The options of commands that also work on a server elsewhere: --url, --token and --token-file."""

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from muster.cli.confirmation import has_terminal
from muster.core.secrets import Secret

_CHOICE: Final = "muster.server"
"""Under which name a command's context holds what was said of a server."""
_CHOSEN: Final = "muster.chosen-server"
"""Under which name it holds the server: a token is asked for, or read, once a command."""
_FROM_STDIN: Final = "-"
_Command = TypeVar("_Command", bound=Callable[..., Any])

_Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="MUSTER_URL",
        help="Address of a Muster elsewhere to work on, over its REST API, instead of a data folder.",
        show_default=False,
    ),
]
_Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="MUSTER_TOKEN",
        metavar="TOKEN|-",
        help="Access token for --url; - reads it from standard input. Prefer the variable or a file: flags "
        "show in lists of processes.",
        show_default=False,
    ),
]
_TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="File that holds the access token.", show_default=False),
]
_OPTIONS: Final = {"url": _Url, "token": _Token, "token_file": _TokenFile}


@dataclass(frozen=True, slots=True)
class ChosenServer:
    """A server elsewhere that a command is to work on."""

    url: str
    token: Secret


class RemoteTyper(typer.Typer):
    """A group of commands that all take --url, --token and --token-file.

    `open_tools` heeds them; the functions do not see them.
    """

    def command(self, name: str | None = None, **options: Any) -> Callable[[_Command], _Command]:
        """Register a command, as Typer does; its function has a parameter `context`."""
        register = super().command(name, **options)

        def add(function: _Command) -> _Command:
            register(_with_options(function))
            return function

        return add


def find_server(context: typer.Context, local_flags: Sequence[str]) -> ChosenServer | None:
    """Return the server that a command is to work on; None for a data directory.

    Args:
        local_flags: the flags that were given and name a data directory: they overrule a variable.

    Raises:
        BadParameter: both a server and a data directory are given, or no access token is.
    """
    chosen: ChosenServer | None = context.meta.get(_CHOSEN)
    if chosen is None:
        chosen = context.meta[_CHOSEN] = _choose(context, local_flags)
    return chosen


def takes_stdin(context: typer.Context) -> bool:
    """Tell whether the access token is to be read from standard input."""
    url, token, _ = context.meta.get(_CHOICE, (None, None, None))
    return bool(url) and token == _FROM_STDIN and not has_terminal()


def _choose(context: typer.Context, local_flags: Sequence[str]) -> ChosenServer | None:
    url, token, token_file = context.meta.get(_CHOICE, (None, None, None))
    if not url or (local_flags and not _is_flag(context, "url")):
        if token_file is not None or (token is not None and _is_flag(context, "token")):
            raise typer.BadParameter("it is only for --url", param_hint="--token")
        return None
    if local_flags:
        raise typer.BadParameter(
            f"not together with {local_flags[0]}: a command works on a server elsewhere or on a data folder",
            param_hint="--url",
        )
    if token_file is not None and token is not None and _is_flag(context, "token"):
        raise typer.BadParameter("not together with --token", param_hint="--token-file")
    if token_file is not None:
        token = _read(token_file)
    elif token == _FROM_STDIN:
        token = _ask() if has_terminal() else sys.stdin.readline()
    elif not token and has_terminal():
        token = _ask()
    if not token or not token.strip():
        raise typer.BadParameter(
            "an access token is needed for --url; set MUSTER_TOKEN, or give --token-file FILE or --token -",
            param_hint="--token",
        )
    return ChosenServer(url, Secret(token.strip()))


def _with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that takes the options as well, and keeps what is given in its context."""
    signature = inspect.signature(function)

    @wraps(function)
    def command(**values: Any) -> Any:
        values["context"].meta[_CHOICE] = tuple(values.pop(name) for name in _OPTIONS)
        return function(**values)

    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _OPTIONS.items()
    ]
    parameters = [*signature.parameters.values(), *added]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command


def _is_flag(context: typer.Context, name: str) -> bool:
    """Tell whether a value was given on the command line, not as a variable."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise typer.BadParameter(
            f"{file} can't be read: {error.strerror}.", param_hint="--token-file"
        ) from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file} holds no text.", param_hint="--token-file") from error


def _ask() -> str:
    try:
        return getpass("Access token: ")
    except EOFError:
        return ""
