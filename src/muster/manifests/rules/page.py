"""The rules in Markdown: one in full, and a page of all of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from muster.manifests.markdown import code, code_block, json_block, table, visible
from muster.manifests.rules.rule import Example, Rule

_LANGUAGES: Final = ("json", "md", "svg")
_LONGEST_FILE: Final = 2000
"""How many characters of an example's file are shown."""
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")

_INTRODUCTION: Final = """\
<!-- `make docs` writes this page from the rules themselves: change those, not this. -->
# Rules

`muster integration validate` holds integrations to these rules: the manifest, what it names, and its
logos. Each finding names its rule, and `muster integration validate --explain RULE` prints what this page
says of one.

| severity | means | exit code |
|---|---|---|
| error | the integration can't be used or submitted like this | 1 |
| warning | it works, and is mostly not what was meant | 0; with `--warnings-as-errors` 1 |

Without findings the exit code is 0, and 2 when the command itself was not understood. `--ignore RULE` leaves
a rule out, `--ignore 'GROUP/*'` a group of them; `--rule` shows the findings of some rules only. Both may be
given more than once.

An example shows what is changed of a sound integration. In a manifest, `null` stands for a key that is taken
away.
"""


def rules_page(rules: Sequence[Rule]) -> str:
    """Return the page of all rules: a table of each group, then each rule in full."""
    return "\n\n".join([_INTRODUCTION.rstrip(), *_overview(rules), *_details(rules)]) + "\n"


def rule_page(rule: Rule) -> str:
    """Return a page of one rule."""
    return "\n\n".join([f"# {rule.id} ({rule.severity.value})", *_body(rule)]) + "\n"


def file_text(content: str | bytes) -> str:
    """Return the content of an example's file as it is shown: in part, and without unseen characters."""
    text = content.decode("utf-8", "backslashreplace") if isinstance(content, bytes) else content
    return visible(f"{text[:_LONGEST_FILE]}…" if len(text) > _LONGEST_FILE else text)


def anchor(rule_id: str) -> str:
    """Return the fragment by which a rule is found on the page of all rules.

    It is made of the id alone, as GitHub and others make it of a heading.
    """
    return _NOT_IN_ANCHORS.sub("", rule_id.lower()).replace(" ", "-")


def _overview(rules: Sequence[Rule]) -> Iterator[str]:
    yield "## All of them"
    for group, members in _by_group(rules):
        rows = (
            [f"[{rule.id}](#{anchor(rule.id)})", rule.severity.value, rule.title]
            for rule in members
        )
        yield table((group, "severity", "what must hold"), rows)


def _details(rules: Sequence[Rule]) -> Iterator[str]:
    for group, members in _by_group(rules):
        yield f"## Rules of {group}"
        for rule in members:
            yield f"### {rule.id}"
            yield f"Severity: {rule.severity.value}"
            yield from _body(rule)


def _body(rule: Rule) -> Iterator[str]:
    yield rule.title
    yield rule.explanation
    yield "**Breaks the rule:**"
    yield from _shown(rule.failing)
    yield "**Keeps it:**"
    yield from _shown(rule.passing)


def _shown(example: Example) -> Iterator[str]:
    """Yield what an example changes of a sound integration."""
    sound = Example()
    if example == sound:
        yield "A sound integration."
    if example.folder != sound.folder:
        yield f"In a folder of the name {code(example.folder)}."
    if example.patch is not None:
        yield "A sound manifest, but for:"
        yield json_block(example.patch)
    for path, content in example.files.items():
        if content is None:
            yield f"Without the file {code(path)}."
        else:
            yield f"The file {code(path)}:"
            ending = path.rpartition(".")[2]
            yield code_block(
                file_text(content).rstrip("\n"), ending if ending in _LANGUAGES else ""
            )
    for path in example.unreadable:
        yield f"The file {code(path)} is there, and can't be read."
    if example.beside is not None:
        is_named = example.beside_folder != sound.beside_folder
        folder = f" in a folder of the name {code(example.beside_folder)}" if is_named else ""
        yield f"Beside it a second integration{folder}, sound but for:"
        yield json_block(example.beside)


def _by_group(rules: Sequence[Rule]) -> Iterable[tuple[str, Sequence[Rule]]]:
    """Return the rules of each group, which is what their ids begin with, in the order of first mention."""
    groups: dict[str, list[Rule]] = {}
    for rule in rules:
        groups.setdefault(rule.id.partition("/")[0], []).append(rule)
    return groups.items()
