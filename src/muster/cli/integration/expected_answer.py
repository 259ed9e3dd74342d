"""What a server would answer a body, as far as that can be known without one.

It is known how the body is read, and what the manifest's jsonResponseBody makes of that. It is not known
who asks, which environments there are, and which segments: 401, 403, 409 and an unknown client-side ID
are answers of a server alone.
"""

from dataclasses import dataclass
from typing import Final

import orjson

from muster.core.pointers import Json
from muster.payloads.errors import InvalidPayloadError, ResponseTemplateError
from muster.payloads.explanation import Explanation, explain
from muster.payloads.json import decode_body
from muster.payloads.parser import RequestParser
from muster.payloads.response import ResponseValues
from muster.segments.keys import synced_segment_key
from muster.sync.catalog import Integration

_REFUSED: Final = 400


@dataclass(frozen=True, slots=True)
class Destination:
    """The server and the environment that a body is meant for.

    Attributes:
        url: the server's address, without a slash at the end.
    """

    url: str
    project_key: str
    environment_key: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A body, read.

    Attributes:
        document: what it decodes to; None where it does not.
        outcome: why it is read as it is, or why it is refused.
    """

    body: bytes
    document: Json
    outcome: Explanation | InvalidPayloadError


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """What a server would answer.

    Attributes:
        content: JSON; empty for none.
        unrendered: why the manifest's jsonResponseBody gives no answer; None where it does or is none.
    """

    status: int
    content: bytes
    unrendered: str | None = None


def read_body(parser: RequestParser, body: bytes) -> Reading:
    """Return how a body is read, or why it is refused."""
    document: Json = None
    try:
        document = decode_body(body)
        return Reading(body, document, explain(parser, document))
    except InvalidPayloadError as error:
        return Reading(body, document, error)


def expect_answer(
    integration: Integration, reading: Reading, destination: Destination
) -> ExpectedAnswer:
    """Return what a server would answer, if it knows the environment and the sender may do this."""
    error = reading.outcome if isinstance(reading.outcome, InvalidPayloadError) else None
    unrendered = None
    if integration.response_template is not None:
        values = _values(integration, reading, error, destination)
        try:
            content = integration.response_template.render(values)
            return ExpectedAnswer(values.status_code, content)
        except ResponseTemplateError as failed:
            unrendered = failed.message
    if error is None:
        return ExpectedAnswer(204, b"", unrendered)
    content = orjson.dumps({"code": error.wire_code(), "message": error.message})
    return ExpectedAnswer(_REFUSED, content, unrendered)


def _values(
    integration: Integration,
    reading: Reading,
    error: InvalidPayloadError | None,
    destination: Destination,
) -> ResponseValues:
    """Return what the template is given; of a refused body, what it says all the same."""
    cohort_ids, has_environment = _mentioned(integration.parser, reading)
    project_key = destination.project_key if has_environment else ""
    environment_key = destination.environment_key if has_environment else ""
    segment_key = synced_segment_key(integration.key, cohort_ids[0]) if cohort_ids else ""
    segment_url = ""
    if has_environment and segment_key:
        segment_url = f"{destination.url}/{project_key}/{environment_key}/segments/{segment_key}"
    return ResponseValues(
        request_body=reading.document,
        status_code=_REFUSED if error else 200,
        error_message=error.message if error else "",
        project_key=project_key,
        environment_key=environment_key,
        segment_key=segment_key,
        segment_url=segment_url,
    )


def _mentioned(parser: RequestParser | None, reading: Reading) -> tuple[tuple[str, ...], bool]:
    """Return the cohorts that a body names, and whether it names an environment."""
    if isinstance(reading.outcome, Explanation):
        return tuple(cohort.cohort_id for cohort in reading.outcome.cohorts), True
    if parser is None:
        return (), False
    document = reading.document
    return parser.find_cohort_ids(document), parser.find_environment_id(document) is not None
