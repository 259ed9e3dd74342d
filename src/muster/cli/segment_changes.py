"""`muster segments create | add | remove | delete`: by hand; see also `segment_transfers`."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.options import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PROJECT,
    AsJson,
    DatabaseUrl,
    DataDir,
    EnvironmentOption,
    ProjectKeyOption,
    open_segment_writer,
    open_tools,
)
from muster.cli.output import print_note
from muster.cli.places import get_environment
from muster.cli.progress import show_progress
from muster.cli.projects import NameOption, TagOption
from muster.cli.remote import takes_stdin
from muster.cli.segment_view import SegmentKeyArgument, print_segment
from muster.core.errors import InvalidRequestError
from muster.core.wording import count_of
from muster.segments.edits import SegmentDraft
from muster.segments.model import MemberList, Segment
from muster.segments.targets import DEFAULT_CONTEXT_KIND, find_key_fault

_KEYS_AT_ONCE: Final = 500
"""The control socket takes a line of 1 MiB: that many keys of any characters fit."""
_MOST_FAULTS: Final = 100

ContextKindOption = Annotated[
    str, typer.Option("--context-kind", metavar="KIND", help="Kind of the contexts.")
]
KeysArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="Keys of contexts.", show_default=False),
]
KeysFile = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Further keys, one a line; - for standard input."),
]
Excluded = Annotated[
    bool, typer.Option("--excluded", help="Change the list of those excluded, not included.")
]
KindOfKeysOption = Annotated[
    str | None,
    typer.Option(
        "--context-kind",
        metavar="KIND",
        help="Kind of the contexts; that of a big segment, else user.",
        show_default=False,
    ),
]
Comment = Annotated[str, typer.Option(help="Why, for the audit log.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `muster segments`."""
    app.command("create")(create_segment)
    app.command("add")(add_members)
    app.command("remove")(remove_members)
    app.command("delete")(delete_segment)


def create_segment(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    name: NameOption = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    tag: TagOption = None,
    big: Annotated[
        bool,
        typer.Option(
            "--big", help="For more than 15,000 contexts: without rules, of one kind (unbounded)."
        ),
    ] = False,
    context_kind: ContextKindOption = "user",
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a segment that holds nobody yet."""
    draft = SegmentDraft(key, name or key, description, tag or (), big, context_kind)
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, environment)
    with open_segment_writer(context, data_dir, database_url) as writer:
        writer.create_segment(found, draft)
    print_note(f"Created the segment {key} in {found.project_key}/{found.key}.")
    with open_tools(context, data_dir, database_url) as tools:
        print_segment(found, tools.segments.get_segment(found.id, key), as_json=as_json)


def add_members(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    keys: KeysArgument = None,
    file: KeysFile = None,
    excluded: Excluded = False,
    context_kind: KindOfKeysOption = None,
    comment: Comment = "",
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Add contexts to a segment; those that are in it already stay.

    For more than some thousand, `muster segments import` is the way.
    """
    _change_members(
        context,
        key,
        _read_keys(context, keys, file),
        verb="add",
        member_list=MemberList.EXCLUDED if excluded else MemberList.INCLUDED,
        context_kind=context_kind,
        comment=comment,
        place=(project, environment),
        stores=(data_dir, database_url),
        as_json=as_json,
    )


def remove_members(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    keys: KeysArgument = None,
    file: KeysFile = None,
    excluded: Excluded = False,
    context_kind: KindOfKeysOption = None,
    comment: Comment = "",
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Remove contexts from a segment; those that are not in it are passed over."""
    _change_members(
        context,
        key,
        _read_keys(context, keys, file),
        verb="remove",
        member_list=MemberList.EXCLUDED if excluded else MemberList.INCLUDED,
        context_kind=context_kind,
        comment=comment,
        place=(project, environment),
        stores=(data_dir, database_url),
        as_json=as_json,
    )


def delete_segment(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    yes: Yes = False,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a segment with its members.

    It asks first. Where there is no terminal to ask on, --yes is needed. A synced segment is there again
    with the next request that names its cohort.
    """
    require_terminal(yes)
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, environment)
        details = tools.segments.get_segment(found.id, key)
    if not yes:
        count = details.members.included_count
        confirm(f"Delete the segment {key!r} with its {count_of(count, 'member')}?")
    with open_segment_writer(context, data_dir, database_url) as writer:
        writer.delete_segment(found, key)
    print_note(f"Deleted the segment {key} of {found.project_key}/{found.key}.")


def _change_members(
    context: typer.Context,
    key: str,
    keys: Sequence[str],
    *,
    verb: str,
    member_list: MemberList,
    context_kind: str | None,
    comment: str,
    place: tuple[str, str],
    stores: tuple[Path | None, str | None],
    as_json: bool,
) -> None:
    with open_tools(context, *stores) as tools:
        found = get_environment(tools.accounts, *place)
        segment = tools.segments.get_segment(found.id, key).segment
    kind = _instruction_kind(segment, verb, member_list)
    of_kind = _kind_of_keys(segment, context_kind)
    with (
        open_segment_writer(context, *stores) as writer,
        show_progress("Changing", len(keys)) as advance,
    ):
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            instruction = {"kind": kind, "contextKind": of_kind, "values": list(part)}
            writer.patch_segment(found, key, [instruction], comment)
            advance(start + len(part))
    with open_tools(context, *stores) as tools:
        details = tools.segments.get_segment(found.id, key)
    if as_json:
        print_segment(found, details, as_json=True)
        return
    members = details.members
    print_note(
        f"The segment {key} has {members.included_count:,} included and "
        f"{count_of(members.excluded_count, 'excluded member')}."
    )


def _instruction_kind(segment: Segment, verb: str, member_list: MemberList) -> str:
    of_big = "BigSegment" if segment.unbounded else ""
    return f"{verb}{of_big}{member_list.value.capitalize()}Targets"


def _kind_of_keys(segment: Segment, given: str | None) -> str:
    if not segment.unbounded:
        return given or DEFAULT_CONTEXT_KIND
    if given not in (None, segment.context_kind):
        raise InvalidRequestError(
            f"{segment.key} holds contexts of kind {segment.context_kind}, and no others: leave "
            "--context-kind out."
        )
    return segment.context_kind


def _read_keys(
    context: typer.Context, keys: Sequence[str] | None, file: Path | None
) -> Sequence[str]:
    found = [(f"ID {number}", key) for number, key in enumerate(keys or (), start=1)]
    if file is not None:
        found += [(f"line {line}", key) for line, key in _read_lines(context, file) if key]
    if not found:
        raise typer.BadParameter("name at least one key, or a --file of them", param_hint="ID...")
    bad = [
        f"{where}: found {fault}"
        for where, key in found
        if (fault := find_key_fault(key)) is not None
    ]
    if bad:
        for line in bad[:_MOST_FAULTS]:
            print_note(line)
        raise InvalidRequestError(
            f"Keys that no context can have: {len(bad):,} of {len(found):,}. Nothing was changed; mend "
            "them and run the command again."
        )
    return list(dict.fromkeys(key for _, key in found))


def _read_lines(context: typer.Context, file: Path) -> Iterator[tuple[int, str]]:
    if str(file) != "-":
        content = file.read_bytes()
    elif takes_stdin(context):
        raise typer.BadParameter("not - together with --token -", param_hint="--file")
    else:
        content = sys.stdin.buffer.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken = content.count(b"\n", 0, error.start) + 1
        raise InvalidRequestError(
            f"line {broken} of {'standard input' if str(file) == '-' else file} is not UTF-8. Nothing was "
            "changed."
        ) from error
    # Not splitlines: a key may hold other characters that Unicode takes for the end of a line.
    for number, line in enumerate(text.split("\n"), start=1):
        yield number, line.removesuffix("\r")
