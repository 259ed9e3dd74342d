"""What the authorization matrix needs of a server: fresh things to ask for, and callers to ask for them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.end_to_end.harness import TOKEN, Muster

Json = Any
Subject = Mapping[str, str]
"""What a request is about: the parameters of its path, and what resources and bodies name besides."""

GIVES_NOTHING = [{"effect": "deny", "actions": ["*"], "resources": ["proj/*"]}]
"""A policy that nobody needs to hold in order to give it."""
_NOWHERE = "elsewhere"


class Form(dict[str, Any]):
    """A body that is a form (`multipart/form-data`): its files by their parts, as httpx takes them."""


def allow(action: str, resource: str) -> Json:
    """Return a statement that allows an action on a resource."""
    return {"effect": "allow", "actions": [action], "resources": [resource]}


@dataclass(slots=True)
class World:
    """A server, as its admin fills it: each method makes one more thing, and says what it is called."""

    server: Muster
    client: httpx.Client
    """One that carries no token of its own."""
    _numbers: "count[int]" = field(default_factory=count)

    def new_name(self) -> str:
        """Return a key that nothing has."""
        return f"thing-{next(self._numbers)}"

    def ask(self, credential: str | None, method: str, path: str, body: Json) -> httpx.Response:
        """Make one request, with or without an Authorization header."""
        headers = {} if credential is None else {"Authorization": credential}
        sent = {"files": body} if isinstance(body, Form) else {"json": body}
        return self.client.request(method, path, headers=headers, **sent)

    def post(self, path: str, body: Json) -> Json:
        """Make something, as the admin; return what is answered."""
        return self.server.client.post(path, json=body).raise_for_status().json()

    def project(self) -> Subject:
        """Make a project."""
        key = self.new_name()
        self.post("/api/v2/projects", {"key": key, "name": key})
        return {"projectKey": key, "new": self.new_name()}

    def environment(self) -> Subject:
        """Make an environment, which is not the last of its project."""
        project = self.project()
        key = self.new_name()
        made = self.post(
            f"/api/v2/projects/{project['projectKey']}/environments",
            {"key": key, "name": key, "color": "7B42BC"},
        )
        return {
            **project,
            "environmentKey": key,
            "environmentId": made["_id"],
            "segmentKey": f"rudderstack-{project['new']}",
        }

    def segment(self) -> Subject:
        """Make a synced segment with a member."""
        subject = self.environment()
        pushed = self.server.push("rudderstack", sync_body(subject))
        assert pushed.status_code == 204, pushed.text
        return {**subject, "contextKey": "ada"}

    def big_segment(self, place: Subject | None = None) -> Subject:
        """Make a big segment that nobody syncs, with a member; in an environment of its own, or in one."""
        subject = self._new_segment(place, unbounded=True)
        members = {"included": {"add": ["ada"]}}
        path = f"{segment_path(subject)}/contexts"
        self.server.client.post(path, json=members).raise_for_status()
        return subject

    def small_segment(self, place: Subject | None = None) -> Subject:
        """Make a segment with a target and a rule of its own; in an environment of its own, or in one."""
        subject = self._new_segment(place, unbounded=False)
        clause = {"attribute": "email", "op": "endsWith", "values": ["@example.com"]}
        rules = [{"clauses": [{**clause, "negate": False}]}]
        merge = {"included": ["ada"], "rules": rules}
        self.server.client.patch(segment_path(subject), json=merge).raise_for_status()
        return subject

    def segment_import(self, segment: Subject | None = None) -> Subject:
        """Make an import that waits; into a new segment, or into one."""
        subject = segment or self.big_segment()
        made = self.server.client.post(
            f"{segment_path(subject)}/imports",
            files={"file": ("keys.csv", "brian\n")},
            data={"mode": "merge", "waitOnApprovals": "true"},
        )
        location = made.raise_for_status().headers["location"]
        return {**subject, "importID": location.rpartition("/")[2]}

    def segment_export(self, segment: Subject | None = None) -> Subject:
        """Make an export, and wait for its file; of a new segment, or of one."""
        subject = segment or self.big_segment()
        made = self.server.client.post(f"{segment_path(subject)}/exports").raise_for_status()
        location = made.headers["location"]
        until = time.monotonic() + 30
        while self.server.client.get(location).json()["status"] != "complete":
            assert time.monotonic() < until, "the export takes too long"
            time.sleep(0.02)
        return {**subject, "exportID": location.rpartition("/")[2]}

    def flag(self, place: Subject | None = None) -> Subject:
        """Make a flag; in a project of its own, or in one."""
        key = self.new_name()
        subject = {
            **(place or self.environment()),
            "featureFlagKey": key,
            "kind": "user",
            "contextKey": "ada",
        }
        self.post(f"/api/v2/flags/{subject['projectKey']}", {"key": key, "name": key})
        return subject

    def _new_segment(self, place: Subject | None, *, unbounded: bool) -> Subject:
        key = self.new_name()
        names = {"segmentKey": key, "contextKey": "ada", "userKey": "ada"}
        subject = {**(place or self.environment()), **names}
        all_segments = segment_path(subject).rpartition("/")[0]
        self.post(all_segments, {"key": key, "name": key, "unbounded": unbounded})
        return subject

    def token(self) -> Subject:
        """Make a service token, which may do nothing."""
        return {"id": self.new_token(GIVES_NOTHING)["_id"], "new": self.new_name()}

    def role(self) -> Subject:
        """Make a custom role, which gives nothing."""
        key = self.new_name()
        self.post("/api/v2/roles", {"key": key, "name": key, "policy": GIVES_NOTHING})
        return {"key": key, "new": self.new_name()}

    def member(self) -> Subject:
        """Make a member, who may do nothing."""
        email = f"{self.new_name()}@example.com"
        made = self.post("/api/v2/members", [{"email": email, "role": "no_access"}])
        return {"id": made["items"][0]["_id"], "new": self.new_name()}

    def webhook(self) -> Subject:
        """Make a webhook, which is off."""
        wanted = {"url": "https://hooks.example.com/muster", "sign": True, "on": False}
        return {"id": self.post("/api/v2/webhooks", wanted)["_id"], "new": self.new_name()}

    def relay_proxy(self) -> Subject:
        """Make a Relay Proxy configuration, whose key gives nothing."""
        wanted = {"name": self.new_name(), "policy": GIVES_NOTHING}
        return {"id": self.post("/api/v2/account/relay-auto-configs", wanted)["_id"]}

    def big_segment_store(self) -> Subject:
        """Configure a Redis as a big segment store of an environment."""
        subject = {**self.environment(), "integrationKey": "redis"}
        made = self.post(
            "/api/v2/integration-capabilities/big-segment-store/"
            f"{subject['projectKey']}/{subject['environmentKey']}/redis",
            {"config": {"host": "redis.example.com"}},
        )
        return {**subject, "id": made["_id"], "integrationId": made["_id"]}

    def integration_configuration(self) -> Subject:
        """Make a configuration of an integration."""
        made = self.post(
            "/api/v2/integration-configurations/keys/rudderstack",
            {"name": self.new_name(), "configValues": {}},
        )
        return {
            "id": made["_id"],
            "integrationConfigurationId": made["_id"],
            "integrationKey": "rudderstack",
        }

    def audit_entry(self) -> Subject:
        """Make an entry of the audit log: a project's."""
        project = self.project()
        log = self.server.client.get(f"/api/v2/auditlog?spec=proj/{project['projectKey']}")
        return {**project, "entryId": log.raise_for_status().json()["items"][0]["_id"]}

    def nothing(self) -> Subject:
        """Make nothing; there is a name for something new."""
        return {"new": self.new_name()}

    def new_token(self, policy: Json = None, **fields: Json) -> Json:
        """Make a service token; return what is answered."""
        ability = {"inlineRole": policy} if policy is not None else {}
        return self.post("/api/v2/tokens", {"name": "t", "serviceToken": True, **ability, **fields})


def segment_path(subject: Subject) -> str:
    """Return the path of a segment."""
    return "/api/v2/segments/{projectKey}/{environmentKey}/{segmentKey}".format_map(subject)


def sync_body(subject: Subject) -> Json:
    """Return the body that RudderStack would send."""
    return {
        "environmentId": subject["environmentId"],
        "contextKind": "user",
        "cohortId": subject["new"],
        "cohortName": "A cohort",
        "listData": {"add": [{"id": "ada"}], "remove": []},
    }


@dataclass(slots=True)
class Callers:
    """The Authorization headers of those who ask."""

    world: World
    reader: str
    writer: str
    strangers: Mapping[str, str | None]
    """Those whom nobody knows, by what is wrong with them."""

    @classmethod
    def meet(cls, world: World) -> "Callers":
        """Make those that every route is asked by."""
        deleted = world.new_token(role="admin")
        world.server.client.delete(f"/api/v2/tokens/{deleted['_id']}").raise_for_status()
        # Far enough away that a slow machine still makes it in time.
        expiry = int(time.time() * 1000) + 2_000
        expired = world.new_token(role="admin", expiry=expiry)
        time.sleep(max(0.0, expiry / 1000 - time.time()) + 0.05)
        strangers = {
            "no token": None,
            "wrong scheme": f"Bearer {TOKEN}",
            "deleted": deleted["token"],
            "expired": expired["token"],
        }
        reader, writer = (world.new_token(role=role)["token"] for role in ("reader", "writer"))
        return cls(world, reader, writer, strangers)

    def with_needs(self, needs: "list[Need]", subject: Subject) -> str:
        """Return a token that may do just this."""
        policy = [allow(one.action, one.resource_of(subject)) for one in needs]
        return self._with_policy(policy or GIVES_NOTHING)

    def without(self, need: "Need", subject: Subject) -> str:
        """Return a token that may do everything but this."""
        denied = {**allow(need.action, need.resource_of(subject)), "effect": "deny"}
        return self._with_policy([allow("*", "*"), denied])

    def elsewhere(self, needs: "list[Need]") -> str:
        """Return a token that may do this, and in other places only."""
        return self._with_policy([allow(one.action, one.elsewhere()) for one in needs])

    def _with_policy(self, policy: Json) -> str:
        return str(self.world.new_token(policy)["token"])


@dataclass(frozen=True, slots=True)
class Need:
    """An action on a resource that a request takes; the resource names parts of the subject in braces."""

    action: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> "Need":
        """Read `updateName on proj/{projectKey}`."""
        action, _, resource = text.partition(" on ")
        return cls(action, resource)

    def resource_of(self, subject: Subject) -> str:
        """Return the resource for a subject."""
        return self.resource.format_map(subject)

    def elsewhere(self) -> str:
        """Return a resource of the same kind that is another one in each of its parts."""
        parts = (part.partition("/")[0] for part in self.resource.split(":"))
        return ":".join(f"{kind}/{_NOWHERE}" for kind in parts)
