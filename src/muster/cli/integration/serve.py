"""`muster integration serve`: a sandbox for one integration."""

import re
import secrets
from typing import Annotated, Final

import typer

from muster.cli.integration.loading import IntegrationName
from muster.cli.integration.sandbox_view import JsonLinesView, TextView
from muster.cli.options import AsJson, runtime_of
from muster.cli.runtime import SandboxOptions
from muster.core.errors import InvalidRequestError
from muster.sync.simulation import DEFAULT_SHARES, Fault, FaultPlan

DEFAULT_PORT: Final = 8080
_LATENCY: Final = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?", re.ASCII)
_DEFAULTS: Final = FaultPlan()


def _chance(fault: Fault, what: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        f"--chance-{fault}",
        min=0.0,
        max=1.0,
        help=f"With --strict: share of requests, 0 to 1, {what}.  [default: {DEFAULT_SHARES[fault]:g}]",
        show_default=False,
    )
    return option


def serve(
    context: typer.Context,
    integration: IntegrationName,
    *,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port to listen on, at 127.0.0.1; 0 for any free one."),
    ] = DEFAULT_PORT,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Read the manifest again as it is edited; one that can't be used leaves the one "
            "before in force.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Do what a hosted service does now and then: limit the rate, be slow, refuse.",
        ),
    ] = False,
    rate_limit: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="With --strict: requests in ten seconds, more are answered 429; 0 for any number.  "
            f"[default: {_DEFAULTS.requests_per_window}]",
            show_default=False,
        ),
    ] = None,
    latency: Annotated[
        str | None,
        typer.Option(
            metavar="MS[-MS]",
            help="With --strict: how long each request waits, in milliseconds, or from how long to how "
            "long.  [default: 50-300]",
            show_default=False,
        ),
    ] = None,
    chance_409: Annotated[
        float | None, _chance(Fault.CONFLICT, "answered 409, as when a segment is being changed")
    ] = None,
    chance_429: Annotated[
        float | None, _chance(Fault.TOO_MANY_REQUESTS, "answered 429 below the rate limit")
    ] = None,
    chance_500: Annotated[float | None, _chance(Fault.INTERNAL_ERROR, "answered 500")] = None,
    chance_503: Annotated[float | None, _chance(Fault.UNAVAILABLE, "answered 503")] = None,
    chance_timeout: Annotated[
        float | None, _chance(Fault.TIMEOUT, "not answered for a minute, then hung up on")
    ] = None,
    chance_reset: Annotated[
        float | None, _chance(Fault.RESET, "whose connection breaks before an answer")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="With --strict: what chance begins with; the same seed has the same requests refused.  "
            "[default: a new one each time]",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a sandbox for an integration: a real server that needs no set-up and leaves nothing behind.

    It prints tokens, a client-side ID and a request to paste, then each request as it was read and
    answered. Ctrl-C and SIGTERM end it. No variable of Muster's and no muster.toml changes it.

    With --strict a request can choose what befalls it by its header Muster-Simulate: 409, 429, 500, 503,
    timeout, reset, latency=1500 or none. What is refused so is not applied. With --json each line is a
    JSON object.
    """
    chances = {
        Fault.CONFLICT: chance_409,
        Fault.TOO_MANY_REQUESTS: chance_429,
        Fault.INTERNAL_ERROR: chance_500,
        Fault.UNAVAILABLE: chance_503,
        Fault.TIMEOUT: chance_timeout,
        Fault.RESET: chance_reset,
    }
    given = {fault: chance for fault, chance in chances.items() if chance is not None}
    if not strict:
        _refuse_without_strict(
            **{f"chance-{fault}": chance for fault, chance in given.items()},
            **{"rate-limit": rate_limit, "latency": latency, "seed": seed},
        )
    options = SandboxOptions(
        integration=integration,
        port=port,
        watch=watch,
        faults=_plan(given, rate_limit, latency) if strict else None,
        seed=secrets.randbelow(1 << 32) if seed is None else seed,
    )
    runtime_of(context).run_sandbox(options, JsonLinesView() if as_json else TextView())


def _refuse_without_strict(**options: object) -> None:
    for name, value in options.items():
        if value is not None:
            raise typer.BadParameter("it needs --strict.", param_hint=f"--{name}")


def _plan(given: dict[Fault, float], rate_limit: int | None, latency: str | None) -> FaultPlan:
    least, longest = _DEFAULTS.latency_milliseconds
    if latency is not None:
        found = _LATENCY.fullmatch(latency.strip())
        if not found:
            raise typer.BadParameter(
                f"{latency!r} can't be read; write milliseconds, as 100 or 50-300.",
                param_hint="--latency",
            )
        least, longest = int(found[1]), int(found[2] or found[1])
    try:
        return FaultPlan(
            shares={**DEFAULT_SHARES, **given},
            latency_milliseconds=(least, longest),
            requests_per_window=(
                _DEFAULTS.requests_per_window if rate_limit is None else rate_limit
            ),
        )
    except InvalidRequestError as error:
        raise typer.BadParameter(error.message) from error
