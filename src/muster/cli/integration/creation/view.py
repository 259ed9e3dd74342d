"""What `muster integration new` shows: the proposal, the folder, and what comes next."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from muster.cli.integration.creation.draft import Draft, Entry
from muster.cli.integration.creation.questions import PLACES, WAYS, show_property
from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.cli.integration.finding_formats.document import finding_document
from muster.cli.output import Column, print_line, print_note, print_table, printable
from muster.core.pointers import Json
from muster.core.wording import count_of
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.scaffold.files import SAMPLE_NAME
from muster.payloads.inference.proposal import Confidence
from muster.payloads.model import SyncChanges

_WIDE: Final = 110
"""From how many columns on a reason stands beside what it is for."""
_TITLES: Final = ("What", "Where", "In the sample", "Why")
_STYLES: Final = {Confidence.CERTAIN: "", Confidence.LIKELY: "", Confidence.GUESS: "yellow"}


def render_proposal(draft: Draft, width: int) -> RenderableType:
    """Return what a sample was taken for, its lines numbered from 1, for a terminal of some width."""
    rows = [[printable(cell) for cell in row] for row in _rows(draft)]
    return _wide_table(rows) if width >= _WIDE else _narrow_list(rows)


def _wide_table(rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    for title in _TITLES[:-1]:
        table.add_column(title, no_wrap=True)
    table.add_column(_TITLES[-1], overflow="fold")
    for number, (*cells, style) in enumerate(rows, 1):
        table.add_row(str(number), *(Text(cell, style) for cell in cells))
    return table


def _narrow_list(rows: Sequence[Sequence[str]]) -> Group:
    """Return each reason on a line of its own."""
    widths = [max(cell_len(row[column]) for row in rows) for column in (0, 1)]
    lines = []
    for number, (what, where, sample, why, style) in enumerate(rows, 1):
        padded = (
            set_cell_size(cell, width) for cell, width in zip((what, where), widths, strict=True)
        )
        lines.append(Text(f"{number:>2}  {'  '.join((*padded, sample))}".rstrip(), style))
        if why:
            lines.append(Text(f"    {why}", "dim"))
    return Group(*lines)


def print_proposal(draft: Draft) -> None:
    """Print what a sample was taken for, whole even in a pipe."""
    *others, last = (title.upper() for title in _TITLES)
    columns = [*map(Column, others), Column(last, folds=True)]
    print_table(columns, [cells for *cells, _ in _rows(draft)])
    print_line(reading_text(draft.try_out()))
    for remark in draft.proposal.remarks:
        print_note(f"* {remark}")


def _rows(draft: Draft) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield what, where, what the sample holds there, and why; and the style of the line."""
    proposal = draft.proposal
    way = WAYS[proposal.way][0] if proposal.way else "not found"
    why = _with_doubt(proposal.confidence, proposal.why)
    yield "Way", way, "", why, _STYLES[proposal.confidence]
    for entry in draft.entries():
        value, why, style = _describe(entry)
        yield PLACES[entry.property].title, value, entry.sample, why, style


def _describe(entry: Entry) -> tuple[str, str, str]:
    """Return a property's value, the reason for it, and the style of its line."""
    if entry.value is None:
        if entry.property.is_optional:
            return "-", "", "dim"
        return "not found", f"looked for {entry.reading.looked_for}", "red"
    value = show_property(entry.property, entry.value)
    if entry.candidate is None:
        why = "given" if entry.sample else "given; the sample holds nothing there"
        return value, why, "" if entry.sample else "yellow"
    candidate = entry.candidate
    why = _with_doubt(candidate.confidence, candidate.why)
    return value, why, _STYLES[candidate.confidence]


def _with_doubt(confidence: Confidence, why: str) -> str:
    return why if confidence is Confidence.CERTAIN else f"{confidence.value}: {why}"


def reading_text(changes: SyncChanges) -> str:
    """Return what a parser reads in the sample, in a line."""
    cohorts = [
        f"{cohort.cohort_id}{f' ({cohort.name})' if cohort.name else ''}: "
        f"{len(cohort.added):,} enter, {len(cohort.removed):,} leave"
        for cohort in changes.cohorts[:3]
    ]
    more = len(changes.cohorts) - len(cohorts)
    if more > 0:
        cohorts.append(f"and {count_of(more, 'more cohort')}")
    return f"So the sample says: {'; '.join(cohorts) or 'nothing changes'}."


def folder_lines(path: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield a folder and its files with their sizes."""
    width = max(map(len, files))
    yield f"{path}/"
    for name, content in files.items():
        yield f"  {name:<{width}}  {len(content):,} bytes"


def print_contents(path: str, files: Mapping[str, bytes]) -> None:
    """Print each file, under its path."""
    console = Console(highlight=False)
    for name, content in files.items():
        console.print(Text(printable(f"── {path}/{name}"), style="bold"), soft_wrap=True)
        for line in content.decode().splitlines():
            print_line(line)


def next_steps(name: str, path: str) -> Iterator[str]:
    """Yield the commands that come next, each after what it does."""
    quoted = shlex.quote(name)
    steps = (
        ("see how a body is read", f"try {quoted} {shlex.quote(f'{path}/{SAMPLE_NAME}')}"),
        ("send cohorts to a sandbox", f"serve {quoted} --watch"),
        ("check it after each change", f"validate {quoted}"),
        ("see what a submission needs", f"checklist {quoted}"),
    )
    width = max(len(purpose) for purpose, _ in steps)
    yield "Next:"
    for purpose, command in steps:
        yield f"  {purpose:<{width}}  muster integration {command}"


def proposal_document(draft: Draft) -> dict[str, Any]:
    """Return what a sample body was taken for, for scripts."""
    proposal = draft.proposal
    return {
        "way": proposal.way.value if proposal.way else None,
        "confidence": proposal.confidence.value,
        "why": proposal.why,
        "properties": [
            {
                "property": entry.property.value,
                "value": entry.value,
                "sample": entry.sample,
                "confidence": entry.candidate.confidence.value if entry.candidate else None,
                "why": entry.candidate.why if entry.candidate else None,
                "alternatives": [one.value for one in entry.reading.alternatives],
            }
            for entry in draft.entries()
        ],
        "remarks": list(proposal.remarks),
    }


def folder_document(
    key: str,
    path: str,
    files: Mapping[str, bytes],
    checked: CheckedFolder,
    draft: Draft | None,
    *,
    written: bool,
) -> dict[str, Any]:
    """Return what was or would be written, and what the linter says of it, for scripts."""
    manifest: Json = json.loads(files[MANIFEST_NAME])
    return {
        "key": key,
        "path": path,
        "written": written,
        "files": [
            {"path": path, "sizeBytes": len(content)}
            | ({} if written else {"content": content.decode()})
            for path, content in files.items()
        ],
        "manifest": manifest,
        "proposal": proposal_document(draft) if draft else None,
        "findings": [
            finding_document(finding, checked.path_of(finding)) for finding in checked.findings
        ],
    }
