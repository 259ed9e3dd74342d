"""Rules as the terminal shows them: one in full, or all of them in a table."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import Console

from muster.cli.output import Column, print_json, print_table, printable
from muster.core.pointers import Json
from muster.manifests.rules.rule import Example, Rule

_COLUMNS: Final = (Column("RULE"), Column("SEVERITY"), Column("WHAT MUST HOLD", folds=True))
_LONGEST_FILE: Final = 2000
"""How many characters of an example's file are shown."""


def print_rules(rules: Sequence[Rule], *, as_json: bool) -> None:
    """Print a line for each rule."""
    if as_json:
        items = [_summary(rule) for rule in rules]
        print_json({"items": items, "totalCount": len(items)})
        return
    print_table(_COLUMNS, [(rule.id, rule.severity.value, rule.title) for rule in rules])


def print_rule(rule: Rule, *, as_json: bool) -> None:
    """Print all there is to say of a rule."""
    if as_json:
        examples = {"failing": _example(rule.failing), "passing": _example(rule.passing)}
        print_json({**_summary(rule), "explanation": rule.explanation, **examples})
        return
    markdown = "\n".join(_markdown(rule))
    console = Console(highlight=False)
    if not console.is_terminal:
        print(markdown)
        return
    from rich.markdown import Markdown  # noqa: PLC0415 - slow to import, and only needed here

    console.print(Markdown(markdown))


def _summary(rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "severity": rule.severity.value, "title": rule.title}


def _markdown(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id} ({rule.severity.value})\n"
    yield f"{rule.title}\n"
    yield f"{rule.explanation}\n"
    yield "## Breaks the rule\n"
    yield from _example_markdown(rule.failing)
    yield "## Keeps it\n"
    yield from _example_markdown(rule.passing)


def _example_markdown(example: Example) -> Iterator[str]:
    """Yield what an example changes of a sound integration; null stands for a key that is taken away."""
    if example.patch is not None:
        yield _fenced("A sound manifest, but for:", "json", _json(example.patch))
    for path, content in example.files.items():
        if content is None:
            yield f"Without the file `{path}`.\n"
        else:
            yield _fenced(f"The file `{path}`:", path.rpartition(".")[2], _file_text(content))
    if example.beside is not None:
        yield _fenced("Beside it a second one, but for:", "json", _json(example.beside))
    if example == Example():
        yield "A sound integration.\n"


def _fenced(title: str, language: str, text: str) -> str:
    # The fence is longer than any that the text may hold.
    return f"{title}\n\n~~~~~{language}\n{text}\n~~~~~\n"


def _file_text(content: str | bytes) -> str:
    text = content.decode("utf-8", "backslashreplace") if isinstance(content, bytes) else content
    cut = f"{text[:_LONGEST_FILE]}…" if len(text) > _LONGEST_FILE else text
    return "\n".join(map(printable, cut.split("\n")))


def _json(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _example(example: Example) -> dict[str, Any]:
    files = {
        path: None if content is None else _file_text(content)
        for path, content in example.files.items()
    }
    return {"manifestPatch": example.patch, "files": files, "besidePatch": example.beside}
