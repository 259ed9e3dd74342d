"""How a body was read, in lines for people: `try` prints them, and so does the sandbox."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from muster.cli.output import printable
from muster.core.ids import IntegrationKey
from muster.core.pointers import MISSING, Json
from muster.core.wording import count_of
from muster.payloads.explanation import (
    Action,
    CohortExplanation,
    Entry,
    Explanation,
    Fact,
    Way,
)
from muster.segments.keys import synced_segment_key

_ADDED: Final = "green"
_REMOVED: Final = "red"
_OVERRULED: Final = "yellow"
_WIDEST_COLUMN: Final = 48
"""Up to this width, in columns of a terminal, what stands below each other is aligned."""
_SHOWN_VALUE: Final = 60
"""How many characters of a value are shown where it is not what matters."""


def print_texts(texts: Iterable[Text]) -> None:
    """Print lines; in colour on a terminal that may have it."""
    console = Console(highlight=False)
    for text in texts:
        if console.is_terminal:
            console.print(text, soft_wrap=True)
        else:  # as Rich would print it, in a tenth of the time
            print(text.plain)


def reading_lines(
    explanation: Explanation, integration_key: IntegrationKey, *, limit: int | None
) -> Iterator[Text]:
    """Yield all that a body says: its headings, then each cohort with its members.

    Args:
        limit: how many cohorts, and of each how many of those added, of those removed and of the entries
            that were overruled; None for all.
    """
    yield from _table(_headings(explanation))
    if not explanation.cohorts:
        yield Text("No cohort is named, so nothing changes.")
    for cohort in explanation.cohorts[:limit]:
        yield Text()
        yield from _table(_cohort_facts(cohort, integration_key))
        yield from member_lines(explanation, cohort, limit=limit)
        yield _counts(cohort)
    yield from _rest(len(explanation.cohorts), limit, "\n", " cohorts")


def cohort_line(
    explanation: Explanation, cohort: CohortExplanation, integration_key: IntegrationKey
) -> Text:
    """Return a cohort, where it is kept, and how many enter and leave it, in one line."""
    name = "" if cohort.name.value is None else f' "{cohort.name.value}"'
    segment = synced_segment_key(integration_key, cohort.cohort_id)
    added, removed = (len(cohort.list_decided(added=added)) for added in (True, False))
    return Text(
        printable(
            f"cohort {cohort.cohort_id}{name} -> segment {segment} "
            f"({explanation.context_kind.value}): +{added:,} -{removed:,}"
        )
    )


def member_lines(
    explanation: Explanation, cohort: CohortExplanation, *, limit: int | None
) -> Iterator[Text]:
    """Yield who enters and who leaves a cohort, and why, and which entries have no say.

    Args:
        limit: how many of each to name; None for all.
    """
    added, removed = cohort.list_decided(added=True), cohort.list_decided(added=False)
    overruled = cohort.list_overruled()
    shown = [*added[:limit], *removed[:limit], *(entry for entry, _ in overruled[:limit])]
    widths = [
        _column_width(printable(entry.key) for entry in shown),
        _column_width(printable(entry.pointer) for entry in shown),
    ]
    for sign, style, entries in (("+", _ADDED, added), ("-", _REMOVED, removed)):
        for entry in entries[:limit]:
            yield _entry_line(sign, style, entry, _reason(explanation, entry), widths)
        yield from _rest(len(entries), limit, f"  {sign} ")
    for entry, last in overruled[:limit]:
        yield _entry_line("~", _OVERRULED, entry, _overruling(entry, last), widths)
    yield from _rest(len(overruled), limit, "  ~ ")


def _counts(cohort: CohortExplanation) -> Text:
    added, removed = (len(cohort.list_decided(added=added)) for added in (True, False))
    silent = len(cohort.entries) - added - removed
    said = f"  {added:,} added, {removed:,} removed"
    if silent:
        said += f"; {silent:,} of {count_of(len(cohort.entries), 'entry', 'entries')} had no say"
    return Text(said, style="bold")


def _headings(explanation: Explanation) -> Iterator[tuple[str, Fact, str]]:
    """Yield what a body says outside of its cohorts: a title, the value, and where it comes from."""
    yield "Environment", explanation.environment, _origin(explanation.environment)
    kind = explanation.context_kind
    yield (
        "Context kind",
        kind,
        _origin(kind) if _is_given(kind) else f"by default: {_origin(kind)}",
    )
    if explanation.action is not None:
        yield "Action", explanation.action.word, _verdict(explanation.action)


def _cohort_facts(
    cohort: CohortExplanation, integration_key: IntegrationKey
) -> Iterator[tuple[str, Fact, str]]:
    yield "Cohort", cohort.id, _origin(cohort.id)
    yield "Name", cohort.name, _origin(cohort.name)
    if cohort.url.pointer is not None:
        yield "URL", cohort.url, _origin(cohort.url)
    yield "Segment", Fact(synced_segment_key(integration_key, cohort.cohort_id)), ""


def _is_given(fact: Fact) -> bool:
    return fact.sent is not MISSING and fact.sent is not None and fact.sent != ""


def _origin(fact: Fact) -> str:
    """Say where a value comes from, or why there is none."""
    if fact.pointer is None:
        return "the manifest does not ask for one"
    if fact.sent is MISSING:
        return f"there is nothing at {fact.pointer}"
    if not _is_given(fact):
        return f"{fact.pointer} is {_shown(fact.sent)}"
    return fact.pointer


def _verdict(action: Action) -> str:
    matching = "matches" if action.adds else "does not match"
    done = "added" if action.adds else "removed"
    return f"{action.word.pointer}: {action.matcher.pattern} {matching}, so members are {done}"


def _reason(explanation: Explanation, entry: Entry) -> str:
    """Say why an entry adds or removes its member."""
    match explanation.way:
        case Way.BOOLEAN:
            return f"because {entry.reason} is {'true' if entry.added else 'false'}"
        case Way.ARRAY:
            return f"because it is in {entry.reason}"
        case Way.ACTION:
            sent = explanation.action.word.sent if explanation.action else MISSING
            return f"because {entry.reason} is {_shown(sent)}"


def _overruling(entry: Entry, last: Entry) -> str:
    done, finally_done = ("adds" if one.added else "removes" for one in (entry, last))
    if entry.added is last.added:
        return f"{done}, and so does {last.pointer}"
    return f"{done}, overruled by {last.pointer}, which {finally_done}"


def _entry_line(sign: str, style: str, entry: Entry, why: str, widths: Sequence[int]) -> Text:
    key, pointer = (
        _padded(printable(text), width)
        for text, width in zip((entry.key, entry.pointer), widths, strict=True)
    )
    text = Text(f"  {sign} {key}", style=style)
    return Text().append(text).append(f"  {pointer}  ").append(printable(why), style="dim")


def _table(rows: Iterable[tuple[str, Fact, str]]) -> Iterator[Text]:
    """Yield titles, values and origins, one row a line."""
    shown = [
        (title, printable("none" if fact.value is None else fact.value or '""'), origin)
        for title, fact, origin in rows
    ]
    width = _column_width(value for _, value, _ in shown)
    for title, value, origin in shown:
        text = Text().append(f"{title:<12}", style="bold").append(f"  {_padded(value, width)}")
        text.append(f"  {printable(origin)}", style="dim")
        text.rstrip()
        yield text


def _rest(count: int, limit: int | None, before: str, what: str = "") -> Iterator[Text]:
    """Yield a line that says how many of something are not shown, if any are not."""
    if limit is not None and count > limit:
        yield Text(f"{before}... and {count - limit:,} more{what}", style="dim")


def _column_width(texts: Iterable[str]) -> int:
    """Return how wide a column has to be, where it is not far wider than others."""
    return max((width for text in texts if (width := cell_len(text)) <= _WIDEST_COLUMN), default=0)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}..."
