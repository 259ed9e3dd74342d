"""What is a template, and where a text stops being one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.manifests.handlebars.nodes import (
    Block,
    Call,
    Content,
    Literal,
    Mustache,
    Path,
    Template,
)
from muster.manifests.handlebars.parser import MAX_DEPTH, MAX_SOURCE_LENGTH, parse_template
from muster.manifests.handlebars.tokens import TemplateSyntaxError
from tests.manifests.handlebars.templates import nearly_templates, templates


def test_a_template_is_text_and_tags() -> None:
    [text, tag, rest] = parse_template("Hello {{user.name}}!").program.body
    assert text == Content(0, "Hello ")
    path = Path(8, ("user", "name"), depth=0, is_data=False, original="user.name")
    assert tag == Mustache(6, Call(6, path), is_escaped=True)
    assert rest == Content(19, "!")


@pytest.mark.parametrize("tag", ["{{{name}}}", "{{&name}}", "{{~& name }}"])
def test_a_value_may_be_left_as_it_is(tag: str) -> None:
    [node] = parse_template(tag).program.body
    assert isinstance(node, Mustache)
    assert not node.is_escaped


def test_a_call_has_arguments_by_place_and_by_name() -> None:
    [tag] = parse_template("{{lookup tags 0 (equal a 'b') deep=true}}").program.body
    assert isinstance(tag, Mustache)
    [tags, number, inner] = tag.call.params
    assert isinstance(tags, Path)
    assert number == Literal(14, 0.0, "0")
    assert isinstance(inner, Call)
    assert tag.call.hash == (("deep", Literal(35, True, "true")),)


@pytest.mark.parametrize(
    ("source", "depth", "parts"),
    [
        ("{{../name}}", 1, ("name",)),
        ("{{../../a/b}}", 2, ("a", "b")),
        ("{{this.name}}", 0, ("name",)),
        ("{{./name}}", 0, ("name",)),
        ("{{a.[two words]}}", 0, ("a", "two words")),
        ("{{this}}", 0, ()),
        ("{{[this]}}", 0, ("this",)),
    ],
)
def test_a_path_leads_up_and_down(source: str, depth: int, parts: tuple[str, ...]) -> None:
    [tag] = parse_template(source).program.body
    assert isinstance(tag, Mustache)
    assert (tag.call.path.depth, tag.call.path.parts) == (depth, parts)


def test_an_else_may_ask_again() -> None:
    [block] = parse_template("{{#if a}}1{{else if b}}2{{else}}3{{/if}}").program.body
    assert isinstance(block, Block)
    assert block.program is not None
    assert block.program.body == (Content(9, "1"),)
    assert block.inverse is not None
    [chained] = block.inverse.body
    assert isinstance(chained, Block)
    assert chained.inverse is not None
    assert chained.inverse.body == (Content(32, "3"),)


def test_a_block_names_what_it_gives() -> None:
    [block] = parse_template("{{#each tags as |tag index|}}{{/each}}").program.body
    assert isinstance(block, Block)
    assert block.program is not None
    assert block.program.block_params == ("tag", "index")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("a{{! left out }}b", ["a", "b"]),
        ("a{{!-- with }} in it --}}b", ["a", "b"]),
        (r"\{{name}} b", ["{{name}} b"]),
        (r"\\{{!}}", ["\\"]),
        ("a \n {{~! both ~}} \n b", ["a", "b"]),
        ("{ { } }", ["{ { } }"]),
        ("a }} b", ["a }} b"]),
    ],
)
def test_some_of_it_is_no_tag(source: str, texts: list[str]) -> None:
    body = parse_template(source).program.body
    assert [node.text for node in body if isinstance(node, Content)] == texts
    assert all(isinstance(node, Content) for node in body)


@pytest.mark.parametrize(
    ("source", "offset", "message"),
    [
        ("{{name", 2, "The tag is not closed."),
        ("{{name ", 6, "It ends inside of a tag or a block."),
        ("{{#if a}}b", 10, "It ends inside of a tag or a block."),
        ("a {{/if}}", 2, "'{{/' can't stand here."),
        ("{{#if a}}{{/each}}", 9, "This closes 'each', and what is open is 'if'."),
        ("{{}}", 2, "'}}' can't stand here."),
        ("{{{name}}", 7, "'}}' can't stand here."),
        ("{{name}}}", 6, "'}}}' can't stand here."),
        ("{{a b=1 c}}", 8, "'c' can't stand here."),
        ("{{a 'b}}", 4, "A tag can't hold \"'b\" here."),
        ("{{name;}}", 2, "A tag can't hold 'name;' here."),
        ("{{a.this}}", 4, "The path 'a.this' can't hold 'this' there."),
        ("{{else}}", 0, "'{{else}}' can't stand here."),
        ("{{> part}}", 0, "Partials and decorators are not supported: nothing provides them."),
        ("{{{{raw}}}}", 0, "Raw blocks, in four braces, are not supported."),
        ("a\0b{{c}}", 1, "There is a NUL character in the text."),
    ],
)
def test_what_is_no_template_is_told_with_its_place(source: str, offset: int, message: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        parse_template(source)
    assert (caught.value.offset, caught.value.message) == (offset, message)


def test_blocks_and_parentheses_nest_so_deep() -> None:
    parse_template("{{#a}}" * MAX_DEPTH + "{{/a}}" * MAX_DEPTH)
    parse_template("{{a " + "(a " * (MAX_DEPTH - 1) + "b" + ")" * (MAX_DEPTH - 1) + "}}")
    for opened in ("{{#a}}", "{{^a}}", "{{#a}}{{else a}}", "{{a (a ", "(a "):
        with pytest.raises(TemplateSyntaxError):
            parse_template("{{a " * opened.startswith("(") + opened * 2_000)


def test_a_template_has_so_many_characters() -> None:
    parse_template("a" * MAX_SOURCE_LENGTH)
    with pytest.raises(TemplateSyntaxError, match="longer than"):
        parse_template("a" * (MAX_SOURCE_LENGTH + 1))


@given(st.one_of(st.text(), nearly_templates(), templates()))
def test_any_text_is_a_template_or_told_why_not(source: str) -> None:
    outcome = template_or_error(source)
    if isinstance(outcome, Template):
        assert outcome.source == source
    else:
        assert 0 <= outcome.offset <= len(source)
        assert outcome.message.endswith(".")


def template_or_error(source: str) -> Template | TemplateSyntaxError:
    try:
        return parse_template(source)
    except TemplateSyntaxError as error:
        return error


@given(templates())
def test_what_keeps_to_the_grammar_is_a_template(source: str) -> None:
    assert parse_template(source).source == source
