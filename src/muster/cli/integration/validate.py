"""`muster integration validate`: whether integrations keep the rules, and how to mend what does not."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from muster import __version__
from muster.cli.integration.finding_formats.checked import (
    CheckedFolder,
    count_errors,
    count_warnings,
)
from muster.cli.integration.finding_formats.document import findings_document
from muster.cli.integration.finding_formats.github import github_commands
from muster.cli.integration.finding_formats.sarif import sarif_log
from muster.cli.integration.finding_formats.text import print_findings
from muster.cli.integration.rule_view import print_rule, print_rules
from muster.cli.options import AsJson, runtime_of
from muster.cli.output import print_json, print_line, print_note, printable
from muster.cli.runtime import Runtime
from muster.core.errors import ConfigurationError, NotFoundError
from muster.core.wording import count_of
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder
from muster.manifests.linter import lint
from muster.manifests.rules.registry import all_rules, find_rule
from muster.manifests.rules.rule import Rule

_WHOLE_GROUP = "/*"


class OutputFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH...",
        help="Folder of an integration, a folder of such folders, a checkout that holds one as "
        "`integrations`, a file of an integration, or a key. Without any: the nearest folder "
        "`integrations`, else the bundled ones.",
        show_default=False,
    ),
]
Format = Annotated[
    OutputFormat | None,
    typer.Option(
        "--format",
        help="text for people, json for scripts, github for annotations in a workflow, sarif for "
        "code scanning.  [default: text]",
        show_default=False,
    ),
]
Explain = Annotated[
    str | None,
    typer.Option(
        "--explain",
        metavar="RULE",
        help="Say what a rule demands, why, and how to keep it; check nothing.",
        show_default=False,
    ),
]
ListRules = Annotated[bool, typer.Option("--list-rules", help="List all rules; check nothing.")]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--rule",
        metavar="RULE",
        help="Show the findings of this rule only, or of a group (asset/*). May be given more than "
        "once.",
        show_default=False,
    ),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="RULE",
        help="Leave out the findings of a rule, or of a group (asset/*). May be given more than once.",
        show_default=False,
    ),
]
WarningsAsErrors = Annotated[
    bool, typer.Option("--warnings-as-errors", help="Exit with 1 for warnings, too.")
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Show what the exit code is about, and nothing else."),
]


def validate(
    context: typer.Context,
    paths: Paths = None,
    *,
    output_format: Format = None,
    as_json: AsJson = False,
    only: Only = None,
    ignored: Ignored = None,
    warnings_as_errors: WarningsAsErrors = False,
    quiet: Quiet = False,
    explain: Explain = None,
    list_rules: ListRules = False,
) -> None:
    """Check integrations: the manifest, what it names, and its logos.

    Exits with 1 where there are errors. Paths are shown relative to the working directory.
    """
    chosen_format = _choose_format(output_format, as_json)
    if explain is not None:
        print_rule(_find_rule(explain, "--explain"), as_json=as_json)
        return
    if list_rules:
        print_rules(all_rules(), as_json=as_json)
        return
    is_wanted = _filter_of(only or (), ignored or ())
    begun = time.perf_counter()
    folders = _read_folders(runtime_of(context), paths or ())
    directory = Path.cwd()
    checked = [
        CheckedFolder.of(
            report.folder, [one for one in report.findings if is_wanted(one)], directory
        )
        for report in lint(folders)
    ]
    fails = tuple(Severity) if warnings_as_errors else (Severity.ERROR,)
    if quiet:
        checked = [_only_severities(folder, fails) for folder in checked]
    _print(checked, chosen_format)
    if chosen_format is OutputFormat.TEXT and not quiet:
        _print_summary(checked, time.perf_counter() - begun)
    if any(one.severity in fails for folder in checked for one in folder.findings):
        raise typer.Exit(1)


def _choose_format(given: OutputFormat | None, as_json: bool) -> OutputFormat:
    if as_json and given not in {None, OutputFormat.JSON}:
        raise typer.BadParameter("--json is --format json: give one of them.", param_hint="--json")
    return OutputFormat.JSON if as_json else given or OutputFormat.TEXT


def _find_rule(rule: str, option: str) -> Rule:
    try:
        return find_rule(rule)
    except NotFoundError as error:
        raise typer.BadParameter(error.message, param_hint=option) from error


def _filter_of(only: Sequence[str], ignored: Sequence[str]) -> Callable[[Finding], bool]:
    """Return whether a finding is to be shown; rules and groups that are not there are refused."""
    shown = _rule_ids(only, "--rule")
    hidden = _rule_ids(ignored, "--ignore")
    return lambda finding: finding.rule not in hidden and (not only or finding.rule in shown)


def _rule_ids(wanted: Iterable[str], option: str) -> frozenset[str]:
    return frozenset(chain.from_iterable(_ids_meant_by(text, option) for text in wanted))


def _ids_meant_by(text: str, option: str) -> Sequence[str]:
    if not text.endswith(_WHOLE_GROUP):
        return [_find_rule(text, option).id]
    group = text.removesuffix("*")
    ids = [rule.id for rule in all_rules() if rule.id.startswith(group)]
    if not ids:
        groups = sorted({rule.id.partition("/")[0] for rule in all_rules()})
        raise typer.BadParameter(
            f"There is no group {text!r} of rules. There are: {', '.join(groups)}.",
            param_hint=option,
        )
    return ids


def _read_folders(runtime: Runtime, paths: Sequence[str]) -> list[IntegrationFolder]:
    """Return the integrations at some places, each once.

    Raises:
        typer.BadParameter: a place is not there, or holds no integration.
    """
    try:
        found = (
            chain.from_iterable(_read_place(runtime, path) for path in paths)
            if paths
            else runtime.read_integration_folders([])
        )
        folders = {str(Path(folder.place).absolute()): folder for folder in found}
    except (ConfigurationError, NotFoundError) as error:
        raise typer.BadParameter(printable(error.message), param_hint="PATH") from error
    if not folders:
        places = printable(", ".join(paths)) or "the nearest `integrations`"
        raise typer.BadParameter(f"There is no integration in {places}.", param_hint="PATH")
    return list(folders.values())


def _read_place(runtime: Runtime, text: str) -> Sequence[IntegrationFolder]:
    place = Path(text)
    if _is_file(place):
        return runtime.read_integration_folders([_folder_around(place)])
    if "/" in text or os.path.lexists(place):
        return runtime.read_integration_folders([place])
    return [runtime.find_integration_folder(text)]


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except OSError:  # the path is too long, say; reading it says so
        return False


def _folder_around(file: Path) -> Path:
    """Return the integration's folder that a file lies in: tools such as pre-commit name files."""
    for folder in file.absolute().parents:
        if (folder / MANIFEST_NAME).is_file():
            return folder
    raise NotFoundError(f"{file} lies in no integration: there is no {MANIFEST_NAME} around it.")


def _only_severities(folder: CheckedFolder, severities: Iterable[Severity]) -> CheckedFolder:
    wanted = [finding for finding in folder.findings if finding.severity in severities]
    return replace(folder, findings=wanted)


def _print(checked: Sequence[CheckedFolder], output_format: OutputFormat) -> None:
    match output_format:
        case OutputFormat.TEXT:
            print_findings(checked)
        case OutputFormat.JSON:
            print_json(findings_document(checked))
        case OutputFormat.SARIF:
            print_json(sarif_log(checked, all_rules(), __version__))
        case OutputFormat.GITHUB:
            for command in github_commands(checked):
                print(command)


def _print_summary(checked: Sequence[CheckedFolder], seconds: float) -> None:
    counts = (
        count_of(len(checked), "integration"),
        count_of(count_errors(checked), "error"),
        count_of(count_warnings(checked), "warning"),
    )
    print_line(f"{', '.join(counts)} ({seconds:.2f} s)")
    if any(folder.findings for folder in checked):
        print_note("`muster integration validate --explain RULE` says more of a rule.")
