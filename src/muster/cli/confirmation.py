"""Asking before something is deleted."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.prompt import Confirm
from rich.text import Text

from muster.cli.output import print_note, printable

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def require_terminal(yes: bool) -> None:
    """Check that there is a terminal to ask on, unless nothing is to be asked.

    Raises:
        BadParameter: there is none.
    """
    if not yes and not has_terminal():
        raise typer.BadParameter("needed where there is no terminal to ask on", param_hint="--yes")


def confirm(question: str) -> None:
    """Ask whether to delete something.

    Raises:
        Exit: it is not to be; with 1.
    """
    if not Confirm.ask(Text(printable(question)), console=Console(stderr=True), default=False):
        print_note("Nothing was deleted.")
        raise typer.Exit(1)


def has_terminal() -> bool:
    """Tell whether there is a terminal to ask on."""
    return sys.stdin.isatty()
