"""Findings as SARIF 2.1.0."""

from dataclasses import replace
from typing import Any

from muster.cli.integration.finding_formats.sarif import sarif_log
from muster.manifests.findings import Severity
from muster.manifests.rules.rule import Example, Rule
from tests.cli.integration.finding_formats.findings import TOO_LARGE, UNKNOWN_KEY, checked

RULES = tuple(
    Rule(id_, severity, f"{id_} holds.", f"Why {id_} holds.", Example(), Example())
    for id_, severity in (
        ("asset/too-large", Severity.WARNING),
        ("schema/unknown-key", Severity.ERROR),
    )
)


def run_of(*places: str, **changes: Any) -> dict[str, Any]:
    """Return the run of a log about folders with two findings each."""
    finding = replace(UNKNOWN_KEY, **changes)
    folders = [checked(finding, TOO_LARGE, place=place) for place in places]
    log = sarif_log(folders, RULES, "1.2.3")
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    return dict(run)


def test_the_tool_lists_its_rules() -> None:
    driver = run_of()["tool"]["driver"]
    assert driver["version"] == "1.2.3"
    assert driver["rules"][1] == {
        "id": "schema/unknown-key",
        "shortDescription": {"text": "schema/unknown-key holds."},
        "fullDescription": {"text": "Why schema/unknown-key holds."},
        "help": {
            "text": "Why schema/unknown-key holds.",
            "markdown": "Why schema/unknown-key holds.",
        },
        "defaultConfiguration": {"level": "error"},
    }


def test_a_result_names_its_rule_its_place_and_its_pointer() -> None:
    run = run_of("/w/integrations/acme")
    first, second = run["results"]
    assert first == {
        "ruleId": "schema/unknown-key",
        "ruleIndex": 1,
        "level": "error",
        "message": {"text": 'There is no key "vershun" here. Did you mean "version"?'},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": "integrations/acme/manifest.json",
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": 3, "startColumn": 3},
                },
                "logicalLocations": [{"name": "vershun", "fullyQualifiedName": "/vershun"}],
            }
        ],
    }
    assert run["tool"]["driver"]["rules"][second["ruleIndex"]]["id"] == second["ruleId"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert "%SRCROOT%" in run["originalUriBaseIds"]


def test_without_a_position_the_file_is_named_from_its_first_line() -> None:
    location = run_of("/w/acme")["results"][1]["locations"][0]
    assert location["physicalLocation"]["region"] == {"startLine": 1}
    assert "logicalLocations" not in location


def test_uris_are_escaped_and_files_elsewhere_have_absolute_ones() -> None:
    def uri_of(place: str) -> dict[str, str]:
        (result, _) = run_of(place)["results"]
        artifact: dict[str, str] = result["locations"][0]["physicalLocation"]["artifactLocation"]
        return artifact

    assert uri_of("/w/a b%/ä#1") == {
        "uri": "a%20b%25/%C3%A4%231/manifest.json",
        "uriBaseId": "%SRCROOT%",
    }
    assert uri_of("/else where") == {"uri": "file:///else%20where/manifest.json"}
    assert uri_of("/w/a:b")["uri"] == "a%3Ab/manifest.json"


def test_a_finding_of_a_rule_that_is_not_listed_still_names_it() -> None:
    result = run_of("/w/acme", rule="new/rule")["results"][0]
    assert result["ruleId"] == "new/rule"
    assert "ruleIndex" not in result
