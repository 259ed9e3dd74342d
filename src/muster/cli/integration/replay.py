"""`muster integration replay`: a recorded request, read again as the manifest is now, or sent again."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from muster.cli.integration.loading import load_integration, parser_of
from muster.cli.options import AsJson, DataDir, given, runtime_of
from muster.cli.output import print_fields, print_json, print_line, print_note
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.payloads.comparison import Difference, Outcome, compare
from muster.payloads.errors import InvalidPayloadError, ParserSpecError
from muster.payloads.parser import RequestParser
from muster.sync.recording import MAX_RECORDING_BYTES, Recording, is_recording

_SHOWN_MEMBERS: Final = 10


def replay(
    context: typer.Context,
    request: Annotated[
        str,
        typer.Argument(
            metavar="REQUEST-ID|FILE",
            help="Id of a recorded request (the answer's X-Request-Id), or a recording's file.",
            show_default=False,
        ),
    ],
    *,
    integration: Annotated[
        str | None,
        typer.Option(
            "--integration",
            help="Key or folder of the integration to read it with; else the recording's own.",
            show_default=False,
        ),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send the body again, instead of reading it here.")
    ] = False,
    hashed_members: Annotated[
        bool,
        typer.Option(
            "--hashed-members",
            help="Send it though hashes stand for its members: the hashes become members.",
        ),
    ] = False,
    url: Annotated[
        str, typer.Option(envvar="MUSTER_URL", help="Where to send it: a Muster's address.")
    ] = "http://127.0.0.1:8080",
    token: Annotated[
        str | None,
        typer.Option(
            envvar="MUSTER_TOKEN",
            help="Access token to send it with. Prefer the variable: flags show in lists of processes.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Read a recorded request again, with the manifest as it is now, and show what changed.

    A server records with MUSTER_RECORD_REQUESTS=N: the last N requests, in its data directory. Members'
    ids are hashed there unless MUSTER_RECORD_MEMBER_IDS is set. Exits with 1 when something changed,
    or when what was sent is refused.
    """
    recording = _find(context, request, data_dir)
    if recording.body is None:
        raise InvalidRequestError(
            f"The recording of {recording.id} has no body to replay. {recording.missing}"
        )
    if send:
        _send(recording, url, token, hashed_members=hashed_members, as_json=as_json)
    else:
        _read_again(context, recording, integration or recording.integration_key, as_json=as_json)


def _find(context: typer.Context, request: str, data_dir: Path | None) -> Recording:
    path = Path(request)
    if path.is_file():
        return _read_file(path)
    recording = runtime_of(context).find_recording(given(data_dir=data_dir), request)
    if recording is None:
        raise NotFoundError(
            f"There is no file {request!r}, and no recording of a request of that id. Recordings are "
            "made by a server that runs with MUSTER_RECORD_REQUESTS; name its data directory with "
            "--data-dir."
        )
    return recording


def _read_file(path: Path) -> Recording:
    with path.open("rb") as file:
        raw = file.read(MAX_RECORDING_BYTES)
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequestError(f"{path} is not JSON: {error}.") from error
    if not is_recording(document):
        raise InvalidRequestError(
            f"{path} is no recording of Muster's. To read a body, use `muster integration try KEY {path}`."
        )
    return Recording.of_document(document)


def _read_again(context: typer.Context, recording: Recording, name: str, *, as_json: bool) -> None:
    parser = parser_of(load_integration(context, name))
    before = _outcome(_parser_then(recording), recording)
    after = _outcome(parser, recording)
    differences = compare(before, after)
    if as_json:
        print_json(
            {
                "recording": _about(recording),
                "now": _told(after),
                "differences": [_as_json(one) for one in differences],
            }
        )
    else:
        _print_reading(recording, after, differences)
    if differences:
        raise typer.Exit(1)


def _parser_then(recording: Recording) -> RequestParser:
    try:
        return RequestParser.compile(recording.request_parser)
    except ParserSpecError as error:
        raise InvalidRequestError(
            f"The recording of {recording.id} holds a request parser that can't be used: {error.message}"
        ) from error


def _outcome(parser: RequestParser, recording: Recording) -> Outcome:
    try:
        return parser.parse(recording.body)
    except InvalidPayloadError as error:
        return error


def _about(recording: Recording) -> dict[str, Any]:
    return {
        "id": recording.id,
        "receivedAt": recording.received_at,
        "integrationKey": recording.integration_key,
        "status": recording.status,
        "error": recording.error,
        "counts": recording.counts,
        "memberIds": "hashed" if recording.hashed else "plain",
    }


def _told(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, InvalidPayloadError):
        return {"read": False, "message": outcome.message, "pointer": outcome.pointer}
    return {
        "read": True,
        "received": outcome.received,
        "cohorts": [
            {"id": one.cohort_id, "added": len(one.added), "removed": len(one.removed)}
            for one in outcome.cohorts
        ],
    }


def _as_json(difference: Difference) -> dict[str, Any]:
    return {
        "what": difference.what,
        "before": difference.before,
        "after": difference.after,
        "gained": difference.gained,
        "lost": difference.lost,
    }


def _print_reading(recording: Recording, after: Outcome, differences: Sequence[Difference]) -> None:
    error = recording.error
    print_fields(
        [
            ("Request", f"{recording.id} to {recording.integration_key}"),
            ("Received", f"{recording.received_at:%Y-%m-%d %H:%M:%S} UTC"),
            ("Answered", f"{recording.status} {error['message'] if error else ''}".rstrip()),
            ("Read now", _say(after)),
        ]
    )
    if not differences:
        print_line("Nothing changed: the manifest reads this body as it did then.")
    for difference in differences:
        print_line(f"{difference.what}: {difference.before} -> {difference.after}")
        for sign, keys in (("+", difference.gained), ("-", difference.lost)):
            for key in keys[:_SHOWN_MEMBERS]:
                print_line(f"  {sign} {key}")
            if len(keys) > _SHOWN_MEMBERS:
                print_line(f"  {sign} ... and {len(keys) - _SHOWN_MEMBERS:,} more")
    if recording.hashed:
        print_note("Hashes stand for members' ids; MUSTER_RECORD_MEMBER_IDS=true keeps the ids.")


def _say(outcome: Outcome) -> str:
    if isinstance(outcome, InvalidPayloadError):
        return f"refused: {outcome.message}"
    cohorts = "; ".join(
        f"cohort {one.cohort_id}: {len(one.added):,} added, {len(one.removed):,} removed"
        for one in outcome.cohorts
    )
    return cohorts or "no cohort is named"


def _send(
    recording: Recording, url: str, token: str | None, *, hashed_members: bool, as_json: bool
) -> None:
    if not token:
        raise InvalidRequestError("To send it, give an access token: set MUSTER_TOKEN.")
    if recording.hashed and not hashed_members:
        raise InvalidRequestError(
            "Hashes stand for the members' ids of this recording: sent as it is, the hashes would become "
            "members. Say --hashed-members if that is wanted, as with a Muster to try things on; or record "
            "with MUSTER_RECORD_MEMBER_IDS=true."
        )
    from muster.push.client import Server, Target, send  # noqa: PLC0415 - it is slow to load

    target = Target(Server.of(url, token), recording.integration_key)
    answer = send(target, orjson.dumps(recording.body))
    if as_json:
        print_json(
            {
                "recording": _about(recording),
                "url": target.endpoint,
                "status": answer.status,
                "requestId": answer.request_id,
                "content": answer.content,
            }
        )
    else:
        print_fields(
            [
                ("Sent to", target.endpoint),
                ("Answered then", str(recording.status)),
                ("Answered now", str(answer.status)),
                ("Request", answer.request_id or ""),
                ("Content", answer.content),
            ]
        )
    sys.stdout.flush()
    if not answer.is_success:
        raise typer.Exit(1)
