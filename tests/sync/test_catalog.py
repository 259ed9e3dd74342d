"""The catalog: integrations by key, compiled."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.core.ids import IntegrationKey
from muster.manifests.check import read_manifest
from muster.manifests.findings import InvalidManifestError
from muster.sync.catalog import (
    Catalog,
    Integration,
    compile_integration,
    parse_integration_key,
)
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


@pytest.mark.parametrize("name", ["acme", "a", "0", "acme-2.0_beta", "a" * 64])
def test_a_folder_name_is_a_key(name: str) -> None:
    assert parse_integration_key(name) == name


def test_a_key_is_canonical_in_lower_case() -> None:
    assert parse_integration_key("ACME-Cohorts") == "acme-cohorts"


@pytest.mark.parametrize(
    "name", ["", "-a", ".a", "_a", "a b", "a/b", "a" * 65, "é", "a\n", "\u212a", "a\u0131"]
)
def test_another_name_is_not(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="can't be an integration's key"):
        parse_integration_key(name)


@given(st.text(max_size=70))
def test_a_canonical_key_is_its_own_key(name: str) -> None:
    try:
        key = parse_integration_key(name)
    except InvalidRequestError:
        return
    assert parse_integration_key(key) == key == name.lower()
