"""Findings: what is wrong with an integration, where, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from muster.core.errors import InvalidRequestError
from muster.core.json_text import Position
from muster.core.wording import count_of
from muster.manifests.folder import MANIFEST_NAME


class Severity(StrEnum):
    """How much a finding matters: with an error an integration is not ready to be submitted."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an integration.

    Attributes:
        rule: the stable id of the rule that is broken, such as `schema/missing-key`.
        pointer: RFC 6901 JSON pointer of the value at fault in the manifest; empty for the whole
            document, and in any other file.
        message: what was found and what was expected, in a sentence.
        hint: how to mend it, in a sentence; empty where the message says all.
        file: the file at fault, relative to the integration's folder.
        position: line and column of the fault in that file, where they are known.
    """

    rule: str
    severity: Severity
    pointer: str
    message: str
    hint: str = ""
    file: str = MANIFEST_NAME
    position: Position | None = None

    def __str__(self) -> str:
        place = self.pointer or "the manifest"
        return f"{place}: {self.message} {self.hint}".rstrip()


class InvalidManifestError(InvalidRequestError):
    """A manifest that breaks rules; `findings` holds each of them, errors and warnings.

    The message and the pointer are those of the first error.
    """

    code = "invalid-manifest"

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        others = f" ({count_of(len(errors) - 1, 'more error')})" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{others}", pointer=errors[0].pointer)
        self.findings = tuple(findings)
