"""Template files: what they may name, where a fault is told, and what they have to give."""

from typing import Any

import pytest

from muster.core.json_text import Position
from muster.manifests.rules.rule import Example
from tests.manifests.rules.findings_of import findings_of, variable


def with_templates(
    files: dict[str, str | bytes], variables: Any = None, **declared: str
) -> Example:
    """Return an integration with templates: their content by path, their paths by kind."""
    hook = {"templates": declared}
    patch = {"formVariables": variables, "capabilities": {"auditLogEventsHook": hook}}
    return Example(patch, files)


def flag_template(source: str | bytes, variables: Any = None) -> Example:
    return with_templates({"flag.json": source}, variables, flag="flag.json")


def test_a_fault_is_told_where_it_is_in_the_file() -> None:
    [finding] = findings_of(
        "template/", flag_template('{\n  "a": "{{name}}",\n  "b": "{{naem}}"\n}')
    )
    assert (finding.file, finding.position) == ("flag.json", Position(3, 11))
    assert finding.message == "There is no 'naem'."
    assert finding.hint == "Did you mean 'name'?"


def test_a_form_variable_is_named_with_what_holds_it() -> None:
    [finding] = findings_of("template/", flag_template('"{{region}}"', [variable()]))
    assert finding.hint == "Write `formVariables.region`."
    assert not findings_of("template/", flag_template('"{{formVariables.region}}"', [variable()]))


def test_in_a_loop_other_names_are_known() -> None:
    [finding] = findings_of("template/", flag_template("[{{#each _links}}{{kind}}{{/each}}]"))
    assert finding.hint == "Write `@root.kind`."


def test_some_form_variables_cannot_be_named() -> None:
    choice = variable(type="multiselect", multiselectOptions=[])
    [finding] = findings_of("template/", flag_template('"{{formVariables.region}}"', [choice]))
    assert finding.hint == "A form variable of its type can't be named in a template."


def test_texts_are_escaped_in_json_only() -> None:
    source = '{"text": "{{{details.markdown}}}"}'
    assert not findings_of("template/", flag_template(source))
    plain = with_templates({"flag.txt": source}, flag="flag.txt")
    assert not findings_of("template/", plain)


@pytest.mark.parametrize(
    "source", ["[1,]", "{{name}}", "", "[NaN]", '"{{{details.html}}}', "[" * 5_000]
)
def test_what_renders_no_json_is_found(source: str) -> None:
    assert [x.rule for x in findings_of("template/", flag_template(source))] == [
        "template/not-json"
    ]


def test_bytes_that_are_no_text_are_no_json_either() -> None:
    assert [x.rule for x in findings_of("template/", flag_template(b"\xff\xfe"))] == [
        "template/not-json"
    ]


@pytest.mark.parametrize("number", ["1" * 5_000, "1e999", "-0", "0.1E-7"])
def test_a_number_may_be_as_long_as_it_likes(number: str) -> None:
    assert not findings_of("template/", flag_template(number))


def test_the_validation_template_need_not_be_json_but_something() -> None:
    def broken(source: str) -> list[str]:
        example = with_templates({"a.json": source}, validation="a.json")
        return [finding.rule for finding in findings_of("template/", example)]

    assert broken("{{name}}") == []
    assert broken(" \n\ufeff") == ["template/empty"]


def test_a_file_of_several_kinds_is_told_of_once_for_each_fault() -> None:
    example = with_templates({"a.txt": "{{titel}} {{kind"}, flag="a.txt", project="./a.txt")
    [finding] = findings_of("template/failing", example)
    assert finding.message == "The tag is not closed."


def test_a_path_is_looked_up_in_the_folder() -> None:
    example = with_templates({"a.txt": "a"}, flag="x/../a.txt", member="../a.txt", default="")
    assert [finding.pointer for finding in findings_of("template/missing", example)] == [
        "/capabilities/auditLogEventsHook/templates/flag",
        "/capabilities/auditLogEventsHook/templates/member",
    ]


def test_a_file_that_cannot_be_read_is_told_of() -> None:
    hook = {"templates": {"flag": "a.txt"}}
    example = Example({"capabilities": {"auditLogEventsHook": hook}}, unreadable=["a.txt"])
    [finding] = findings_of("template/", example)
    assert (finding.rule, finding.message) == ("template/missing", "The file can't be read.")


def test_a_folder_of_templates_is_not_for_the_standard_payload() -> None:
    hook = {"templates": {}, "useStandardWebhookPayload": True}
    example = Example({"capabilities": {"auditLogEventsHook": hook}}, {"templates/a.txt": "a"})
    [finding] = findings_of("template/", example)
    assert finding.pointer == "/capabilities/auditLogEventsHook/useStandardWebhookPayload"
