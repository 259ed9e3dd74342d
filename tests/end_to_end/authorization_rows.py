"""The authorization matrix: for each route, what it takes to use it.

A row says how to make something fresh to ask for, which actions it takes on which resources, and what
follows. To add one for a new route takes a few lines: see `ROWS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.end_to_end.authorization_world import (
    GIVES_NOTHING,
    Form,
    Subject,
    World,
    allow,
    sync_body,
)

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What follows when a route is asked by each kind of caller.

    Attributes:
        subject: makes what is asked for.
        needs: what it takes, as `action on resource`. The first is the one that is denied, or allowed
            elsewhere only; the others are what it takes besides, such as to see the project.
        denial: what a policy denies, where that is more than the first of the needs: what is seen by
            whoever may do anything to it is hidden from who may do nothing to it.
        body: the request's body, or what makes it of the subject; None for none.
        query: what the path ends with, `?` and all; it names parts of the subject in braces.
        done: the status for who may: the admin, and a token that may do just this.
        denied: the status for who may do everything but the first of the needs.
        elsewhere: the status for who may do all of it, to something else.
        reader: the status for the built-in reader.
        writer: the status for the built-in writer.
        shows: for a list, which everybody may ask for: tells whether an answer shows the subject.
            Who may not see it gets an answer without it.
        is_public: whether it is open to everybody.
    """

    subject: Callable[[World], Subject] = World.nothing
    needs: tuple[str, ...] = ()
    denial: str | None = None
    body: Json | Callable[[Subject], Json] = None
    query: str = ""
    done: int = 200
    denied: int = 403
    elsewhere: int = 404
    reader: int = 403
    writer: int = 200
    shows: Callable[[Json, Subject], bool] | None = None
    is_public: bool = False

    def body_for(self, subject: Subject) -> Json:
        """Return the request's body."""
        return self.body(subject) if callable(self.body) else self.body


def public(subject: Callable[[World], Subject] = World.nothing) -> Row:
    """Return the row of a route that is open to everybody, known or not."""
    return Row(subject=subject, is_public=True)


def any_token() -> Row:
    """Return the row of a route that whoever has a token may use."""
    return Row(denied=200, elsewhere=200, reader=200)


def reading(subject: Callable[[World], Subject], *needs: str, denial: str | None = None) -> Row:
    """Return the row of a route that shows one thing, to readers as well; to others it is not there."""
    return Row(subject=subject, needs=needs, denial=denial, denied=404, reader=200)


def listing(
    subject: Callable[[World], Subject],
    *needs: str,
    query: str = "?limit=1000",
    shows: Callable[[Json, Subject], bool],
    body: Json | Callable[[Subject], Json] = None,
    denial: str | None = None,
) -> Row:
    """Return the row of a route that shows a list, to each caller what they may see of it."""
    row = reading(subject, *needs, denial=denial)
    return replace(row, query=query, shows=shows, body=body, denied=200, elsewhere=200)


def changing(subject: Callable[[World], Subject], *needs: str, **rest: Any) -> Row:
    """Return the row of a route that changes something: readers may not, writers may."""
    row = Row(subject=subject, needs=needs, **rest)
    return row if "writer" in rest else replace(row, writer=row.done)


def _has(name: str, value: str) -> Callable[[Json, Subject], bool]:
    """Tell of a list whether an item has, as this field, this part of the subject."""
    return lambda content, subject: any(item[name] == subject[value] for item in content["items"])


_PROJECT: Final = "proj/{projectKey}"
_ENVIRONMENT: Final = "proj/{projectKey}:env/{environmentKey}"
_SEGMENT: Final = "proj/{projectKey}:env/{environmentKey}:segment/{segmentKey}"
_VIEW_PROJECT: Final = f"viewProject on {_PROJECT}"
_SEE_TOKEN: Final = "deleteAccessToken on service-token/{id}"
_RENAME: Final = [{"op": "replace", "path": "/name", "value": "Another name"}]
_EXPIRY: Final = {
    "kind": "addExpiringTarget",
    "targetType": "included",
    "contextKey": "ada",
    "value": 4_102_444_800_000,
}
_SYNC: Final = changing(
    World.environment,
    f"updateIncluded on {_SEGMENT}",
    f"createSegment on {_SEGMENT}",
    body=sync_body,
    done=204,
    elsewhere=403,
)
_EXPORT: Final = f"createSegmentExport on {_SEGMENT}"
_CHANGE_MEMBERS: Final = changing(
    World.big_segment,
    f"updateIncluded on {_SEGMENT}",
    _VIEW_PROJECT,
    body={"included": {"add": ["brian"], "remove": ["ada"]}},
    done=204,
)
_P: Final = "/api/v2/projects/{projectKey}"
_E: Final = "/api/v2/projects/{projectKey}/environments/{environmentKey}"
_S: Final = "/api/v2/segments/{projectKey}/{environmentKey}"
_X: Final = "/api/v2/segments/{projectKey}/{segmentKey}"

ROWS: Final[Mapping[str, Row]] = {
    "GET /api/v2": public(),
    "GET /api/v2/public-ip-list": public(),
    "GET /api/v2/openapi.json": public(),
    "GET /docs": public(),
    "GET /docs/{name}": public(lambda _: {"name": "page.css"}),
    "GET /healthz": public(),
    "GET /readyz": public(),
    "GET /metrics": public(),
    "GET /sdk/goals/{client_side_id}": public(
        lambda world: {"client_side_id": world.environment()["environmentId"]}
    ),
    "GET /api/v2/versions": any_token(),
    "GET /api/v2/caller-identity": any_token(),
    "POST /api/v2/segment-targets/{integration_key}": replace(
        _SYNC, subject=lambda world: {**world.environment(), "integration_key": "rudderstack"}
    ),
    "POST /api/v2/segment-target/{integration_key}": replace(
        _SYNC, subject=lambda world: {**world.environment(), "integration_key": "rudderstack"}
    ),
    # Projects
    "GET /api/v2/projects": listing(
        World.project,
        _VIEW_PROJECT,
        query="?filter=keys:{projectKey}",
        shows=_has("key", "projectKey"),
    ),
    "POST /api/v2/projects": changing(
        World.nothing,
        "createProject on proj/{new}",
        body=lambda subject: {"key": subject["new"], "name": "New"},
        done=201,
        elsewhere=403,
    ),
    f"GET {_P}": reading(World.project, _VIEW_PROJECT),
    f"PATCH {_P}": changing(
        World.project, f"updateProjectName on {_PROJECT}", _VIEW_PROJECT, body=_RENAME
    ),
    f"DELETE {_P}": changing(
        World.project, f"deleteProject on {_PROJECT}", _VIEW_PROJECT, done=204
    ),
    # Environments
    f"GET {_P}/environments": reading(World.project, _VIEW_PROJECT),
    f"POST {_P}/environments": changing(
        World.project,
        "createEnvironment on proj/{projectKey}:env/{new}",
        _VIEW_PROJECT,
        body=lambda subject: {"key": subject["new"], "name": "New", "color": "7B42BC"},
        done=201,
    ),
    f"GET {_E}": reading(World.environment, _VIEW_PROJECT),
    f"PATCH {_E}": changing(
        World.environment, f"updateName on {_ENVIRONMENT}", _VIEW_PROJECT, body=_RENAME
    ),
    f"DELETE {_E}": changing(
        World.environment, f"deleteEnvironment on {_ENVIRONMENT}", _VIEW_PROJECT, done=204
    ),
    f"POST {_E}/apiKey": changing(
        World.environment, f"updateApiKey on {_ENVIRONMENT}", _VIEW_PROJECT
    ),
    f"POST {_E}/mobileKey": changing(
        World.environment, f"updateMobileKey on {_ENVIRONMENT}", _VIEW_PROJECT
    ),
    # Segments
    f"GET {_S}": reading(World.segment, _VIEW_PROJECT),
    f"POST {_S}": changing(
        World.environment,
        "createSegment on proj/{projectKey}:env/{environmentKey}:segment/{new}",
        _VIEW_PROJECT,
        body=lambda subject: {"key": subject["new"], "name": "New"},
        done=201,
    ),
    f"GET {_S}/{{segmentKey}}": reading(World.segment, _VIEW_PROJECT),
    f"PATCH {_S}/{{segmentKey}}": changing(
        World.big_segment, f"updateName on {_SEGMENT}", _VIEW_PROJECT, body=_RENAME
    ),
    f"DELETE {_S}/{{segmentKey}}": changing(
        World.small_segment, f"deleteSegment on {_SEGMENT}", _VIEW_PROJECT, done=204
    ),
    f"POST {_S}/{{segmentKey}}/contexts": _CHANGE_MEMBERS,
    f"POST {_S}/{{segmentKey}}/users": _CHANGE_MEMBERS,
    f"GET {_S}/{{segmentKey}}/contexts/{{contextKey}}": reading(World.segment, _VIEW_PROJECT),
    f"GET {_S}/{{segmentKey}}/users/{{userKey}}": reading(World.big_segment, _VIEW_PROJECT),
    # All the keys of a segment are for those who may export them, and readers may not.
    f"GET {_S}/{{segmentKey}}/members": changing(World.big_segment, _EXPORT, _VIEW_PROJECT),
    f"POST {_E}/segments/evaluate": replace(
        reading(World.segment, _VIEW_PROJECT), body={"kind": "user", "key": "ada"}
    ),
    f"POST {_S}/{{segmentKey}}/imports": changing(
        World.big_segment,
        f"updateIncluded on {_SEGMENT}",
        _VIEW_PROJECT,
        body=Form(file=("keys.csv", "brian\n")),
        done=204,
    ),
    f"GET {_S}/{{segmentKey}}/imports/{{importID}}": reading(World.segment_import, _VIEW_PROJECT),
    f"POST {_S}/{{segmentKey}}/exports": changing(World.big_segment, _EXPORT, _VIEW_PROJECT),
    f"GET {_S}/{{segmentKey}}/exports/{{exportID}}": changing(
        World.segment_export, _EXPORT, _VIEW_PROJECT
    ),
    f"GET {_S}/{{segmentKey}}/exports/{{exportID}}/file": changing(
        World.segment_export, _EXPORT, _VIEW_PROJECT
    ),
    f"GET {_X}/expiring-targets/{{environmentKey}}": reading(World.big_segment, _VIEW_PROJECT),
    f"PATCH {_X}/expiring-targets/{{environmentKey}}": changing(
        World.big_segment,
        f"updateExpiringTargets on {_SEGMENT}",
        _VIEW_PROJECT,
        body={"instructions": [_EXPIRY]},
    ),
    f"GET {_X}/expiring-user-targets/{{environmentKey}}": reading(World.big_segment, _VIEW_PROJECT),
    f"PATCH {_X}/expiring-user-targets/{{environmentKey}}": changing(
        World.big_segment,
        f"updateExpiringTargets on {_SEGMENT}",
        _VIEW_PROJECT,
        body={"instructions": [_EXPIRY]},
    ),
    # Access tokens: a writer sees none but its own.
    "GET /api/v2/tokens": replace(
        listing(World.token, _SEE_TOKEN, shows=_has("_id", "id")), reader=404, writer=404
    ),
    "POST /api/v2/tokens": changing(
        World.nothing,
        "createAccessToken on service-token/*",
        body={
            "name": "t",
            "serviceToken": True,
            "inlineRole": [allow("createAccessToken", "service-token/*")],
        },
        done=201,
        elsewhere=403,
        writer=403,
    ),
    "GET /api/v2/tokens/{id}": replace(reading(World.token, _SEE_TOKEN), reader=404, writer=404),
    "PATCH /api/v2/tokens/{id}": changing(
        World.token,
        "updateAccessTokenName on service-token/{id}",
        _SEE_TOKEN,
        body=_RENAME,
        reader=404,
        writer=404,
    ),
    "DELETE /api/v2/tokens/{id}": changing(
        World.token, _SEE_TOKEN, done=204, denied=404, reader=404, writer=404
    ),
    "POST /api/v2/tokens/{id}/reset": changing(
        World.token,
        "resetAccessToken on service-token/{id}",
        _SEE_TOKEN,
        reader=404,
        writer=404,
    ),
    # Custom roles
    "GET /api/v2/roles": listing(
        World.role, "viewRole on role/{key}", denial="* on role/{key}", shows=_has("key", "key")
    ),
    "POST /api/v2/roles": changing(
        World.nothing,
        "createRole on role/{new}",
        body=lambda subject: {"key": subject["new"], "name": "New", "policy": GIVES_NOTHING},
        done=201,
        elsewhere=403,
        writer=403,
    ),
    "GET /api/v2/roles/{key}": reading(
        World.role, "viewRole on role/{key}", denial="* on role/{key}"
    ),
    "PATCH /api/v2/roles/{key}": changing(
        World.role, "updateName on role/{key}", body=_RENAME, writer=403
    ),
    "DELETE /api/v2/roles/{key}": changing(
        World.role, "deleteRole on role/{key}", done=204, writer=403
    ),
    # Members
    "GET /api/v2/members": listing(
        World.member,
        "viewMember on member/{id}",
        denial="* on member/{id}",
        query="?filter=id:{id}",
        shows=_has("_id", "id"),
    ),
    "POST /api/v2/members": changing(
        World.nothing,
        "createMember on member/*",
        body=lambda subject: [{"email": f"{subject['new']}@example.com", "role": "no_access"}],
        done=201,
        elsewhere=403,
        writer=403,
    ),
    "GET /api/v2/members/{id}": reading(
        World.member, "viewMember on member/{id}", denial="* on member/{id}"
    ),
    "PATCH /api/v2/members/{id}": changing(
        World.member,
        "updateName on member/{id}",
        body=[{"op": "replace", "path": "/firstName", "value": "Ada"}],
        writer=403,
    ),
    "DELETE /api/v2/members/{id}": changing(
        World.member, "deleteMember on member/{id}", done=204, writer=403
    ),
    # The audit log: who may view a project may see what was done to it.
    "GET /api/v2/auditlog": listing(
        World.audit_entry,
        _VIEW_PROJECT,
        query="?spec=proj/{projectKey}",
        shows=_has("_id", "entryId"),
    ),
    "POST /api/v2/auditlog": listing(
        World.audit_entry,
        _VIEW_PROJECT,
        query="",
        shows=_has("_id", "entryId"),
        body=lambda subject: [allow("*", f"proj/{subject['projectKey']}")],
    ),
    "POST /api/v2/auditlog/counts": listing(
        World.audit_entry,
        _VIEW_PROJECT,
        query="?after=0",
        shows=lambda content, _: content["totalCount"] > 0,
        body=lambda subject: [allow("*", f"proj/{subject['projectKey']}")],
    ),
    "GET /api/v2/auditlog/{entryId}": reading(World.audit_entry, _VIEW_PROJECT),
}
"""Each route's row, by method and path."""
