"""`muster integration sample`: bodies that a manifest reads, to look at, to paste or to send as a load."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from muster.cli.integration.loading import IntegrationName, load_integration, parser_of
from muster.cli.integration.sample_view import SamplePrinting, print_samples
from muster.cli.integration.send_commands import TOKEN_VARIABLE, curl_command, httpie_command
from muster.cli.integration.sizes import parse_size
from muster.cli.options import AsJson
from muster.payloads.model import DEFAULT_CONTEXT_KIND
from muster.payloads.sampling import (
    KeyStyle,
    SampleShape,
    make_samples,
    make_samples_of_size,
)
from muster.push.endpoint import endpoint_url

MAX_MEMBERS: Final = 1_000_000
MAX_BYTES: Final = 64 * 1024 * 1024
_DEFAULT_MEMBERS: Final = 2
_MADE_UP_ID: Final = "0123456789abcdef01234567"
_ONLY_WITH_LOAD: Final = {
    "token": "--token",
    "seconds": "--for",
    "connections": "--connections",
    "yes_send_to": "--yes-send-to",
}
_EITHER_OR: Final = (
    ("httpie", "--httpie", "curl", "--curl"),
    ("size", "--size", "members", "--members"),
    ("curl", "--curl", "load", "--load"),
    ("httpie", "--httpie", "load", "--load"),
    ("output", "--output", "load", "--load"),
    ("compact", "--compact", "load", "--load"),
    ("remove", "--remove", "load", "--load, which removes whom it added"),
)
"""Options that do not go together: a parameter and its option, another and how it is called."""


def sample(
    context: typer.Context,
    integration: IntegrationName,
    *,
    members: Annotated[
        int | None,
        typer.Option(
            min=0,
            help=f"How many members enter each cohort.  [default: {_DEFAULT_MEMBERS}]",
            show_default=False,
        ),
    ] = None,
    remove: Annotated[
        int, typer.Option(min=0, help="How many members, others than those, leave each cohort.")
    ] = 0,
    cohorts: Annotated[int, typer.Option(min=1, max=10_000, help="How many cohorts.")] = 1,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="As many members as keep each body within this size, as 64k, 1MB or 16MiB; it is then "
            "written compact, and the end of the line counts.",
            show_default=False,
        ),
    ] = None,
    environment_id: Annotated[
        str | None,
        typer.Option(
            envvar="MUSTER_CLIENT_SIDE_ID",
            help="Client-side ID of the environment; else one that is made up, or with --load that of "
            "default/production, which is asked of the server.",
            show_default=False,
        ),
    ] = None,
    context_kind: Annotated[
        str, typer.Option(help="Kind of the members' contexts.")
    ] = DEFAULT_CONTEXT_KIND,
    cohort_id: Annotated[
        str | None, typer.Option(help="Id of the first cohort.", show_default=False)
    ] = None,
    cohort_name: Annotated[
        str | None, typer.Option(help="Name of the first cohort.", show_default=False)
    ] = None,
    ids: Annotated[
        KeyStyle,
        typer.Option(help="What members' ids are: user-000017, UUIDs, or user-000017@example.com."),
    ] = KeyStyle.NUMBERED,
    seed: Annotated[
        int,
        typer.Option(
            min=0, max=2**32 - 1, help="Another seed gives other members and other cohorts' names."
        ),
    ] = 0,
    compact: Annotated[
        bool, typer.Option("--compact", help="Print JSON without spaces and line ends.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the body to a file; several bodies to NAME-1.json, NAME-2.json and so on.",
            show_default=False,
        ),
    ] = None,
    curl: Annotated[
        bool, typer.Option("--curl", help="Print a curl command that sends the body.")
    ] = False,
    httpie: Annotated[
        bool, typer.Option("--httpie", help="Print an HTTPie command that sends the body.")
    ] = False,
    url: Annotated[
        str, typer.Option(envvar="MUSTER_URL", help="Address of the Muster to send to.")
    ] = "http://127.0.0.1:8080",
    token: Annotated[
        str | None,
        typer.Option(
            envvar=TOKEN_VARIABLE,
            help="With --load: access token. Prefer the variable: flags show in lists of processes.",
            show_default=False,
        ),
    ] = None,
    load: Annotated[
        float | None,
        typer.Option(
            "--load",
            metavar="RPS",
            min=0.01,
            max=100_000,
            help="Send so many requests a second, instead of printing a body.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            "--for", metavar="SECONDS", min=0.1, max=86_400, help="With --load: for how long."
        ),
    ] = 10.0,
    connections: Annotated[
        int,
        typer.Option(
            min=1, max=1000, help="With --load: how many requests may be under way at once."
        ),
    ] = 32,
    yes_send_to: Annotated[
        str | None,
        typer.Option(
            metavar="HOST",
            help="With --load: the host of --url, where that is not this machine: it may be hit hard.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a body that the integration's manifest reads; the same options make the same body.

    Some manifests need several bodies for what is asked: an action holds for a whole body, and where
    members do not name their cohort, a body has one. Each is then printed on a line of its own.

    --curl and --httpie print a command for a shell that has an access token in MUSTER_TOKEN.

    --load sends bodies at fixed times: members enter a cohort and leave it again, so that there is always
    something to do. A request's latency counts from when it was due, so what waits behind a slow one is
    slow as well. A 429 is counted, with its Retry-After, and not sent again. Ctrl-C ends it early. Exits
    with 1 when a request failed or could not be sent.
    """
    _check_options(context)
    shape = SampleShape(
        environment_id=environment_id or _MADE_UP_ID,
        added=_DEFAULT_MEMBERS if members is None else members,
        removed=remove,
        cohorts=cohorts,
        context_kind=context_kind,
        cohort_id=cohort_id,
        cohort_name=cohort_name,
        keys=ids,
        seed=seed,
    )
    _check_shape(shape)
    max_bytes = None
    if size is not None:  # what is printed has a line's end
        max_bytes = parse_size(size, max_bytes=MAX_BYTES, option="--size") - 1
    found = load_integration(context, integration)
    parser = parser_of(found)
    if load is None:
        with Console(stderr=True).status("Making a body ..."):  # shown on terminals only
            samples = (
                make_samples(parser, shape)
                if max_bytes is None
                else make_samples_of_size(parser, shape, max_bytes)
            )
        make_command = curl_command if curl else httpie_command if httpie else None
        print_samples(
            samples,
            SamplePrinting(
                endpoint=endpoint_url(url, found.key),
                make_command=make_command,
                compact=compact or size is not None,
                output=output,
                is_made_up=not environment_id,
            ),
            as_json=as_json,
        )
        return
    from muster.cli.integration.sample_load import LoadRequest, send_load  # noqa: PLC0415 - loads httpx

    request = LoadRequest(
        integration_key=found.key,
        parser=parser,
        shape=shape,
        max_bytes=max_bytes,
        environment_id=environment_id or None,
        url=url,
        token=token,
        rate=load,
        seconds=seconds,
        connections=connections,
        allowed_host=yes_send_to,
    )
    send_load(request, as_json=as_json)


def _check_options(context: typer.Context) -> None:
    """Refuse options that do nothing together."""
    given = [
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"
    ]
    for name, option in _ONLY_WITH_LOAD.items():
        if name in given and "load" not in given:
            raise typer.BadParameter("it needs --load.", param_hint=option)
    for first, option, second, other in _EITHER_OR:
        if first in given and second in given:
            raise typer.BadParameter(f"it does not go with {other}.", param_hint=option)


def _check_shape(shape: SampleShape) -> None:
    for option, text in (
        ("--environment-id", shape.environment_id),
        ("--cohort-id", shape.cohort_id or ""),
        ("--cohort-name", shape.cohort_name or ""),
    ):
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise typer.BadParameter("it is not UTF-8.", param_hint=option)
    asked = (shape.added + shape.removed) * shape.cohorts
    if asked > MAX_MEMBERS:
        raise typer.BadParameter(
            f"That makes {asked:,} members; at most {MAX_MEMBERS:,} are made at once."
        )
