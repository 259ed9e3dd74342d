"""What became of a load, for people and for scripts."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from muster.cli.output import print_fields, print_json, print_line, print_note
from muster.core.wording import count_of
from muster.push.load import LoadReport
from muster.push.measurements import LATE_SECONDS, percentile

_PERCENTILES: Final = {"min": 0.0, "p50": 50.0, "p90": 90.0, "p99": 99.0, "max": 100.0}
_BUSY_SHARE: Final = 0.9
"""From which share of a processor on the sender may have been the bottleneck."""


def print_report(report: LoadReport, *, as_json: bool) -> None:
    """Print what became of a load."""
    if as_json:
        print_json(report_document(report))
        return
    print_fields(_fields(report))
    for kind, failure in report.measurements.failures.items():
        print_line(f"{failure.count:,} x {kind}: {failure.example}")
    for note in _notes(report):
        print_note(note)


def report_document(report: LoadReport) -> dict[str, Any]:
    """Return what became of a load, for scripts."""
    plan, measured = report.plan, report.measurements
    return {
        "asked": {
            "rate": plan.rate,
            "seconds": plan.seconds,
            "requests": plan.requests,
            "connections": plan.connections,
        },
        "interrupted": report.interrupted,
        "elapsedSeconds": report.elapsed_seconds,
        "sent": measured.sent,
        "unsent": report.unsent,
        "givenUp": report.given_up,
        "failed": measured.failed,
        "rate": report.rate,
        "membersPerSecond": report.members_per_second,
        "membersApplied": measured.members_applied,
        "statuses": {str(status): count for status, count in sorted(measured.statuses.items())},
        "retryAfter": dict(measured.retry_after),
        "failures": [
            {"kind": kind, "count": failure.count, "example": failure.example}
            for kind, failure in measured.failures.items()
        ],
        "latencyMilliseconds": _quantiles(measured.latencies),
        "lateness": {
            "late": measured.late,
            "queued": measured.queued,
            "lateFromMilliseconds": LATE_SECONDS * 1000,
            "milliseconds": _quantiles(measured.lateness),
        },
        "processorShare": report.processor_share,
    }


def _fields(report: LoadReport) -> Iterator[tuple[str, str]]:
    plan, measured = report.plan, report.measurements
    unsent = f", {report.unsent:,} not sent" if report.unsent else ""
    given_up = f", {report.given_up:,} not waited for" if report.given_up else ""
    sent = f"{measured.sent:,} of {count_of(plan.requests, 'request')} in {report.elapsed_seconds:.1f} s"
    yield "Sent", f"{sent}{unsent}{given_up}"
    yield "Rate", f"{report.rate:,.1f} requests/s sent of {plan.rate:,g} asked for"
    yield "Members", f"{report.members_per_second:,.0f}/s ({measured.members_applied:,} applied)"
    counts = (f"{status} x {count:,}" for status, count in sorted(measured.statuses.items()))
    yield "Answers", ", ".join(counts) or "none"
    yield "Failed", f"{measured.failed:,}"
    if measured.latencies:
        yield (
            "Latency",
            f"{_in_words(_quantiles(measured.latencies))} (from when a request was due)",
        )
    if measured.late:
        late = f"{count_of(measured.late, 'request')}, over {LATE_SECONDS * 1000:g} ms after due"
        queued = f"{measured.queued:,} of them found no connection free"
        worst = max(measured.lateness) * 1000
        yield "Sent late", f"{late}, at most {worst:,.1f} ms; {queued}"
    if measured.retry_after:
        said = (f"{text} x {count:,}" for text, count in measured.retry_after.most_common(5))
        yield "Retry-After", f"{', '.join(said)} (none was sent again)"


def _notes(report: LoadReport) -> Iterator[str]:
    if report.interrupted:
        yield "Ended before its time."
    if report.unsent and not report.interrupted:
        yield (
            f"Due and not sent: {count_of(report.unsent, 'request')}, for all of "
            f"{count_of(report.plan.connections, 'connection')} waited for answers. More are allowed with "
            "--connections."
        )
    if report.processor_share > _BUSY_SHARE:
        yield (
            f"This command kept a processor busy for {report.processor_share:.0%} of the time, so it may "
            "have been slower than the server: the figures are its own as well."
        )


def _quantiles(seconds: Sequence[float]) -> dict[str, float] | None:
    """Return some percentiles in milliseconds; None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return {
        name: round(percentile(ordered, percent) * 1000, 3)
        for name, percent in _PERCENTILES.items()
    }


def _in_words(quantiles: dict[str, float] | None) -> str:
    return ", ".join(f"{name} {value:,.1f} ms" for name, value in (quantiles or {}).items())
