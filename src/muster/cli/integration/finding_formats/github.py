"""Findings as GitHub's workflow commands, which show them beside the lines of a pull request.

The form and the escapes are those of https://docs.github.com/actions, "Workflow commands", and of
@actions/core. GitHub shows the first ten errors and the first ten warnings of a step; the log, all.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.cli.output import printable
from muster.manifests.findings import Finding

_DATA_ESCAPES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY_ESCAPES: Final = {**_DATA_ESCAPES, **str.maketrans({":": "%3A", ",": "%2C"})}


def github_commands(folders: Sequence[CheckedFolder]) -> Iterator[str]:
    """Yield a workflow command for each finding, each a line."""
    for folder in folders:
        for finding in folder.findings:
            yield _command(finding, folder.path_of(finding))


def _command(finding: Finding, path: str) -> str:
    properties = {"file": printable(path)}
    if finding.position:
        properties |= {"line": str(finding.position.line), "col": str(finding.position.column)}
    properties["title"] = finding.rule
    listed = ",".join(
        f"{name}={value.translate(_PROPERTY_ESCAPES)}" for name, value in properties.items()
    )
    pointer = f"At {finding.pointer}" if finding.pointer else ""
    lines = "\n".join(printable(line) for line in (finding.message, finding.hint, pointer) if line)
    return f"::{finding.severity.value} {listed}::{lines.translate(_DATA_ESCAPES)}"
