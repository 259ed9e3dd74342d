"""How a body was read, as JSON for scripts: all that `try` shows to people, and every member."""

from typing import Any

import orjson

from muster.cli.integration.expected_answer import ExpectedAnswer, Reading
from muster.cli.integration.place_view import find_fault
from muster.core.ids import IntegrationKey
from muster.core.pointers import MISSING
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.explanation import Action, CohortExplanation, Entry, Explanation, Fact
from muster.segments.keys import synced_segment_key


def reading_document(
    reading: Reading, answer: ExpectedAnswer, integration_key: IntegrationKey
) -> dict[str, Any]:
    """Return how a body was read or why it was refused, and the answer, as JSON."""
    outcome = reading.outcome
    is_read = isinstance(outcome, Explanation)
    return {
        "read": is_read,
        **(
            explanation_document(outcome, integration_key)
            if isinstance(outcome, Explanation)
            else {"error": _error_document(outcome, reading.body)}
        ),
        "answer": {
            "status": answer.status,
            "body": orjson.loads(answer.content) if answer.content else None,
            "unrendered": answer.unrendered,
        },
    }


def explanation_document(
    explanation: Explanation, integration_key: IntegrationKey
) -> dict[str, Any]:
    """Return why a body was read as it was, as JSON."""
    return {
        "environment": _fact(explanation.environment),
        "contextKind": _fact(explanation.context_kind),
        "way": explanation.way.value,
        "action": _action(explanation.action) if explanation.action else None,
        "received": explanation.received,
        "cohorts": [_cohort(cohort, integration_key) for cohort in explanation.cohorts],
    }


def _error_document(error: InvalidPayloadError, body: bytes) -> dict[str, Any]:
    place = find_fault(body, error, may_reformat=False)
    return {
        "code": error.wire_code(),
        "message": error.message,
        "pointer": error.pointer,
        "line": place.position.line,
        "column": place.position.column,
        "nearest": place.nearest,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    """Return a value and its place; without `sent` where nothing was."""
    shown = {"value": fact.value, "pointer": fact.pointer}
    return shown if fact.sent is MISSING else {**shown, "sent": fact.sent}


def _action(action: Action) -> dict[str, Any]:
    return {**_fact(action.word), "matcher": action.matcher.pattern, "adds": action.adds}


def _cohort(cohort: CohortExplanation, integration_key: IntegrationKey) -> dict[str, Any]:
    return {
        "id": _fact(cohort.id),
        "name": _fact(cohort.name),
        "url": _fact(cohort.url),
        "segmentKey": synced_segment_key(integration_key, cohort.cohort_id),
        "added": [entry.key for entry in cohort.list_decided(added=True)],
        "removed": [entry.key for entry in cohort.list_decided(added=False)],
        "entries": [_entry(entry, cohort.last_words[entry.key]) for entry in cohort.entries],
    }


def _entry(entry: Entry, last: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "added": entry.added,
        "pointer": entry.pointer,
        "because": entry.reason,
        "cohort": entry.cohort_pointer,
        "overruledBy": None if entry is last else last.pointer,
    }
