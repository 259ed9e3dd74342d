"""Findings for people: what and where, the line itself, and how to mend it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.text import Text

from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.cli.integration.finding_formats.excerpt import Source
from muster.cli.output import printable
from muster.manifests.findings import Finding, Severity

_SEVERITY_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_GUTTER: Final = 6
"""How many columns the number of a line takes."""


def print_findings(folders: Sequence[CheckedFolder]) -> None:
    """Print the findings file by file; in colour on a terminal that may have it."""
    console = Console(highlight=False)
    for folder in folders:
        for text in _render_folder(folder):
            if console.is_terminal:
                console.print(text, soft_wrap=True)
            else:  # as Rich would print it, in a tenth of the time
                print(text.plain)


def _render_folder(folder: CheckedFolder) -> Iterator[Text]:
    for file, findings in groupby(folder.findings, key=lambda finding: finding.file):
        content = folder.folder.files.get(file)
        source = Source(content) if isinstance(content, bytes) else None
        for finding in findings:
            yield _render(finding, folder.path_of(finding), source)
        # Between files stands an empty line.
        yield Text()


def _render(finding: Finding, path: str, source: Source | None) -> Text:
    position = finding.position
    place = path if position is None else f"{path}:{position.line}:{position.column}"
    text = Text()
    text.append(finding.severity.value, style=_SEVERITY_STYLES[finding.severity])
    text.append(f" {printable(place)} ", style="bold")
    text.append(finding.rule, style="cyan")
    text.append(f" {printable(finding.message)}")
    if finding.pointer:
        text.append(f"\n{'at':>{_GUTTER}} {printable(finding.pointer)}", style="dim")
    excerpt = source.excerpt(position) if source and position else None
    if excerpt and position:
        text.append(f"\n{position.line:>{_GUTTER}} | ", style="dim").append(excerpt.text)
        text.append(f"\n{'':>{_GUTTER}} | ", style="dim").append(" " * excerpt.indent)
        text.append("^" * excerpt.length, style=_SEVERITY_STYLES[finding.severity])
    if finding.hint:
        text.append(f"\n{'mend':>{_GUTTER}} ", style="green").append(printable(finding.hint))
    return text
