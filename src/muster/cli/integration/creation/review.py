"""Looking over with somebody what was found in a sample body."""

from collections.abc import Sequence

from muster.cli.integration.creation.dialogue import Dialogue
from muster.cli.integration.creation.draft import Draft, Given
from muster.cli.integration.creation.questions import PLACES, show_property
from muster.cli.integration.creation.view import reading_text, render_proposal
from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json, parse_pointer
from muster.manifests.scaffold.answers import AnswerError
from muster.manifests.scaffold.files import make_sample
from muster.payloads.explanation import Way
from muster.payloads.inference.proposal import Reading
from muster.payloads.nearest import find_nearest
from muster.payloads.parser import RequestParser
from muster.payloads.properties import ParserProperty


def review_sample(dialogue: Dialogue, body: Json, ways: Sequence[Way], given: Given) -> Draft:
    """Show what a body was taken for, ask for what is missing, and change what is not right.

    Args:
        ways: those that it may be taken in, one or more.
        given: values that are known.
    """
    draft = Draft.of(body, ways[0] if len(ways) == 1 else None, given)
    dialogue.greet()
    dialogue.say("\nWhat the sample was taken for", "bold")
    if draft.proposal.way is None:
        _show_remarks(dialogue, draft)
        dialogue.say("It does not show who enters and who leaves.", "yellow")
        draft = Draft.of(body, dialogue.ask_way(ways), given)
    while True:
        for reading in draft.missing:
            _ask_missing(dialogue, draft, reading)
        dialogue.show(render_proposal(draft, dialogue.width))
        _show_remarks(dialogue, draft)
        number = _ask_number(dialogue, draft)
        if number == 1:
            draft = Draft.of(body, dialogue.ask_way(ways), given)
        elif number:
            _change(dialogue, draft, list(draft.entries())[number - 2].reading)
        elif _will_do(dialogue, draft):
            return draft


def _ask_number(dialogue: Dialogue, draft: Draft) -> int:
    """Return the line of the table that is to be changed; 0 for none."""
    last = 1 + len(draft.proposal.readings)

    def read(text: str) -> int:
        if text.lower() in {"", "y", "yes"}:
            return 0
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= last):
            raise AnswerError(f"Enter 1 to {last}, or y.")
        return int(text)

    return dialogue.ask("Right?", "a number changes that line", read, "y")


def _ask_missing(dialogue: Dialogue, draft: Draft, reading: Reading) -> None:
    title = PLACES[reading.property].title
    dialogue.say(f"{title} was not found. Looked for: {reading.looked_for}.", "yellow")
    _show_candidates(dialogue, reading, None)
    _ask(dialogue, draft, reading, reading.suggestion)


def _change(dialogue: Dialogue, draft: Draft, reading: Reading) -> None:
    current = draft.values.get(reading.property)
    _show_candidates(dialogue, reading, current)
    _ask(dialogue, draft, reading, current)


def _show_candidates(dialogue: Dialogue, reading: Reading, current: str | None) -> None:
    """Show what else than the current value a property may be."""
    for candidate in (reading.chosen, *reading.alternatives):
        if candidate is not None and candidate.value != current:
            shown = show_property(reading.property, candidate.value)
            dialogue.say(f"  It could be {shown}  {candidate.sample}  {candidate.why}", "dim")


def _ask(dialogue: Dialogue, draft: Draft, reading: Reading, proposed: str | None) -> None:
    """Ask for a property until the sample holds something there, or the answer is given twice.

    What was suggested is not in the sample, and need not be said twice.
    """
    wanted = reading.property
    refused = reading.suggestion
    while True:
        value = dialogue.ask_place(wanted, proposed)
        draft.change(wanted, value)
        is_place = value is not None and wanted is not ParserProperty.MATCHER
        if not is_place or value == refused or draft.sample_at(wanted, value or ""):
            return
        near = ", ".join(find_nearest(draft.base_of(wanted), parse_pointer(value or "")))
        hint = f" Near it: {near}." if near else ""
        dialogue.complain(f"The sample holds nothing there.{hint} Enter takes it all the same.")
        refused = proposed = value


def _will_do(dialogue: Dialogue, draft: Draft) -> bool:
    """Tell whether a draft makes a parser; one that does not read the sample has to be wanted."""
    try:
        make_sample(RequestParser.compile(draft.request_parser))
    except InvalidRequestError as error:
        dialogue.complain(error.message)
        return False
    try:
        dialogue.say(reading_text(draft.try_out()), "green")
    except InvalidRequestError as error:
        dialogue.complain(f"The sample can't be read so: {error.message}")
        return dialogue.confirm("Take it all the same?", default=False)
    return True


def _show_remarks(dialogue: Dialogue, draft: Draft) -> None:
    for remark in draft.proposal.remarks:
        dialogue.say(f"* {remark}", "yellow")
