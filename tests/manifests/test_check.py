"""Checking a manifest: what each mistake is called, where it is found, what it says."""

from typing import Any

import pytest

from muster.manifests.check import check, read_manifest
from muster.manifests.findings import Finding, InvalidManifestError, Severity
from muster.manifests.model import Icons
from muster.manifests.schema import MAX_FINDINGS, schema
from tests.manifests.documents import HORIZONTAL, SQUARE, document, request_parser

WORDED = {
    "required",
    "additionalProperties",
    "type",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
}
STRUCTURE = {"$schema", "$ref", "title", "description", "properties", "definitions", "items"}


def only_finding(manifest: Any) -> Finding:
    """Return the one finding of a manifest."""
    [finding] = check(manifest)
    return finding


def test_a_manifest_without_a_fault_has_no_findings() -> None:
    assert check(document()) == []


MISTAKES: list[tuple[dict[str, Any], str, str, str]] = [
    ({"name": None}, "missing-key", "", 'The key "name" is missing. Add "name".'),
    (
        {"verson": "1.0.0"},
        "unknown-key",
        "/verson",
        'There is no key "verson" here. Did you mean "version"?',
    ),
    ({"name": 7}, "wrong-type", "/name", "Found a number, expected a text."),
    (
        {"requiresOAuth": "no"},
        "wrong-type",
        "/requiresOAuth",
        "Found a text, expected true or false.",
    ),
    ({"name": "ab"}, "wrong-length", "/name", "Found 2, expected at least 3 characters."),
    ({"name": "a" * 101}, "wrong-length", "/name", "Found 101, expected at most 100 characters."),
    ({"categories": []}, "wrong-length", "/categories", "Found 0, expected at least 1 item."),
    (
        {"categories": ["data", "data"]},
        "repeated-item",
        "/categories",
        "An item stands here twice. Keep one of each.",
    ),
    (
        {"categories": ["synced-segment"]},
        "wrong-choice",
        "/categories/0",
        '"synced-segment" is not a choice here. Did you mean "synced-segments"?',
    ),
    (
        {"icons": {"square": "square.png", "horizontal": HORIZONTAL}},
        "wrong-text",
        "/icons/square",
        (
            'Found "square.png", expected the path of an SVG file in the integration\'s folder, '
            "such as assets/square.svg."
        ),
    ),
    (
        {"capabilities": {"SyncedSegment": {}}},
        "unknown-key",
        "/capabilities/SyncedSegment",
        'There is no key "SyncedSegment" here. Did you mean "syncedSegment"?',
    ),
    (
        {"capabilities": {"bigSegmentStore": {"dbStyle": "mongo"}}},
        "wrong-choice",
        "/capabilities/bigSegmentStore/dbStyle",
        '"mongo" is not a choice here. Known here: redis, dynamoDB.',
    ),
    (
        {"capabilities": {"auditLogEventsHook": {"templates": {"flags": ""}}}},
        "unknown-key",
        "/capabilities/auditLogEventsHook/templates/flags",
        'There is no key "flags" here. Did you mean "flag"?',
    ),
    (
        {
            "capabilities": {
                "syncedSegment": {
                    "requestParser": {**request_parser(), "memberArrayParser": {"memberIdPath": 1}}
                }
            }
        },
        "wrong-type",
        "/capabilities/syncedSegment/requestParser/memberArrayParser/memberIdPath",
        "Found a number, expected a text.",
    ),
    (
        {
            "formVariables": [
                {"key": "a b", "name": "Key", "type": "string", "description": "A key."}
            ]
        },
        "wrong-text",
        "/formVariables/0/key",
        'Found "a b", expected a text without spaces.',
    ),
]


@pytest.mark.parametrize(("mistake", "rule", "pointer", "text"), MISTAKES)
def test_a_mistake_is_named_placed_and_explained(
    mistake: dict[str, Any], rule: str, pointer: str, text: str
) -> None:
    finding = only_finding(document(**mistake))
    assert (finding.rule, finding.pointer) == (f"schema/{rule}", pointer)
    assert f"{finding.message} {finding.hint}".strip() == text
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("version", ["1.0.0", "10.2.3-rc.1", "0.0.1+build5"])
def test_a_semantic_version_is_taken(version: str) -> None:
    assert check(document(version=version)) == []


@pytest.mark.parametrize("version", ["1.0.0\n", "01.0.0", "1.0.0.0", "v1.0.0", "1.0.0-"])
def test_another_version_is_not(version: str) -> None:
    assert only_finding(document(version=version)).rule == "schema/wrong-text"


@pytest.mark.parametrize("email", ["support", "a@b c", "@example.com", "a@example.com\n", "a@-b"])
def test_an_address_that_no_mail_reaches_is_found(email: str) -> None:
    assert only_finding(document(supportEmail=email)).pointer == "/supportEmail"


@pytest.mark.parametrize("break_character", ["\n", "\r", "\u2028"])
def test_an_overview_is_one_line(break_character: str) -> None:
    overview = f"Sync the cohorts{break_character}of an example."
    assert only_finding(document(overview=overview)).rule == "schema/wrong-text"


@pytest.mark.parametrize(
    "path",
    ["settings/import", "/settings", "settings?tab=a/b", "a?b c/d", "settings?tab=//", "?", "a??"],
)
def test_a_path_inside_of_the_product_is_taken(path: str) -> None:
    assert check(document(capabilities={"internalConfigurationURL": path})) == []


@pytest.mark.parametrize("path", ["settings//import", "settings/", "", "//a", "a//?b", "a? //"])
def test_another_path_is_not(path: str) -> None:
    finding = only_finding(document(capabilities={"internalConfigurationURL": path}))
    assert finding.rule == "schema/wrong-text"


@pytest.mark.parametrize("manifest", [None, [], "text", 1, True])
def test_a_manifest_is_an_object(manifest: Any) -> None:
    assert only_finding(manifest).rule == "schema/wrong-type"


def test_every_missing_key_is_found_once() -> None:
    pointers = [finding.message for finding in check({})]
    assert len(pointers) == len(set(pointers)) == len(schema()["required"])


def test_a_hostile_manifest_is_found_out_soon() -> None:
    unknown = {f"key{n}": 0 for n in range(50_000)}
    assert len(check(document(**unknown))) == MAX_FINDINGS
    assert len(check(document(categories=[{"n": n} for n in range(50_000)]))) == MAX_FINDINGS


def test_what_nests_deep_is_no_matter() -> None:
    deep: Any = "the end"
    for _ in range(1_000):
        deep = [deep]
    assert only_finding(document(name=deep)).message == "Found an array, expected a text."
    assert only_finding(deep).rule == "schema/wrong-type"


def test_what_was_found_is_shown_cut_short() -> None:
    finding = only_finding(document(icons={"square": "x" * 1_000_000, "horizontal": HORIZONTAL}))
    assert len(finding.message) < 200
    finding = only_finding(document(**{"y" * 1_000_000: 1}))
    assert len(finding.message) < 200
    assert finding.pointer == ""


def parts_of(part: Any) -> list[dict[str, Any]]:
    """Return a schema and all the schemas in it."""
    if not isinstance(part, dict):
        return []
    inner = [
        *part.get("properties", {}).values(),
        *part.get("definitions", {}).values(),
        part.get("items"),
        part.get("additionalProperties"),
    ]
    return [part, *(found for each in inner for found in parts_of(each))]


def test_the_schema_asserts_nothing_that_has_no_words() -> None:
    for part in parts_of(schema()):
        assert set(part) <= WORDED | STRUCTURE
        if "pattern" in part:
            assert part["description"]
        if part.get("additionalProperties") is False:
            assert part["properties"]


def test_a_manifest_is_read() -> None:
    manifest = read_manifest(document())
    assert manifest.name == "Example cohorts"
    assert manifest.support_email == "support@example.com"
    assert manifest.links["site"] == "https://www.example.com"
    assert manifest.icons == Icons(SQUARE, HORIZONTAL)
    assert manifest.form_variables == ()
    assert manifest.synced_segment is not None
    assert manifest.synced_segment.request_parser == request_parser()
    assert manifest.synced_segment.json_response_body is None


def test_a_manifest_may_declare_nothing_that_syncs() -> None:
    assert read_manifest(document(capabilities=None)).synced_segment is None


def test_an_invalid_manifest_is_refused_with_every_finding() -> None:
    with pytest.raises(InvalidManifestError) as caught:
        read_manifest(document(name="ab", version="one"))
    pointers = {finding.pointer for finding in caught.value.findings}
    assert pointers == {"/name", "/version"}
    assert caught.value.pointer == "/name"
    assert caught.value.message.startswith("/name: Found 2, expected at least 3 characters.")
