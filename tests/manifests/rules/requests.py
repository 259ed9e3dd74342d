"""What the linter says of a syncedSegment capability."""

import json
from collections.abc import Sequence

from muster.core.pointers import Json
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder
from muster.manifests.linter import lint
from muster.manifests.rules.examples import HORIZONTAL_LOGO, SQUARE_LOGO
from tests.manifests.documents import HORIZONTAL, SQUARE, document

PLACE = "/capabilities/syncedSegment"


def findings_of(manifest: Json) -> Sequence[Finding]:
    """Return all findings of a manifest whose logos are there."""
    files: dict[str, bytes] = {
        MANIFEST_NAME: json.dumps(manifest).encode(),
        SQUARE: SQUARE_LOGO.encode(),
        HORIZONTAL: HORIZONTAL_LOGO.encode(),
    }
    return lint([IntegrationFolder("acme", files)])[0].findings


def findings_in(parser: Json, response: Json = None) -> Sequence[Finding]:
    """Return the findings of an otherwise sound manifest with this requestParser."""
    capability = {"requestParser": parser}
    if response is not None:
        capability["jsonResponseBody"] = response
    return findings_of(document(capabilities={"syncedSegment": capability}))


def errors_among(findings: Sequence[Finding]) -> dict[str, str]:
    """Return the rules of severity error that are broken, each with where."""
    return {
        finding.rule: finding.pointer.removeprefix(PLACE)
        for finding in findings
        if finding.severity is Severity.ERROR
    }
