"""Rules as the terminal shows them: one in full, or all of them in a table."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console

from muster.cli.output import Column, print_json, print_table
from muster.manifests.rules.page import file_text, rule_page
from muster.manifests.rules.rule import Example, Rule

_COLUMNS: Final = (Column("RULE"), Column("SEVERITY"), Column("WHAT MUST HOLD", folds=True))


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
    markdown = rule_page(rule)
    console = Console(highlight=False)
    if not console.is_terminal:
        print(markdown, end="")
        return
    from rich.markdown import Markdown  # noqa: PLC0415 - slow to import, and only needed here

    console.print(Markdown(markdown))


def _summary(rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "severity": rule.severity.value, "title": rule.title}


def _example(example: Example) -> dict[str, Any]:
    files = {
        path: None if content is None else file_text(content)
        for path, content in example.files.items()
    }
    return {"manifestPatch": example.patch, "files": files, "besidePatch": example.beside}
