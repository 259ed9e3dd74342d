"""One run of `muster integration new`: ask or don't, write the folder, tell what was made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from muster.cli.integration.creation.dialogue import Dialogue, ReadLine, read_line_on_terminal
from muster.cli.integration.creation.draft import Given
from muster.cli.integration.creation.folder import Destination, NewFolder
from muster.cli.integration.creation.plan import (
    Flags,
    fitting_ways,
    plan_by_asking,
    plan_without_asking,
)
from muster.cli.integration.creation.questions import NONE, PLACES, read_property
from muster.cli.integration.creation.request import CreationRequest
from muster.cli.output import print_note
from muster.cli.runtime import Runtime
from muster.core.errors import InvalidRequestError
from muster.core.pointers import MISSING, Json
from muster.manifests.scaffold.answers import AnswerError, Topic, read_answer
from muster.payloads.inference.infer import infer
from muster.payloads.json import decode_body
from muster.payloads.properties import ParserProperty

_INTERRUPTED: Final = 130
_MAX_SAMPLE_BYTES: Final = 16 * 1024 * 1024


def create(
    runtime: Runtime, request: CreationRequest, read_line: ReadLine = read_line_on_terminal
) -> None:
    """Make an integration's folder, and print what was made.

    Raises:
        typer.BadParameter: a flag is missing or can't be taken.
        AnswerError: the key is taken.
        MusterError: the folder can't be written.
        typer.Exit: with 130 after an interruption, with 1 where it was declined or has an error.
    """
    flags = _read_flags(request)
    destination = Destination.choose(request.directory)
    if Topic.KEY in flags.texts:
        destination.check_key(flags.texts[Topic.KEY])
    dialogue = Dialogue(Console(highlight=False), read_line)
    if request.may_ask:
        made = _converse(dialogue, destination, flags, is_dry=request.is_dry)
    else:
        made = NewFolder.of(destination, plan_without_asking(flags, destination.check_key))
    checked = made.check() if request.is_dry else made.write(runtime)
    if request.as_json:
        made.print_document(checked, written=not request.is_dry)
    elif request.is_dry:
        made.print_dry_run(checked)
    else:
        made.print_written(checked, is_new_to_user=not dialogue.has_asked)
    if checked.error_count:
        raise typer.Exit(1)


def _read_flags(request: CreationRequest) -> Flags:
    places = _read_places(request.places)
    ways = fitting_ways(request.way, places)
    sample: Json = MISSING
    if request.sample is not None:
        sample = _read_sample(request.sample)
        if len(ways) > 1:  # flags for places that this sample has no use for are refused
            fitting_ways(infer(sample).way, places)
    return Flags(texts=_read_texts(request.texts), places=places, ways=ways, sample=sample)


def _converse(
    dialogue: Dialogue, destination: Destination, flags: Flags, *, is_dry: bool
) -> NewFolder:
    """Ask, and show what is to be written; one who stops or declines finds nothing changed."""
    try:
        made = NewFolder.of(destination, plan_by_asking(flags, dialogue, destination.check_key))
        is_wanted = is_dry or not dialogue.has_asked or _is_confirmed(dialogue, made)
    except (EOFError, KeyboardInterrupt):
        print_note("\nNothing was written.")
        raise typer.Exit(_INTERRUPTED) from None
    if not is_wanted:
        print_note("Nothing was written.")
        raise typer.Exit(1)
    return made


def _is_confirmed(dialogue: Dialogue, made: NewFolder) -> bool:
    dialogue.say("\nTo be written", "bold")
    for line in made.preview():
        dialogue.say(line)
    return dialogue.confirm("Write it?")


def _read_texts(given: Mapping[Topic, str]) -> dict[Topic, str]:
    """Return the answers that flags give.

    Raises:
        typer.BadParameter: one can't be taken.
    """
    texts = {}
    for topic, text in given.items():
        if topic.is_optional and text in {"", NONE}:
            texts[topic] = ""
            continue
        try:
            texts[topic] = read_answer(topic, text)
        except AnswerError as error:
            raise typer.BadParameter(error.message, param_hint=f"--{topic}") from error
    return texts


def _read_places(given: Mapping[ParserProperty, str]) -> Given:
    """Return the values of properties that flags give.

    Raises:
        typer.BadParameter: one can't be taken.
    """
    values = {}
    for wanted, text in given.items():
        try:
            values[wanted] = read_property(wanted, text)
        except AnswerError as error:
            raise typer.BadParameter(error.message, param_hint=PLACES[wanted].flag) from error
    return values


def _read_sample(path: Path) -> Json:
    """Return the body that a file holds.

    Raises:
        typer.BadParameter: it can't be read, or is not JSON.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_SAMPLE_BYTES + 1)
        if len(content) > _MAX_SAMPLE_BYTES:
            raise typer.BadParameter(
                f"{path} is larger than 16 MiB. A sample of a few members is enough.",
                param_hint="--from-payload",
            )
        return decode_body(content)
    except OSError as error:
        reason = error.strerror or "it is no file"
        raise typer.BadParameter(
            f"{path} can't be read: {reason}.", param_hint="--from-payload"
        ) from error
    except InvalidRequestError as error:
        raise typer.BadParameter(f"{path}: {error.message}", param_hint="--from-payload") from error
