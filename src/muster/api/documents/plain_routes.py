"""The operations that FastAPI does not know of: plain routes, which are faster, and the document's own."""

from typing import Any, Final

from muster.api.documents.answers import error_response
from muster.api.documents.document import schema_of
from muster.api.documents.segment_members import BigSegmentTargets, SegmentMembership

Operation = dict[str, Any]

_SEGMENT: Final = "/api/v2/segments/{projectKey}/{environmentKey}/{segmentKey}"
_WITH_TOKEN: Final[list[dict[str, list[str]]]] = [{"ApiKey": []}]
_SYNC_BODY: Final = {
    "environmentId": "66b0c1a2d3e4f5a6b7c8d9e0",
    "contextKind": "user",
    "cohortId": "vip",
    "cohortName": "VIP customers",
    "cohortUrl": "https://cohorts.example.com/vip",
    "listData": {"add": [{"id": "ada"}], "remove": [{"id": "brian"}]},
}
_HEALTH: Final = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "string", "enum": ["ok", "unavailable"]},
        "reason": {"type": "string", "description": "Why not, where it is unavailable."},
    },
}


def plain_operations() -> dict[str, dict[str, Operation]]:
    """Return the operations by path and by method in lower case, as OpenAPI has them.

    Their routes are made elsewhere: `api/segment_targets.py`, `api/big_segment_targets.py`,
    `api/membership.py`, `api/health.py`, `sdk/goals.py`. A test holds this to those.
    """
    return {
        "/api/v2/segment-targets/{integrationKey}": {"post": _sync("postSegmentTargets")},
        "/api/v2/segment-target/{integrationKey}": {
            "post": {**_sync("postSegmentTarget"), "deprecated": True}
        },
        _SEGMENT + "/contexts/{contextKey}": {"get": _MEMBERSHIP},
        _SEGMENT + "/contexts": {
            "post": _big_targets(
                "updateBigSegmentContextTargets",
                "Change the members of a big segment",
                "Put contexts into the lists of a big segment, and take others out.",
            )
        },
        _SEGMENT + "/users": {
            "post": _big_targets(
                "updateBigSegmentTargets",
                "Change the users of a big segment",
                "Put users into the lists of a big segment that holds users, and take others out.",
            )
        },
        "/api/v2/openapi.json": {
            "get": {
                "tags": ["Other"],
                "operationId": "getOpenapiSpec",
                "summary": "Get this document",
                "description": "Return the API's description in OpenAPI 3.1. Open to everybody.",
                "responses": {
                    "200": _json("The document.", {"type": "object"}, {"openapi": "3.1.0"}),
                    **_errors(429),
                },
            }
        },
        "/sdk/goals/{clientSideId}": {
            "get": {
                "tags": ["SDK"],
                "operationId": "getGoals",
                "summary": "List an environment's goals",
                "description": "Answer with no goals, for there are none in Muster; partners test a "
                "client-side ID with it. Open to everybody.",
                "parameters": [
                    _path(
                        "clientSideId",
                        "The environment's client-side ID.",
                        "66b0c1a2d3e4f5a6b7c8d9e0",
                    )
                ],
                "responses": {
                    "200": _json("The goals: none.", {"type": "array", "maxItems": 0}, []),
                    **_errors(400, 404, 503),
                },
            }
        },
        "/healthz": {
            "get": {
                "tags": ["Operation"],
                "operationId": "getHealth",
                "summary": "Tell whether the process answers",
                "description": "For liveness probes. Open to everybody.",
                "responses": {"200": _json("It answers.", _HEALTH, {"status": "ok"})},
            }
        },
        "/readyz": {
            "get": {
                "tags": ["Operation"],
                "operationId": "getReadiness",
                "summary": "Tell whether requests can be served",
                "description": "For readiness probes. Open to everybody.",
                "responses": {
                    "200": _json("They can.", _HEALTH, {"status": "ok"}),
                    "503": _json(
                        "The membership store has stopped.",
                        _HEALTH,
                        {"status": "unavailable", "reason": "The disk is full."},
                    ),
                },
            }
        },
        "/metrics": {
            "get": {
                "tags": ["Operation"],
                "operationId": "getMetrics",
                "summary": "Get metrics for Prometheus",
                "description": "Return all metrics in Prometheus' text format. Open to everybody.",
                "responses": {
                    "200": {
                        "description": "The metrics.",
                        "content": {
                            "text/plain": {
                                "schema": {"type": "string"},
                                "example": "# TYPE muster_http_requests_total counter\n",
                            }
                        },
                    }
                },
            }
        },
    }


def _sync(operation_id: str) -> Operation:
    return {
        "tags": ["Sync"],
        "operationId": operation_id,
        "summary": "Add members to cohorts, and remove them",
        "description": (
            "Apply the body of a partner: each cohort in it becomes a segment of the environment that it "
            "names. The shape of the body is the partner's own; the integration's manifest says how it is "
            "read, and the example is one of RudderStack's. A request applies whole or not at all, and is "
            "answered once that is durable; sent twice, it changes nothing the second time."
        ),
        "security": _WITH_TOKEN,
        "parameters": [
            _path("integrationKey", "The integration's key, in any case.", "rudderstack")
        ],
        "requestBody": {
            "required": True,
            "description": "JSON, which may be compressed (`Content-Encoding: gzip`).",
            "content": {"application/json": {"schema": {}, "example": _SYNC_BODY}},
        },
        "responses": {
            "200": _json(
                "It is applied; what the integration's manifest answers with.",
                {},
                {"status": "success"},
            ),
            "204": {"description": "It is applied; there is no body."},
            **_errors(400, 401, 403, 404, 408, 409, 413, 415, 429, 503, schema={}),
        },
    }


def _big_targets(operation_id: str, summary: str, description: str) -> Operation:
    return {
        "tags": ["Segments"],
        "operationId": operation_id,
        "summary": summary,
        "description": description,
        "security": _WITH_TOKEN,
        "parameters": _SEGMENT_PARAMETERS,
        "requestBody": {
            "required": True,
            "description": "JSON, which may be compressed (`Content-Encoding: gzip`).",
            "content": {"application/json": {"schema": schema_of(BigSegmentTargets)}},
        },
        "responses": {
            "204": {"description": "It is done; there is no body."},
            **_errors(400, 401, 403, 404, 408, 413, 415, 429, 503),
        },
    }


def _path(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


def _json(description: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"description": description, "content": content}


def _errors(*statuses: int, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {str(status): error_response(status, schema) for status in statuses}


_SEGMENT_PARAMETERS: Final = [
    _path("projectKey", "The project's key.", "default"),
    _path("environmentKey", "The environment's key.", "production"),
    _path("segmentKey", "The segment's key.", "amplitude-vip"),
]
_MEMBERSHIP: Final[Operation] = {
    "tags": ["Segments"],
    "operationId": "getSegmentMembershipForContext",
    "summary": "Tell whether a context is in a segment",
    "description": "Tell in which lists of a segment a context of whatever kind stands; rules are not asked.",
    "security": _WITH_TOKEN,
    "parameters": [
        *_SEGMENT_PARAMETERS,
        _path("contextKey", "The context's key.", "ada"),
    ],
    "responses": {
        "200": {
            "description": "What was asked for, as it is now.",
            "content": {"application/json": {"schema": schema_of(SegmentMembership)}},
        },
        **_errors(400, 401, 404, 429, 503),
    },
}
