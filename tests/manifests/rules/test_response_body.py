"""Rules about response templates, beyond what their examples show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.payloads.errors import ResponseTemplateError
from muster.payloads.response import MAX_TEMPLATE_LENGTH, ResponseTemplate
from tests.manifests.rules.requests import errors_among, findings_in
from tests.payloads.strategies import SPECS

PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        '"',
        ": ",
        ", ",
        " ",
        "1",
        '"a": ',
        "{{segmentKey}}",
        "{{{errorMessage}}}",
        "{{statusCode}}",
        "{{requestBody.batch.0.userId}}",
        "{{#if errorMessage}}",
        "{{#each requestBody}}",
        "{{#with requestBody}}",
        "{{else}}",
        "{{/if}}",
        "{{/each}}",
        "{{/with}}",
        "{{../segmentkey}}",
        "{{upper segmentKey}}",
        "{{> part}}",
        "{{!",
        "}}",
    ]
)
TEMPLATES = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20)


def rules_for(template: Json, parser: str = "hightouch") -> list[str]:
    """Return the names of the rules that a template breaks, in order."""
    names = [finding.rule for finding in findings_in(SPECS[parser], template)]
    return [name.removeprefix("response-body/") for name in names]


@given(TEMPLATES)
def test_what_muster_can_not_load_is_an_error(template: str) -> None:
    broken = errors_among(findings_in(SPECS["hightouch"], template))
    try:
        ResponseTemplate.compile(template)
    except ResponseTemplateError:
        assert broken
        assert set(broken.values()) == {"/jsonResponseBody"}


@pytest.mark.parametrize(
    ("template", "rules"),
    [
        ('{"ok": true}', []),
        ('{"ok": "{{requestBody.anything.at.all}}"}', []),
        ('{"e": {{#if errorMessage}}"{{{errorMessage}}}"{{else}}null{{/if}} }', []),
        ("", ["failure", "success"]),
        ('{"a": "{{upper segmentKey}}"}', ["failure", "success"]),
        ('{"a": {{#if errorMessage}}1{{/if}} }', ["success"]),
        ('{"a": 1}{{#if errorMessage}}!{{/if}}', ["failure"]),
        ('{{#if segmentKey}}{"a": "{{requestBody.x}}"}{{/if}}', ["unread"]),
        ('{"a": {{requestBody.x}} }', ["sample"]),
        ('{"a": "{{segmentUrl}}", "b": {{errorMessage}} }', ["success", "unquoted-text"]),
        ('{{#if errorMessage}}{"e": {{errorMessage}} }{{else}}{}{{/if}}', ["unquoted-text"]),
    ],
)
def test_each_case_has_a_rule(template: str, rules: list[str]) -> None:
    assert rules_for(template) == rules


def test_lists_are_tried_with_several_members() -> None:
    listed = '[{{#each requestBody.members}}"{{integration_distinct_id}}"%s{{/each}}]'
    assert rules_for(listed % "") == ["sample"]
    assert rules_for(listed % "{{#unless @last}},{{/unless}}") == []


def test_a_body_that_can_not_be_built_leaves_an_empty_one_to_try() -> None:
    findings = findings_in({**SPECS["hightouch"], "cohortIdPath": "/members"}, '{"a": {{b}} }')
    assert "response-body/success" in errors_among(findings)


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ('{"a": "{{segmentkey}}"}', "Did you mean 'segmentKey'?"),
        ('{"a": "{{#if error}}{{/if}}"}', "Known here"),
        ('{"a": "{{lookup body \'x\'}}"}', "Known here"),
        ('{"a": "{{#each requestBody}}{{userId}}{{../statuscode}}{{/each}}"}', "statusCode"),
        ('{"a": "{{#with requestBody}}{{@root.statuscode}}{{/with}}"}', "statusCode"),
    ],
)
def test_an_unknown_variable_is_told_with_the_nearest(source: str, hint: str) -> None:
    findings = findings_in(SPECS["hightouch"], source)
    assert [finding.rule for finding in findings] == ["response-body/unknown-variable"]
    assert hint in findings[0].hint


@pytest.mark.parametrize(
    "source",
    [
        '{"a": "{{this.segmentKey}}{{@root.segmentKey}}"}',
        '{"a": "{{#each requestBody}}{{userId}}{{@key}}{{../segmentKey}}{{/each}}"}',
        '{"a": "{{#with requestBody}}{{name}}{{/with}}"}',
        '{"a": "{{#requestBody}}{{name}}{{/requestBody}}"}',
        '{"a": "{{lookup requestBody \'x\'}}"}',
    ],
)
def test_other_names_are_known_or_of_something_else(source: str) -> None:
    assert not findings_in(SPECS["hightouch"], source)


def test_braces_that_run_together_are_told_how_to_part() -> None:
    findings = findings_in(SPECS["hightouch"], '{"code": {{statusCode}}}')
    assert [finding.rule for finding in findings] == ["response-body/unusable"]
    assert "space" in findings[0].hint


@pytest.mark.parametrize(
    "template",
    [
        "{{#if a}}" * 5000 + "{{/if}}" * 5000,
        '"' + "{{a}}" * MAX_TEMPLATE_LENGTH + '"',
        "{{lookup " + "(lookup " * 5000,
    ],
)
def test_a_template_that_is_made_to_do_harm_is_refused(template: str) -> None:
    assert rules_for(template) == ["unusable"]
