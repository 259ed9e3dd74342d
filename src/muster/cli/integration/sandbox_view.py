"""What a sandbox prints: how to begin, each request, each edit of the manifest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
import typer

from muster.cli.integration.place_view import fault_lines, find_fault
from muster.cli.integration.reading_view import cohort_line, member_lines
from muster.cli.integration.send_commands import curl_command, write_json
from muster.cli.output import milliseconds, print_line, printable
from muster.core.pointers import MISSING, Json, parse_pointer
from muster.core.wording import count_of
from muster.limits.model import WINDOW
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.explanation import explain
from muster.payloads.nearest import find_nearest
from muster.sync.simulation import SIMULATE_HEADER, Cause, Fault, FaultPlan, Simulation

if TYPE_CHECKING:  # every command imports this module, and few need what it speaks of
    from collections.abc import Iterator, Sequence

    from muster.cli.runtime import Sandbox
    from muster.manifests.edits import Edit
    from muster.storage.files.catalog import CatalogProblem
    from muster.sync.exchange import Exchange
    from muster.sync.service import SyncAttempt

_SHOWN_ANSWER: Final = 400
_SHOWN_VALUE: Final = 60
_SHOWN_EDITS: Final = 20
_SHOWN_COHORTS: Final = 5
_SHOWN_MEMBERS: Final = 3
_MOST_EXPLAINED: Final = 5_000
"""Up to how many member entries a body is read once more, to show who is in it and why."""
_MOST_SEARCHED_BYTES: Final = 256 * 1024
"""Up to which size a refused body is searched for its fault."""
_INDENT: Final = " " * 14
_CAUSES: Final = {
    Cause.CHANCE: "by chance",
    Cause.RATE_LIMIT: "over the rate limit",
    Cause.HEADER: f"asked for with {SIMULATE_HEADER}",
}


class TextView:
    """Implements `SandboxObserver` for people."""

    def __init__(self) -> None:
        self._sample: Json = None

    def started(self, sandbox: Sandbox) -> None:
        """Print how to begin."""
        self._sample = sandbox.sample
        typer.echo(welcome_text(sandbox))

    def answered(self, exchange: Exchange, simulation: Simulation | None) -> None:
        """Print a request in a line or two."""
        for line in request_lines(exchange, simulation):
            print_line(line)

    def refused_elsewhere(self, method: str, path: str, status: int) -> None:
        """Print a request that missed the sync endpoint."""
        reason = "it takes another method" if status == 405 else "cohorts are sent elsewhere"
        _print_event(f"{status}  {method[:16]} {path[:200]}: {reason}.")

    def manifest_read(self, edits: Sequence[Edit], sandbox: Sandbox) -> None:
        """Print what an edit changed, and another body to send where the old one is of no use."""
        if not edits:
            _print_event("manifest read again: it says what it said before.")
        else:
            _print_event("manifest read again:")
        for edit in edits[:_SHOWN_EDITS]:
            print_line(f"{_INDENT}{describe_edit(edit)}")
        if len(edits) > _SHOWN_EDITS:
            print_line(f"{_INDENT}... and {count_of(len(edits) - _SHOWN_EDITS, 'more change')}")
        if sandbox.sample is not None and sandbox.sample != self._sample:
            typer.echo(f"\nA body that it reads now:\n\n{_sample_command(sandbox)}\n")
        self._sample = sandbox.sample

    def manifest_refused(self, problems: Sequence[CatalogProblem], *, has_older: bool) -> None:
        """Print why a manifest can't be used, a line for each reason."""
        then = "the one before stays in force" if has_older else "waiting for it to be mended"
        _print_event(f"manifest can't be used; {then}:")
        for problem in problems:
            print_line(f"{_INDENT}{problem}")


class JsonLinesView:
    """Implements `SandboxObserver` for scripts: a JSON object a line, each with its `event`."""

    def started(self, sandbox: Sandbox) -> None:
        """Print what a script needs to begin."""
        faults = sandbox.options.faults
        _print_object(
            {
                "event": "started",
                "url": sandbox.url,
                "endpoint": sandbox.endpoint,
                "integration": sandbox.integration_key,
                "token": sandbox.token.reveal(),
                "adminToken": sandbox.admin_token.reveal(),
                "projectKey": sandbox.project_key,
                "environmentKey": sandbox.environment_key,
                "clientSideId": sandbox.client_side_id,
                "dataDirectory": str(sandbox.data_directory),
                "sampleBody": sandbox.sample,
                "watching": str(sandbox.manifest) if sandbox.options.watch else None,
                "strict": _plan_document(faults, sandbox.options.seed) if faults else None,
            }
        )

    def answered(self, exchange: Exchange, simulation: Simulation | None) -> None:
        """Print a request."""
        _print_object({"event": "request", **request_document(exchange, simulation)})

    def refused_elsewhere(self, method: str, path: str, status: int) -> None:
        """Print a request that missed the sync endpoint."""
        _print_object(
            {"event": "refusedElsewhere", "method": method, "path": path, "status": status}
        )

    def manifest_read(self, edits: Sequence[Edit], sandbox: Sandbox) -> None:
        """Print what an edit changed."""
        changes = [
            {"pointer": edit.pointer}
            | ({} if edit.before is MISSING else {"before": edit.before})
            | ({} if edit.after is MISSING else {"after": edit.after})
            for edit in edits
        ]
        _print_object({"event": "manifestRead", "changes": changes, "sampleBody": sandbox.sample})

    def manifest_refused(self, problems: Sequence[CatalogProblem], *, has_older: bool) -> None:
        """Print why a manifest can't be used."""
        items = [
            {
                "file": str(problem.path),
                "line": problem.line,
                "column": problem.column,
                "pointer": problem.pointer,
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in problems
        ]
        _print_object({"event": "manifestRefused", "olderInForce": has_older, "problems": items})


def welcome_text(sandbox: Sandbox) -> str:
    """Return what is printed once: tokens, ids, and a request to try."""
    shown = [
        f"""The sandbox of {sandbox.integration_key} is ready at {sandbox.url}. All that it keeps is gone \
when it ends (Ctrl-C).""",
        f"""  Access token (syncs {sandbox.integration_key}):  {sandbox.token.reveal()}
  Access token (admin, to look):  {sandbox.admin_token.reveal()}
  Client-side ID:  {sandbox.client_side_id}  (project {sandbox.project_key}, environment \
{sandbox.environment_key})
  Data directory:  {sandbox.data_directory}""",
    ]
    if sandbox.sample is None:
        shown.append("No sample body can be made for this manifest; send one of your own.")
    else:
        answer = "what jsonResponseBody says" if sandbox.has_template else "204"
        shown.append(f"Send it a cohort of two users, and it answers {answer}:")
        shown.append(_sample_command(sandbox))
        shown.append("Then look at the segment:")
        shown.append(
            f"curl {sandbox.url}/api/v2/segments/{sandbox.project_key}/{sandbox.environment_key} \\\n"
            f"  -H 'Authorization: {sandbox.admin_token.reveal()}'"
        )
    if sandbox.options.faults is not None:
        shown.append(_strict_text(sandbox.options.faults, sandbox.options.seed))
    if sandbox.options.watch:
        shown.append(f"Watching {printable(str(sandbox.manifest))}: an edit is in force at once.")
    return "\n" + "\n\n".join(shown) + "\n"


def _sample_command(sandbox: Sandbox) -> str:
    """Return a command that sends the sample body."""
    return curl_command(sandbox.endpoint, write_json(sandbox.sample), sandbox.token)


def request_lines(exchange: Exchange, simulation: Simulation | None) -> list[str]:
    """Return a request, how it was read, and what became of it, for people."""
    attempt, error = exchange.attempt, exchange.error
    outcome = f"{_code(exchange)}: {error.message}" if error else _count_changes(attempt)
    lines = [f"{_moment(attempt)}  {exchange.status or '---'}  {outcome}"]
    if attempt is not None:
        if error is None:
            lines += _describe_cohorts(attempt)
        elif isinstance(error, InvalidPayloadError):
            lines += _describe_fault(exchange, error)
    if exchange.content and not (error and _is_plain_refusal(exchange)):
        text = exchange.content.decode("utf-8", "replace")
        more = f" ... ({len(text):,} characters)" if len(text) > _SHOWN_ANSWER else ""
        lines.append(f"answered {text[:_SHOWN_ANSWER]}{more}")
    lines.append(", ".join(_notes(exchange, simulation)))
    return [lines[0], *(f"{_INDENT}{line}" for line in lines[1:])]


def _notes(exchange: Exchange, simulation: Simulation | None) -> Iterator[str]:
    if simulation is not None and simulation.cause is not None:
        yield f"simulated, {_CAUSES[simulation.cause]}"
    yield f"{milliseconds(exchange.duration):.1f} ms"
    if exchange.attempt is not None:
        if simulation is not None and simulation.delay:
            yield f"after a simulated wait of {milliseconds(simulation.delay):.0f} ms"
        yield f"request {exchange.attempt.id}"


def _count_changes(attempt: SyncAttempt | None) -> str:
    if attempt is None or not attempt.segment_keys:
        return "no cohort is named, nothing changed"
    return f"{attempt.added:,} added, {attempt.removed:,} removed, {attempt.unchanged:,} unchanged"


def _describe_cohorts(attempt: SyncAttempt) -> Iterator[str]:
    """Yield for each cohort who enters and who leaves it, and why: a few by name."""
    parser = attempt.integration.parser
    if parser is None or attempt.received > _MOST_EXPLAINED:
        yield f"segments {', '.join(attempt.segment_keys[:_SHOWN_COHORTS])}"
        return
    explanation = explain(parser, attempt.body)
    key = attempt.integration.key
    for cohort in explanation.cohorts[:_SHOWN_COHORTS]:
        yield cohort_line(explanation, cohort, key).plain
        for line in member_lines(explanation, cohort, limit=_SHOWN_MEMBERS):
            yield line.plain
    if len(explanation.cohorts) > _SHOWN_COHORTS:
        yield f"... and {count_of(len(explanation.cohorts) - _SHOWN_COHORTS, 'more cohort')}"


def _describe_fault(exchange: Exchange, error: InvalidPayloadError) -> Iterator[str]:
    """Yield the place in a body that is at fault, and what is near it."""
    body = exchange.body
    if body is not None and len(body) <= _MOST_SEARCHED_BYTES:
        for line in fault_lines(error, find_fault(body, error)):
            yield line.plain


def request_document(exchange: Exchange, simulation: Simulation | None) -> dict[str, Any]:
    """Return a request, and what became of it, for scripts."""
    attempt, error = exchange.attempt, exchange.error
    return {
        "id": attempt.id if attempt else None,
        "receivedAt": attempt.received_at if attempt else None,
        "integration": exchange.integration_key,
        "status": exchange.status or None,
        "code": _code(exchange) if error else None,
        "message": error.message if error else None,
        "pointer": error.pointer if error else None,
        "nearest": _nearest(exchange),
        "environmentId": attempt.environment_id if attempt else None,
        "segmentKeys": list(attempt.segment_keys) if attempt else [],
        "received": attempt.received if attempt else 0,
        "added": attempt.added if attempt else 0,
        "removed": attempt.removed if attempt else 0,
        "unchanged": attempt.unchanged if attempt else 0,
        "answer": exchange.content.decode("utf-8", "replace"),
        "durationMilliseconds": milliseconds(exchange.duration),
        "simulated": _simulation_document(simulation) if simulation else None,
    }


def describe_edit(edit: Edit) -> str:
    """Return a change of a manifest in words."""
    place = edit.pointer or "the manifest"
    if edit.before is MISSING:
        return f"{place}: added {_short(edit.after)}"
    if edit.after is MISSING:
        return f"{place}: removed {_short(edit.before)}"
    return f"{place}: {_short(edit.before)} -> {_short(edit.after)}"


def _strict_text(plan: FaultPlan, seed: int) -> str:
    shares = ", ".join(
        f"{_shown_fault(fault)} {share:.2%}".replace(".00%", "%")
        for fault, share in plan.shares.items()
        if share
    )
    least, longest = plan.latency_milliseconds
    limit = (
        f"at most {count_of(plan.requests_per_window, 'request')} in {WINDOW.seconds} seconds"
        if plan.requests_per_window
        else "any number of requests"
    )
    known = ", ".join(Fault)
    return (
        f"Strict: {limit}; each waits {least} to {longest} ms; by chance {shares or 'nothing else'} "
        f"(--seed {seed}).\n"
        f"A request chooses what befalls it with -H '{SIMULATE_HEADER}: 429': {known}, latency=1500 (ms), "
        "none."
    )


def _shown_fault(fault: Fault) -> str:
    return fault.value if fault.status else f"a {fault.value}"


def _plan_document(plan: FaultPlan, seed: int) -> dict[str, Any]:
    least, longest = plan.latency_milliseconds
    return {
        "rateLimit": plan.requests_per_window or None,
        "rateLimitSeconds": WINDOW.seconds,
        "latencyMilliseconds": {"least": least, "longest": longest},
        "chances": {fault.value: share for fault, share in plan.shares.items()},
        "seed": seed,
    }


def _simulation_document(simulation: Simulation) -> dict[str, Any]:
    return {
        "fault": simulation.fault.value if simulation.fault else None,
        "cause": simulation.cause.value if simulation.cause else None,
        "delayMilliseconds": milliseconds(simulation.delay),
    }


def _code(exchange: Exchange) -> str:
    """Return an error's code as the answer has it."""
    return exchange.error.wire_code() if exchange.error else ""


def _nearest(exchange: Exchange) -> list[str]:
    """Return the pointers that exist in a refused body and are most like the one that failed."""
    error, attempt = exchange.error, exchange.attempt
    if attempt is None or not isinstance(error, InvalidPayloadError) or error.pointer is None:
        return []
    return find_nearest(attempt.body, parse_pointer(error.pointer))


def _is_plain_refusal(exchange: Exchange) -> bool:
    """Tell whether an answer says only what is printed anyhow."""
    try:
        content = orjson.loads(exchange.content)
    except orjson.JSONDecodeError:
        return False
    return isinstance(content, dict) and content.keys() == {"code", "message"}


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}..."


def _moment(attempt: SyncAttempt | None) -> str:
    moment = attempt.received_at if attempt else datetime.now(UTC)
    return f"{moment.astimezone():%H:%M:%S}"


def _print_event(text: str) -> None:
    print_line(f"{_moment(None)}  {text}")


def _print_object(value: dict[str, Any]) -> None:
    typer.echo(orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE), nl=False)
