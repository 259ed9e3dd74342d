"""Comparing what our reader of Handlebars makes of templates with what handlebars.js makes of them.

Needs a checkout of the framework, see `conftest.py`.
"""

import random
from pathlib import Path

from muster.manifests.handlebars.parser import parse_template
from muster.manifests.handlebars.rendering import render_strictly
from muster.manifests.handlebars.tokens import TemplateSyntaxError
from tests.framework.checkout import render_templates
from tests.framework.summary import print_lines
from tests.manifests.handlebars.templates import ARGUMENTS, CONTEXT, NAMES, PIECES

TEMPLATES = 5_000
SEED = 3


class Writer:
    """Writes templates at random, most of which keep to the grammar."""

    def __init__(self) -> None:
        self._random = random.Random(SEED)

    def write(self) -> str:
        """Return a template; every third has a piece more or less somewhere."""
        template = self._body(0)
        at = self._random.randrange(len(template) + 1)
        end = at + self._random.randrange(3)
        is_broken = self._random.random() < 0.33
        return (
            template[:at] + self._random.choice(PIECES) + template[end:] if is_broken else template
        )

    def _body(self, depth: int) -> str:
        # JavaScript adds numbers that stand side by side: each tag has a text before it.
        return "".join(f"-{self._node(depth)}" for _ in range(self._random.randrange(4)))

    def _node(self, depth: int) -> str:
        choice = self._random.random()
        if choice < 0.2:
            return self._random.choice(["text", " \n", '"', "{ }", "{{! note }}", r"\{{name}}"])
        if choice < 0.5:
            return self._random.choice(["{{%s}}", "{{{%s}}}", "{{& %s}}"]) % self._name()
        if choice < 0.65 or depth > 2:
            return f"{{{{{self._call()}}}}}"
        return self._block(depth)

    def _name(self) -> str:
        return self._random.choice(NAMES)

    def _arguments(self, count: int) -> str:
        chosen = [self._random.choice(ARGUMENTS) for _ in range(count)]
        return " ".join([f"({self._call()})" if self._random.random() < 0.1 else x for x in chosen])

    def _call(self) -> str:
        helpers = [
            "lookup",
            "pathEncode",
            "queryEncode",
            "basicAuthHeaderValue",
            "log",
            "if",
            "nobody",
        ]
        return f"{self._random.choice(helpers)} {self._arguments(self._random.randrange(4))}"

    def _block(self, depth: int) -> str:
        name = self._random.choice(["if", "unless", "each", "with", "equal", "equalWithElse", ""])
        head = name or self._name()
        if name:
            count = 2 if name.startswith("equal") else 1
            head += f" {self._arguments(count if self._random.random() < 0.95 else 3)}"
        if name in {"each", "with"} and self._random.random() < 0.3:
            head += " as |one two|"
        mark = self._random.choice("####^")
        otherwise = self._random.choice(["", "{{else}}", "{{^}}", "{{else if name}}"])
        inverse = otherwise and otherwise + self._body(depth + 1)
        closing = name or head
        return f"{{{{{mark}{head}}}}}{self._body(depth + 1)}{inverse}{{{{/{closing}}}}}"


def ours(template: str) -> str | None:
    try:
        rendering = render_strictly(parse_template(template), CONTEXT)
    except TemplateSyntaxError:
        return None
    return None if rendering.faults else rendering.text


def without_spaces(text: str | None) -> str | None:
    """Return a text without white space: a tag that is alone on its line leaves it behind here."""
    return None if text is None else "".join(text.split())


def test_templates_render_and_fail_as_they_do_in_handlebars_js(checkout: Path) -> None:
    writer = Writer()
    templates = [writer.write() for _ in range(TEMPLATES)]
    theirs = render_templates(checkout, templates, CONTEXT)
    rendered = sum(text is not None for text in theirs)
    print_lines(f"{TEMPLATES} templates; handlebars.js renders {rendered}")
    assert TEMPLATES / 4 < rendered < TEMPLATES
    differing = [
        (template, text, ours(template))
        for template, text in zip(templates, theirs, strict=True)
        if without_spaces(text) != without_spaces(ours(template))
    ]
    assert not differing
