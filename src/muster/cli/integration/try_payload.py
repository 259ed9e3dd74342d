"""`muster integration try`: how payloads would be read, and what a server would answer."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any

import orjson
import typer
from rich.text import Text

from muster.cli.integration.expected_answer import (
    Destination,
    ExpectedAnswer,
    Reading,
    expect_answer,
    read_body,
)
from muster.cli.integration.loading import IntegrationName, load_integration, parser_of
from muster.cli.integration.payload_files import Payload, read_payloads
from muster.cli.integration.place_view import fault_lines, find_fault
from muster.cli.integration.reading_document import reading_document
from muster.cli.integration.reading_view import print_texts, reading_lines
from muster.cli.options import DEFAULT_ENVIRONMENT, DEFAULT_PROJECT, AsJson
from muster.cli.output import print_json, print_note, printable
from muster.core.ids import IntegrationKey
from muster.payloads.errors import InvalidPayloadError

Payloads = Annotated[
    list[str],
    typer.Argument(
        metavar="PAYLOAD...",
        help="File with a body, of at most 16 MiB; - for the standard input. A *.jsonl holds a body on "
        "each line, and so does a standard input whose first line is a whole body.",
        show_default=False,
    ),
]


def try_payload(
    context: typer.Context,
    integration: IntegrationName,
    payloads: Payloads,
    *,
    limit: Annotated[
        int,
        typer.Option(
            min=0,
            help="How many cohorts to show, and of each how many that are added, that are removed, and "
            "entries that have no say; 0 for all.",
        ),
    ] = 10,
    project: Annotated[
        str, typer.Option("--project", help="Key of the project, for the answer.")
    ] = DEFAULT_PROJECT,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Key of the environment, for the answer.")
    ] = DEFAULT_ENVIRONMENT,
    url: Annotated[
        str,
        typer.Option(
            envvar="MUSTER_URL", help="Address of the server, for the answer's segmentUrl."
        ),
    ] = "http://127.0.0.1:8080",
    as_json: AsJson = False,
) -> None:
    """Read payloads as a server would, and show what became of each value, and the answer.

    Shows the environment, each cohort, who is added and removed and why, and the JSON pointer that each
    came from; of a payload that is refused, the place at fault and the nearest pointers that exist.

    Nothing is sent, so what only a server knows is not tried: whether there is an environment of that
    client-side ID (400), who asks (401) and may do so (403), and whether a segment of that key is kept
    for something else (409). Exits with 1 when a payload is refused.
    """
    found = load_integration(context, integration)
    parser = parser_of(found)
    destination = Destination(url.rstrip("/"), project, environment)
    documents: list[dict[str, Any]] = []
    count = refused = 0
    for payload in chain.from_iterable(map(read_payloads, payloads)):
        reading = read_body(parser, payload.body)
        answer = expect_answer(found, reading, destination)
        if as_json:
            named = {"payload": payload.source, "payloadLine": payload.line}
            documents.append(named | reading_document(reading, answer, found.key))
        else:
            if count:
                print()
            print_texts(_payload_lines(payload, reading, answer, found.key, limit=limit or None))
        count += 1
        refused += isinstance(reading.outcome, InvalidPayloadError)
    if as_json:
        print_json({"integration": found.key, "refusedCount": refused, "payloads": documents})
    elif count > 1:
        print_note(f"\n{count:,} payloads, {refused:,} refused.")
    if refused:
        raise typer.Exit(1)


def _payload_lines(
    payload: Payload,
    reading: Reading,
    answer: ExpectedAnswer,
    integration_key: IntegrationKey,
    *,
    limit: int | None,
) -> Iterator[Text]:
    outcome = reading.outcome
    title = Text().append(printable(payload.name), style="bold")
    if isinstance(outcome, InvalidPayloadError):
        yield title.append(" is refused", style="bold red")
        yield Text(printable(outcome.message))
        yield from fault_lines(outcome, find_fault(reading.body, outcome))
    else:
        yield title.append(f" is read as {integration_key} declares", style="green")
        yield from reading_lines(outcome, integration_key, limit=limit)
    yield Text()
    yield from _answer_lines(answer)


def _answer_lines(answer: ExpectedAnswer) -> Iterator[Text]:
    style = "green" if answer.status < 400 else "red"
    yield Text().append("Answer", style="bold").append(f"  {answer.status}", style=style)
    if answer.unrendered is not None:
        yield Text(printable(f"not the manifest's own: {answer.unrendered}"), style="yellow")
    if answer.content:
        body = orjson.dumps(orjson.loads(answer.content), option=orjson.OPT_INDENT_2)
        for line in body.decode().split("\n"):
            yield Text(f"  {printable(line)}")
