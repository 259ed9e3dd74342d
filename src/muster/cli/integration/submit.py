"""`muster integration checklist` and `pack`: from an integration that works to one that is handed in."""

import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from muster.cli.integration.finding_formats.checked import CheckedFolder
from muster.cli.integration.finding_formats.document import finding_document
from muster.cli.integration.finding_formats.text import print_findings
from muster.cli.integration.loading import IntegrationName, load_folder
from muster.cli.options import AsJson, runtime_of
from muster.cli.output import print_fields, print_json, print_line, print_note, printable
from muster.core.errors import ConflictError
from muster.core.json_text import JsonText
from muster.core.pointers import resolve
from muster.core.wording import count_of
from muster.manifests.checklist import Checklist, ChecklistItem, ItemState
from muster.manifests.findings import Severity
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder
from muster.manifests.linter import lint
from muster.manifests.package import Package, gather_package
from muster.manifests.submission import BY_HAND, check_submission
from muster.storage.files.archive import ArchiveFormat, build_archive, set_aside, write_file

_MARKS: Final = {ItemState.DONE: "[x]", ItemState.WARNING: "[!]", ItemState.MISSING: "[ ]"}
_STYLES: Final = {
    ItemState.DONE: "green",
    ItemState.WARNING: "bold yellow",
    ItemState.MISSING: "bold red",
}


class PackFormat(StrEnum):
    """What `pack` makes."""

    FOLDER = "folder"
    TAR_GZ = "tar.gz"
    ZIP = "zip"


_ENDINGS: Final = {".tar.gz": PackFormat.TAR_GZ, ".tgz": PackFormat.TAR_GZ, ".zip": PackFormat.ZIP}
_PLAIN_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,64}")

Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        help="File to write, or a folder to write it into, which is there or ends in `/`. With --format "
        "folder: where `integrations/<key>` is made, such as a fork of the framework.  "
        "[default: here]",
        show_default=False,
    ),
]
Format = Annotated[
    PackFormat | None,
    typer.Option(
        "--format",
        help="What to make.  [default: as the name of the file ends, else tar.gz]",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace what is there.")]


def checklist(context: typer.Context, name: IntegrationName, as_json: AsJson = False) -> None:
    """Show what a submission to LaunchDarkly's integration framework needs, and what is missing.

    The links that no file of the framework has a place for are kept beside the manifest, in
    submission.json: {"walkthroughUrl": "https://...", "documentationUrl": "https://..."}. Exits with 1
    while something is missing.
    """
    folder = load_folder(context, name)
    shown = check_submission(folder, _check(folder).findings)
    if as_json:
        print_json(_checklist_document(folder, shown))
    else:
        _print_checklist(folder, shown)
    if shown.missing:
        raise typer.Exit(1)


def pack(
    context: typer.Context,
    name: IntegrationName,
    *,
    output: Output = None,
    pack_format: Format = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Make the folder or archive to submit: the manifest, the files that it names, README and licence.

    Refuses while `validate` finds errors. The same files give the same archive, byte for byte.
    """
    chosen = _choose_format(output, pack_format)
    folder = load_folder(context, name)
    checked = _check(folder)
    if checked.error_count:
        _refuse(checked, as_json=as_json)
    package = gather_package(folder)
    target = _target(output, chosen, package)
    _refuse_source(folder, target)
    try:
        digest = _write(context, package, target, chosen, force=force)
    except ConflictError as error:
        hint = "" if force else " --force replaces it."
        raise ConflictError(f"{error.message}{hint}") from error
    packed = _Packed(package, target, chosen, digest)
    missing = check_submission(folder, checked.findings).missing
    if as_json:
        print_json(_pack_document(packed, checked, missing))
    else:
        _print_packed(packed, checked, missing)


@dataclass(frozen=True, slots=True)
class _Packed:
    """What was written.

    Attributes:
        digest: SHA-256 of the archive in hexadecimal; None of a folder.
    """

    package: Package
    target: Path
    format: PackFormat
    digest: str | None


def _check(folder: IntegrationFolder) -> CheckedFolder:
    (report,) = lint([folder])
    return CheckedFolder.of(folder, report.findings, Path.cwd())


def _choose_format(output: str | None, given: PackFormat | None) -> PackFormat:
    if output is None or _names_folder(output):
        return given or PackFormat.TAR_GZ
    if given is PackFormat.FOLDER:
        if Path(output).exists():
            raise typer.BadParameter(f"{output} is not a folder.", param_hint="--output")
        return given
    endings = (meant for end, meant in _ENDINGS.items() if output.lower().endswith(end))
    named = next(endings, None)
    if given and named and given is not named:
        raise typer.BadParameter(
            f"{output} ends as a {named.value} does, not as a {given.value}.",
            param_hint="--output",
        )
    return given or named or PackFormat.TAR_GZ


def _target(output: str | None, pack_format: PackFormat, package: Package) -> Path:
    place = Path(output or "")
    if pack_format is PackFormat.FOLDER:
        return place / package.root
    if output is None or _names_folder(output):
        return place / f"{_archive_name(package)}.{pack_format.value}"
    return place


def _names_folder(output: str) -> bool:
    return output.endswith("/") or Path(output).is_dir()


def _archive_name(package: Package) -> str:
    """Return `<key>-<version>`, or the key alone where the version could not stand in a name."""
    key = package.root.rpartition("/")[2]
    version = resolve(JsonText.decode(package.files[MANIFEST_NAME]).document, ("version",))
    if isinstance(version, str) and _PLAIN_VERSION.fullmatch(version):
        return f"{key}-{version}"
    return key


def _refuse_source(folder: IntegrationFolder, target: Path) -> None:
    """Refuse to write over the folder that is packed: it also holds what is left out."""
    source = Path(os.path.realpath(folder.place))
    if source.is_relative_to(os.path.realpath(target)):
        raise typer.BadParameter(
            f"{target} is the folder that is to be packed. Name another place.",
            param_hint="--output",
        )


def _write(
    context: typer.Context, package: Package, target: Path, pack_format: PackFormat, *, force: bool
) -> str | None:
    """Write a package; return the SHA-256 of the archive in hexadecimal, of a folder None."""
    if pack_format is PackFormat.FOLDER:
        with set_aside(target) if force else nullcontext():
            runtime_of(context).write_integration_folder(target, package.files)
        return None
    files = {f"{package.root}/{path}": content for path, content in package.files.items()}
    archive = build_archive(files, ArchiveFormat(pack_format.value))
    write_file(target, archive, replace=force)
    return hashlib.sha256(archive).hexdigest()


def _refuse(checked: CheckedFolder, *, as_json: bool) -> NoReturn:
    errors = [one for one in checked.findings if one.severity is Severity.ERROR]
    if as_json:
        documents = [finding_document(error, checked.path_of(error)) for error in errors]
        print_json({"packed": False, "errors": documents})
    else:
        print_findings([replace(checked, findings=errors)])
        print_note(f"Not packed: mend {count_of(len(errors), 'error')} first.")
    raise typer.Exit(1)


def _print_packed(
    packed: _Packed, checked: CheckedFolder, missing: Sequence[ChecklistItem]
) -> None:
    package = packed.package
    print_fields(
        [
            ("Packed", str(packed.target)),
            ("Format", packed.format.value),
            ("SHA-256", packed.digest or ""),
        ]
    )
    for path, content in package.files.items():
        print_line(f"  {package.root}/{path}  {len(content):,} bytes")
    if package.left_out:
        print_note(f"Left out, for the manifest does not name it: {', '.join(package.left_out)}")
    if checked.warning_count:
        print_note(f"{count_of(checked.warning_count, 'warning')}, which reviewers may ask about:")
        for finding in checked.findings:
            print_note(f"  {checked.path_of(finding)} {finding.rule} {finding.message}")
    if missing:
        titles = "; ".join(item.title for item in missing)
        print_note(f"A submission needs more: {titles}.")
        print_note(f"`muster integration checklist {checked.folder.name}` says how to mend it.")


def _pack_document(
    packed: _Packed, checked: CheckedFolder, missing: Sequence[ChecklistItem]
) -> dict[str, Any]:
    package = packed.package
    return {
        "packed": True,
        "path": str(packed.target),
        "format": packed.format.value,
        "sha256": packed.digest,
        "files": [
            {"path": f"{package.root}/{path}", "sizeBytes": len(content)}
            for path, content in package.files.items()
        ],
        "leftOut": list(package.left_out),
        "warnings": [
            finding_document(finding, checked.path_of(finding)) for finding in checked.findings
        ],
        "missing": [item.id for item in missing],
    }


def _print_checklist(folder: IntegrationFolder, shown: Checklist) -> None:
    console = Console(highlight=False)
    for item in shown.items:
        text = Text(_MARKS[item.state], style=_STYLES[item.state])
        text.append(f" {item.title}: ", style="bold").append(printable(item.found), style="none")
        if item.mend:
            text.append(f"\n    {printable(item.mend)}", style="dim")
        console.print(text, soft_wrap=True)
    console.print("\nBy hand:")
    for step in BY_HAND:
        console.print(f" -  {step}", soft_wrap=True, markup=False)
    if shown.missing:
        print_note(f"\n{folder.name}: {count_of(len(shown.missing), 'thing')} missing.")
    else:
        print_note(f"\n{folder.name} is complete: `muster integration pack {folder.name}`.")


def _checklist_document(folder: IntegrationFolder, shown: Checklist) -> dict[str, Any]:
    return {
        "key": folder.name.lower(),
        "complete": not shown.missing,
        "missingCount": len(shown.missing),
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "state": item.state.value,
                "found": item.found,
                "mend": item.mend,
            }
            for item in shown.items
        ],
        "byHand": list(BY_HAND),
    }
