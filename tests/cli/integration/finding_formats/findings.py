"""Checked folders for the tests of the formats."""

from pathlib import Path

from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.core.json_text import Position
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import IntegrationFolder

MANIFEST = b"""{
  "name": "Acme",
  "vershun": "1.0.0",
  "links": {"site": "https://acme.io "}
}
"""
UNKNOWN_KEY = Finding(
    rule="schema/unknown-key",
    severity=Severity.ERROR,
    pointer="/vershun",
    message='There is no key "vershun" here.',
    hint='Did you mean "version"?',
    position=Position(3, 3),
)
TOO_LARGE = Finding(
    rule="asset/too-large",
    severity=Severity.WARNING,
    pointer="",
    message="It has 70,000 bytes.",
    file="assets/square.svg",
)


def checked(*findings: Finding, place: str = "/w/integrations/acme") -> CheckedFolder:
    """Return a folder with these findings, as it is seen from /w."""
    folder = IntegrationFolder("Acme", {"manifest.json": MANIFEST}, place)
    return CheckedFolder.of(folder, findings, Path("/w"))
