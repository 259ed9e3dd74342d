"""Checking a manifest, and reading one that passes."""

from muster.core.pointers import Json
from muster.manifests.findings import Finding, InvalidManifestError, Severity
from muster.manifests.model import Icons, Manifest, SyncedSegmentCapability
from muster.manifests.schema import check_schema


def check(document: Json) -> list[Finding]:
    """Return what is wrong with a manifest, the decoded JSON of a manifest.json; empty when all is well."""
    return check_schema(document)


def read_manifest(document: Json) -> Manifest:
    """Return the manifest that a decoded JSON document holds.

    Raises:
        InvalidManifestError: a rule is broken; the error holds every finding.
    """
    findings = check(document)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise InvalidManifestError(findings)
    capabilities = document.get("capabilities", {})
    return Manifest(
        name=document["name"],
        version=document["version"],
        overview=document["overview"],
        description=document["description"],
        author=document["author"],
        support_email=document["supportEmail"],
        links=document["links"],
        categories=tuple(document["categories"]),
        icons=Icons(**document["icons"]),
        form_variables=tuple(document.get("formVariables", ())),
        capabilities=capabilities,
        synced_segment=_synced_segment(capabilities.get("syncedSegment")),
    )


def _synced_segment(declared: Json) -> SyncedSegmentCapability | None:
    if declared is None:
        return None
    return SyncedSegmentCapability(declared["requestParser"], declared.get("jsonResponseBody"))
