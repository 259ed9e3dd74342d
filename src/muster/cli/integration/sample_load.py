"""Sending samples as a load: what has to be known first, and how it goes."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from muster.cli.integration.load_view import print_report
from muster.cli.options import DEFAULT_ENVIRONMENT, DEFAULT_PROJECT
from muster.cli.output import print_note
from muster.core.errors import InvalidRequestError
from muster.payloads.parser import RequestParser
from muster.payloads.sampling import SampleShape
from muster.payloads.turnover import (
    Batch,
    TurnoverPlan,
    fit_batch,
    make_batch,
    plan_turnover,
    take_turns,
)
from muster.push.client import Server, Target, find_client_side_id
from muster.push.load import Load, LoadPlan, LoadReport

_MAX_REQUESTS: Final = 5_000_000
_MAX_PREPARED_BYTES: Final = 32 * 1024 * 1024
_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """A load as it was asked for.

    Attributes:
        shape: what is sent; its environment counts only where `environment_id` is given.
        max_bytes: how large a body may be; None to have as many members as the shape says.
        environment_id: None to ask the server.
        allowed_host: the host that may be sent to, besides this machine.
    """

    integration_key: str
    parser: RequestParser
    shape: SampleShape
    max_bytes: int | None
    environment_id: str | None
    url: str
    token: str | None
    rate: float
    seconds: float
    connections: int
    allowed_host: str | None


def send_load(request: LoadRequest, *, as_json: bool) -> None:
    """Send a load, show how it goes, print what became of it.

    Raises:
        typer.BadParameter: there is no token, the address is none, or it is not this machine and was
            not allowed; or it would be too large.
        BuildError: the manifest can't say it.
        NotFoundError: the server does not tell the environment's client-side ID.
        UnavailableError: it does not answer.
        typer.Exit: something failed (1), or Ctrl-C ended it (130).
    """
    plan = LoadPlan(request.rate, request.seconds, request.connections)
    if plan.requests > _MAX_REQUESTS:
        raise typer.BadParameter(
            f"That makes {plan.requests:,} requests; at most {_MAX_REQUESTS:,} are measured at once.",
            param_hint="--for",
        )
    server = _find_server(request)
    environment_id = request.environment_id or _ask_for_environment(server)
    with _showing_progress() as progress:
        turnover, batches = _prepare(request, environment_id, plan, progress)
        load = Load(
            Target(server, request.integration_key), plan, take_turns(batches, turnover.inside)
        )
        report = _run(load, progress, plan)
    print_report(report, as_json=as_json)
    if report.interrupted:
        raise typer.Exit(_INTERRUPTED)
    if not report.is_clean:
        raise typer.Exit(1)


def _find_server(request: LoadRequest) -> Server:
    if not request.token:
        raise typer.BadParameter(
            "A load needs an access token: set MUSTER_TOKEN.", param_hint="--token"
        )
    try:
        server = Server.of(request.url, request.token)
    except InvalidRequestError as error:
        raise typer.BadParameter(error.message) from error
    allowed = (request.allowed_host or "").strip("[]").lower()
    if not server.is_loopback and server.host != allowed:
        raise typer.BadParameter(
            f"A load can bring a server down, and {server.host} is not this machine. If it is yours and "
            f"may be hit, say --yes-send-to {server.host}.",
            param_hint="--url",
        )
    return server


def _ask_for_environment(server: Server) -> str:
    found = find_client_side_id(server, DEFAULT_PROJECT, DEFAULT_ENVIRONMENT)
    print_note(f"Sending to {DEFAULT_PROJECT}/{DEFAULT_ENVIRONMENT}, client-side ID {found}.")
    return found


def _prepare(
    request: LoadRequest, environment_id: str, plan: LoadPlan, progress: Progress
) -> tuple[TurnoverPlan, list[Batch]]:
    """Make all bodies, so that none has to be made when it is due."""
    parser = request.parser
    shape = replace(request.shape, environment_id=environment_id)
    if request.max_bytes is not None:
        shape = fit_batch(parser, shape, request.max_bytes)
    if not shape.added:
        raise typer.BadParameter("A load needs members.", param_hint="--members")
    first = make_batch(parser, shape, 0)
    turnover = plan_turnover(first, plan.requests, plan.connections, _MAX_PREPARED_BYTES)
    batches = [first]
    task = progress.add_task("Making bodies", total=turnover.batches, state="")
    for index in range(1, turnover.batches):
        batches.append(make_batch(parser, shape, index))
        progress.update(task, completed=index)
    progress.remove_task(task)
    return turnover, batches


@contextmanager
def _showing_progress() -> Iterator[Progress]:
    """Show progress on stderr, where that is a terminal."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[state]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        yield progress


def _run(load: Load, progress: Progress, plan: LoadPlan) -> LoadReport:
    task = progress.add_task("Sending", total=plan.seconds, state="")

    def show() -> None:
        measured = load.measurements
        rate = measured.sent / measured.last_sent_at if measured.last_sent_at else 0
        waiting = measured.sent - measured.ended
        state = f"{rate:,.0f}/s, {measured.failed:,} failed, {waiting:,} under way"
        progress.update(task, completed=min(load.elapsed_seconds, plan.seconds), state=state)

    with asyncio.Runner() as runner:
        return runner.run(_run_until_interrupted(load, show))


async def _run_until_interrupted(load: Load, show: Callable[[], None]) -> LoadReport:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, load.stop)
    try:
        return await load.run(show)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
