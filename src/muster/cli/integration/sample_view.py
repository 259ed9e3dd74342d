"""Samples as they are printed or written to files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from muster.cli.integration.send_commands import MAX_INLINE_BYTES, TOKEN_VARIABLE, write_json
from muster.cli.output import print_json, print_note
from muster.core.errors import ConfigurationError
from muster.payloads.sampling import Sample

MakeCommand = Callable[[str, str | Path], str]
"""Takes an endpoint, and a body or the file that holds it; gives a command."""


@dataclass(frozen=True, slots=True)
class SamplePrinting:
    """What is wanted of samples.

    Attributes:
        endpoint: the address that commands send to.
        make_command: makes a command of each; None to have the bodies themselves.
        compact: whether JSON is written without spaces and line ends.
        output: file to write bodies to, instead of printing them.
        is_made_up: whether the environment's client-side ID is of no environment.
    """

    endpoint: str
    make_command: MakeCommand | None
    compact: bool
    output: Path | None
    is_made_up: bool


def print_samples(samples: Sequence[Sample], wanted: SamplePrinting, *, as_json: bool) -> None:
    """Print samples, or commands that send them; or write them to files.

    Raises:
        typer.BadParameter: a body is too long for a command.
        ConfigurationError: a file can't be written.
    """
    files = _write_files(samples, wanted) if wanted.output is not None else []
    commands = _make_commands(samples, files, wanted)
    if as_json:
        print_json(_document(samples, files, commands, wanted))
    elif commands:
        typer.echo("\n\n".join(commands))
    elif not files:
        for sample in samples:
            typer.echo(_text(sample, indented=not wanted.compact and len(samples) == 1))
    _print_notes(samples, files, wanted)


def _text(sample: Sample, *, indented: bool) -> str:
    return write_json(sample.body, indented=indented)


def _write_files(samples: Sequence[Sample], wanted: SamplePrinting) -> list[Path]:
    assert wanted.output is not None  # noqa: S101 - who calls it looked
    files = [wanted.output]
    if len(samples) > 1:
        suffix = wanted.output.suffix or ".json"
        files = [
            wanted.output.with_name(f"{wanted.output.stem}-{number}{suffix}")
            for number in range(1, len(samples) + 1)
        ]
    try:
        for sample, file in zip(samples, files, strict=True):
            file.write_text(_text(sample, indented=not wanted.compact) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"{wanted.output} can't be written: {reason}.") from error
    return files


def _make_commands(
    samples: Sequence[Sample], files: Sequence[Path], wanted: SamplePrinting
) -> list[str]:
    if wanted.make_command is None:
        return []
    if files:
        return [wanted.make_command(wanted.endpoint, file) for file in files]
    texts = [_text(sample, indented=False) for sample in samples]
    longest = max(map(len, texts))
    if longest > MAX_INLINE_BYTES:
        raise typer.BadParameter(
            f"The body takes {longest:,} bytes, too many for a command. Have it written to a file with "
            "--output, and the command will send that.",
            param_hint="--output",
        )
    return [wanted.make_command(wanted.endpoint, text) for text in texts]


def _document(
    samples: Sequence[Sample],
    files: Sequence[Path],
    commands: Sequence[str],
    wanted: SamplePrinting,
) -> dict[str, Any]:
    requests: list[dict[str, Any]] = []
    for index, sample in enumerate(samples):
        request: dict[str, Any] = {
            "cohorts": [
                {
                    "id": cohort.cohort_id,
                    "name": cohort.name,
                    "added": len(cohort.added),
                    "removed": len(cohort.removed),
                }
                for cohort in sample.changes.cohorts
            ],
            "bytes": len(sample.encode()),
        }
        request |= {"file": str(files[index])} if files else {"body": sample.body}
        request |= {"command": commands[index]} if commands else {}
        requests.append(request)
    first = samples[0].changes
    return {
        "endpoint": wanted.endpoint,
        "environmentId": first.environment_id,
        "contextKind": first.context_kind,
        "requests": requests,
    }


def _print_notes(samples: Sequence[Sample], files: Sequence[Path], wanted: SamplePrinting) -> None:
    for file in files:
        print_note(f"Wrote {file}.")
    if len(samples) > 1:
        print_note(
            f"{len(samples):,} requests, in this order: no single body of this manifest can say all of "
            "that."
        )
    if wanted.make_command and wanted.is_made_up:
        print_note(
            "The client-side ID is made up: give your environment's with --environment-id or "
            "MUSTER_CLIENT_SIDE_ID."
        )
    if wanted.make_command:
        print_note(f"The shell must have an access token in {TOKEN_VARIABLE}.")
