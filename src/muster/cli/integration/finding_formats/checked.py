"""What the formats show: integrations that were checked, with paths as the user sees them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import IntegrationFolder


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """An integration that was checked.

    Attributes:
        path: the folder, relative to the working directory where it lies in it, else absolute.
        findings: those that are to be shown, in the order in which they stand in their files.
    """

    folder: IntegrationFolder
    path: str
    findings: Sequence[Finding]

    @classmethod
    def of(
        cls, folder: IntegrationFolder, findings: Sequence[Finding], directory: Path
    ) -> "CheckedFolder":
        """Return a folder with its findings, its path as it is seen from a working directory."""
        path = Path(os.path.abspath(directory / folder.place))  # noqa: PTH100 - keeps links
        shown = path.relative_to(directory) if path.is_relative_to(directory) else path
        return cls(folder, _encodable(shown.as_posix()), findings)

    @property
    def error_count(self) -> int:
        """Return how many of the findings are errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def warning_count(self) -> int:
        """Return how many of the findings are warnings."""
        return len(self.findings) - self.error_count

    def path_of(self, finding: Finding) -> str:
        """Return the path of the file at fault, from where the folder's path starts."""
        return _encodable(f"{self.path}/{finding.file}" if self.path != "." else finding.file)


def count_errors(folders: Iterable[CheckedFolder]) -> int:
    """Return how many errors folders have together."""
    return sum(folder.error_count for folder in folders)


def count_warnings(folders: Iterable[CheckedFolder]) -> int:
    """Return how many warnings folders have together."""
    return sum(folder.warning_count for folder in folders)


def _encodable(path: str) -> str:
    """Return a path with the bytes escaped that are not UTF-8: a file's name may hold any."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
