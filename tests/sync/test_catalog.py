"""The catalog: integrations by key, compiled."""

from dataclasses import replace
from typing import Any

import pytest

from muster.core.ids import IntegrationKey
from muster.manifests.check import read_manifest
from muster.manifests.findings import InvalidManifestError
from muster.manifests.rules.registry import find_rule
from muster.sync.catalog import Catalog, Integration, compile_integration
from tests.manifests.documents import document, request_parser


def integration(key: str, *, folder: str = "here", **synced_segment: Any) -> Integration:
    """Return an integration of the example manifest, with changes to its capability."""
    declared = {"requestParser": request_parser(), **synced_segment}
    manifest = read_manifest(document(capabilities={"syncedSegment": declared}))
    return compile_integration(IntegrationKey(key), manifest, folder)


def test_a_key_matches_without_regard_to_case() -> None:
    catalog = Catalog([integration("acme")])
    for key in ("acme", "ACME", "Acme"):
        found = catalog.find(key)
        assert found is not None
        assert found.key == "acme"
    assert catalog.find("acm") is None


def test_integrations_come_by_key() -> None:
    catalog = Catalog([integration("b"), integration("a"), integration("c")])
    assert [each.key for each in catalog] == ["a", "b", "c"]
    assert catalog.list_integrations() == tuple(catalog)
    assert len(catalog) == 3


def test_an_overlay_goes_before_what_it_is_laid_over() -> None:
    lower = Catalog([integration("a", folder="lower"), integration("b", folder="lower")])
    upper = Catalog([integration("b", folder="upper"), integration("c", folder="upper")])
    both = lower.overlay(upper)
    assert [(each.key, each.folder) for each in both] == [
        ("a", "lower"),
        ("b", "upper"),
        ("c", "upper"),
    ]
    assert [each.folder for each in lower] == ["lower", "lower"]


def test_an_integration_reads_requests() -> None:
    acme = integration("acme")
    assert acme.parser is not None
    assert acme.response_template is None
    body = {"environmentId": "e", "cohortId": "c", "cohortName": "C", "add": [{"id": "u"}]}
    assert acme.parser.parse(body).cohorts[0].added == ["u"]


def test_an_integration_may_have_its_own_answer() -> None:
    acme = integration("acme", jsonResponseBody='{"status": {{statusCode}}}')
    assert acme.response_template is not None


def test_an_integration_without_synced_segments_reads_none() -> None:
    manifest = replace(read_manifest(document()), synced_segment=None)
    acme = compile_integration(IntegrationKey("acme"), manifest, "here")
    assert acme.parser is None
    assert acme.response_template is None


@pytest.mark.parametrize(
    ("declared", "pointer"),
    [
        (
            {"requestParser": {**request_parser(), "cohortIdPath": "no pointer"}},
            "/requestParser/cohortIdPath",
        ),
        ({"jsonResponseBody": "{{#if"}, "/jsonResponseBody"),
    ],
)
def test_what_does_not_compile_is_named_by_its_place_in_the_manifest(
    declared: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidManifestError) as caught:
        integration("acme", **declared)
    assert caught.value.pointer == f"/capabilities/syncedSegment{pointer}"
    for finding in caught.value.findings:
        assert find_rule(finding.rule).severity is finding.severity
