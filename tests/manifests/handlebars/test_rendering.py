"""What a template renders, and where strict mode fails: as handlebars.js has it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.manifests.handlebars.parser import parse_template
from muster.manifests.handlebars.rendering import (
    MAX_FAULTS,
    MAX_LENGTH,
    Rendering,
    render_strictly,
)
from muster.manifests.handlebars.tokens import TemplateSyntaxError
from tests.manifests.handlebars.templates import CONTEXT, nearly_templates, templates


def render(source: str, context: Any = CONTEXT) -> Rendering:
    return render_strictly(parse_template(source), context)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{name}}", "Robin &amp; Co"),
        ("{{{name}}} {{&name}}", "Robin & Co Robin & Co"),
        ("{{zero}}{{no}}{{yes}}{{empty}}{{nothing}}", "0falsetrue"),
        ("{{tags}} {{project}}", "a,b [object Object]"),
        ("{{project.environment.key}} {{project/key}}", "staging web-shop"),
        ("{{tags.length}} {{tags.[1]}}", "2 b"),
        ("{{#if name}}1{{/if}}{{#if empty}}2{{else}}3{{/if}}", "13"),
        ("{{#if zero}}1{{/if}}{{#if zero includeZero=true}}2{{/if}}", "2"),
        ("{{#if none}}1{{else}}2{{/if}}{{#if project}}3{{/if}}", "23"),
        ("{{#if missing}}1{{else if yes}}2{{else}}3{{/if}}", "2"),
        ("{{#unless none}}1{{/unless}}{{^if yes}}2{{else}}3{{/if}}", "13"),
        ("{{#each tags}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}", "0a,1b"),
        ("{{#each project.environment}}{{@key}}={{this}}{{/each}}", "key=staging"),
        ("{{#each none}}1{{else}}2{{/each}}", "2"),
        ("{{#each tags}}{{#each ../tags}}{{@../index}}{{@index}} {{/each}}{{/each}}", "00 01 10 11 "),
        ("{{#each tags as |tag at|}}{{at}}{{tag}}{{../name}}{{/each}}", "0aRobin &amp; Co1bRobin &amp; Co"),
        ("{{#with project}}{{key}} {{../zero}} {{@root.zero}}{{/with}}", "web-shop 0 0"),
        ("{{#with empty}}1{{else}}2{{/with}}", "2"),
        ("{{#project}}{{key}}{{/project}}{{#tags}}{{this}}{{/tags}}", "web-shopab"),
        ("{{#nothing}}1{{else}}2{{/nothing}}{{^none}}3{{/none}}", "23"),
        ("{{#equal name 'Robin & Co'}}1{{else}}2{{/equal}}", "1"),
        ("{{#equal zero '0'}}1{{else}}2{{/equal}}{{#equal yes true}}3{{/equal}}", "23"),
        ("{{lookup tags 1}}{{lookup (lookup . 'project') 'key'}}", "bweb-shop"),
        ("{{queryEncode 'a b&c/ä'}} {{{pathEncode 'a b&c/ä'}}}", "a%20b%26c%2F%C3%A4 a%20b&c/%C3%A4"),
        ("{{{basicAuthHeaderValue 'user' 'secret'}}}", "Basic dXNlcjpzZWNyZXQ="),
        ("{{formatWithOffset 1700000000250 3600 'seconds'}}", "1700003600"),
        ("{{formatWithOffset 1700000000250 0 'milliseconds'}}", "1700000000250"),
        ("{{formatWithOffset 1700000000250 0 'rfc3339'}}", "2023-11-14T22:13:20.250Z"),
        ("{{formatWithOffset 1700000000250 0 'simple'}}", "2023-11-14 10:13:20"),
        ("{{log name}}{{! nothing }}|", "|"),
    ],
)  # fmt: skip
def test_a_template_renders(source: str, text: str) -> None:
    assert render(source) == Rendering(text, ())


@pytest.mark.parametrize(
    ("source", "offset", "message"),
    [
        ("a {{missing}}", 4, "There is no 'missing'."),
        ("{{project.kee}}", 2, "'project.kee' leads nowhere: there is no 'kee'."),
        ("{{nothing.key}}", 2, "'nothing.key' leads nowhere: there is no 'key'."),
        ("{{name.first}}", 2, "'name.first' leads nowhere: there is no 'first'."),
        ("{{#if missing.key}}{{/if}}", 6, "'missing.key' leads nowhere: there is no 'key'."),
        ("{{#missing}}{{/missing}}", 3, "There is no 'missing'."),
        ("{{#each tags}}{{name}}{{/each}}", 16, "There is no 'name'."),
        ("{{../name}}", 2, "'../name' leads nowhere: there is no 'name'."),
        ("{{@index}}", 3, "'@index' leads nowhere: there is no 'index'."),
        ("{{shout name}}", 0, "There is no helper 'shout'."),
        ("{{lookup tags (shout)}}", 14, "There is no helper 'shout'."),
        ("{{if name}}", 0, "if needs a block: {{#if …}}."),
        ("{{#if}}{{/if}}", 0, "if takes one argument, not 0."),
        ("{{#equal name}}{{/equal}}", 0, "equal takes two arguments, not 1."),
        (
            "{{formatWithOffset 'now' 0 'rfc3339'}}",
            0,
            "formatWithOffset takes milliseconds and an offset in seconds.",
        ),
    ],
)
def test_strict_mode_fails(source: str, offset: int, message: str) -> None:
    [fault] = render(source).faults
    assert (fault.offset, fault.message) == (offset, message)


@pytest.mark.parametrize(
    "source",
    [
        "{{#if missing}}{{missing}}{{/if}}",
        "{{#if project.missing}}{{/if}}",
        "{{#each missing}}{{/each}}",
        "{{lookup project missing}}",
        "{{#each none}}{{missing}}{{/each}}",
    ],
)
def test_what_is_only_asked_for_need_not_be_there(source: str) -> None:
    assert render(source).faults == ()


def test_every_fault_is_found_once_and_with_what_there_is() -> None:
    faults = render("{{#each tags}}{{a}}{{/each}}{{project.b}}{{a}}").faults
    assert [(fault.offset, fault.name) for fault in faults] == [(16, "a"), (30, "b"), (43, "a")]
    assert list(faults[1].known) == ["key", "environment"]


def nested(name: str, depth: int, inner: str) -> str:
    return f"{{{{#each {name}}}}}" * depth + inner + "{{/each}}" * depth


@pytest.mark.parametrize(
    "source",
    [
        nested("@root.many", 3, "{{this}}"),
        nested("@root.many", 2, "x" * 2_000),
        nested("@root.many", 1, "{{lookup " + "(lookup many 1) " * 1_000 + "}}"),
        nested("@root.many", 1, "{{#if " + "../" * 3_000 + "a}}{{/if}}"),
        "{{#each many as |" + "a " * 10_000 + "|}}{{/each}}",
    ],
    ids=[
        "loops in loops",
        "text in loops",
        "calls in a loop",
        "steps up in a loop",
        "names in a loop",
    ],
)
def test_a_hostile_template_comes_to_an_end(source: str) -> None:
    rendering = render(source, {"many": list(range(1_000))})
    assert rendering.text == ""
    assert rendering.faults[0].message.startswith("It takes more than")


def test_only_so_many_faults_are_told() -> None:
    rendering = render("{{missing}}" * 1_000)
    assert len(rendering.faults) == MAX_FAULTS


@given(st.one_of(templates(), nearly_templates()))
def test_a_template_renders_or_is_told_why_not(source: str) -> None:
    try:
        template = parse_template(source)
    except TemplateSyntaxError:
        return
    rendering = render_strictly(template, CONTEXT)
    assert len(rendering.text) <= MAX_LENGTH
    assert all(0 <= fault.offset <= len(source) for fault in rendering.faults)
    assert all(fault.message.endswith(".") for fault in rendering.faults)


@given(st.text())
def test_text_without_tags_renders_itself(text: str) -> None:
    plain = text.replace("{{", "").replace("\0", "")
    assert render(plain) == Rendering(plain, ())
