"""What the sync endpoint answers, said to those who send it requests (source: docs/endpoint.md)."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from muster.core.pointers import Json
from muster.manifests.markdown import code, code_block, json_block, table
from muster.manifests.user_guide_destination import Destination
from muster.payloads.errors import InvalidPayloadError, ResponseTemplateError
from muster.payloads.parser import RequestParser
from muster.payloads.response import ResponseTemplate, ResponseValues

_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,60}")
"""Cohort ids that stand in a segment's key as they are."""
_ERROR_SHAPE: Final = '`{"code": "...", "message": "..."}`'


@dataclass(frozen=True, slots=True)
class Answers:
    """What an integration's requests are answered.

    Attributes:
        template: the manifest's own answers; None for Muster's.
    """

    destination: Destination
    parser: RequestParser
    template: ResponseTemplate | None

    def when_applied(self, sample: Json) -> Iterator[str]:
        """Yield what a request is answered that was applied."""
        answer = self._render(self._values(sample))
        if answer is None:
            yield "Muster answers `204` without a body once the change is on disk."
        else:
            yield "Muster answers `200` with a JSON body once the change is on disk:"
            yield answer

    def when_refused(self) -> Iterator[str]:
        """Yield what a request is answered that was not applied, by status, and where to look."""
        answer = self._render(_refused({}, self._refusal()))
        if answer is None:
            yield f"The body of an error is {_ERROR_SHAPE}, and its message says what to change."
        else:
            yield (
                "A request that is refused is answered with a JSON body of the same make, which says "
                "why. An empty object `{}`, for instance, gets status `400` and:"
            )
            yield answer
            yield f"Only the bodies of 401, 404 and 405 are {_ERROR_SHAPE}."
        rows = [(str(status), text) for status, text in _troubles(self.destination).items()]
        yield table(("Status", "What it means, and what to do"), rows)
        yield (
            "Muster keeps what became of each request of a known token for a while. Where it runs, "
            "these show it:"
        )
        key = shlex.quote(self.destination.key)
        yield code_block(
            f"muster requests list --integration {key} --failed\nmuster requests show ID", "sh"
        )
        yield "`ID` stands in the list, and in the header `X-Request-Id` of the answer."

    def _render(self, values: ResponseValues) -> str | None:
        """Return the manifest's own answer; None where it has none, or none that is JSON.

        In the latter case, too, the endpoint answers as if there were no template.
        """
        if self.template is None:
            return None
        try:
            content = self.template.render(values)
        except ResponseTemplateError:
            return None
        return json_block(json.loads(content))

    def _values(self, sample: Json) -> ResponseValues:
        to = self.destination
        cohorts = self.parser.find_cohort_ids(sample)
        named = cohorts[0] if cohorts and _PLAIN_ID.fullmatch(cohorts[0]) else "<cohort id>"
        segment_key = f"{to.key}-{named}"
        return ResponseValues(
            request_body=sample,
            status_code=200,
            error_message="",
            project_key=to.project,
            environment_key=to.environment,
            segment_key=segment_key,
            segment_url=f"{to.url}/{to.project}/{to.environment}/segments/{segment_key}",
        )

    def _refusal(self) -> str:
        """Return what Muster says of a body that lacks everything."""
        try:
            self.parser.parse({})
        except InvalidPayloadError as error:
            return error.message
        raise AssertionError("no body is read that names no environment")


def _refused(body: Json, message: str) -> ResponseValues:
    """Return what is known of a request that names no environment."""
    return ResponseValues(
        request_body=body,
        status_code=400,
        error_message=message,
        project_key="",
        environment_key="",
        segment_key="",
        segment_url="",
    )


def _troubles(to: Destination) -> Mapping[int, str]:
    """Return what each status means that the endpoint refuses a request with."""
    segments = code(f"{to.key}-*")
    return {
        400: "The body could not be read as this integration sends it, or no environment has that "
        "client-side ID. The message names the JSON pointer at fault, what was found there and what was "
        "expected.",
        401: "The access token is missing, unknown or expired. Send it as the whole value of the "
        "`Authorization` header, without `Bearer`.",
        403: "The token's policy does not allow `createSegment` and `updateIncluded` on "
        f"{segments} in that project and environment. Compare it with the one above; `muster token why` says "
        "which statement decides.",
        404: f"The address is wrong. It ends in {code(to.path)}.",
        405: "The request is not a POST. A redirect on the way, as from `http` to `https`, turns a POST "
        "into a GET: enter the address that it leads to.",
        408: "The body did not arrive in time (30 seconds unless set otherwise). Send it again.",
        409: "The segment exists and holds another kind of context, or is not synced by this "
        "integration. Delete it, or give the cohort another id.",
        413: "The body is larger than Muster takes (16 MiB unless set otherwise). Send smaller batches.",
        415: "The body is not sent as JSON. Set `Content-Type: application/json`.",
        429: "More requests than Muster was set to take in ten seconds. Send the request again once the time "
        "in the header `X-Ratelimit-Reset` (milliseconds since 1970) has come.",
        500: "The fault is Muster's. Send the request again later; the message names it in Muster's log.",
        503: "Muster can't write at the moment. Send the request again later.",
    }
