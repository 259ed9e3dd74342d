"""The bundled integrations' partners: what each sends, and what it is answered.

The shapes are the partners' published ones; the bodies are made up here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.end_to_end.harness import Muster

URL = "https://cohorts.example.com/beta"

Body = dict[str, Any]
Entry = tuple[str | int, bool]
"""A member as a body lists it: its id, and whether it enters (or leaves)."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort as a partner speaks of it; a partner sends what its shape has a place for."""

    environment: str
    id: str | int
    name: str | None = "Beta testers"
    url: str | None = URL
    kind: str = "device"


@dataclass(frozen=True, slots=True)
class Partner:
    """What a partner sends.

    Attributes:
        write: makes a body of a cohort and its entries; of an acting partner all entries agree.
        per_member: each member says whether it enters, and names its cohort.
        arrays: where the object is that holds the arrays `add` and `remove`; empty for none.
    """

    write: Callable[[Cohort, Sequence[Entry]], Body]
    per_member: bool = False
    arrays: tuple[str, ...] = ()
    says_kind: bool = True
    says_url: bool = False
    gets_json: bool = False

    def bodies(self, cohort: Cohort, entries: Sequence[Entry]) -> Iterator[Body]:
        """Yield the bodies for entries that need not agree: one, or one for each action."""
        acting = not (self.per_member or self.arrays)
        entering = [entry for entry in entries if entry[1]]
        leaving = [entry for entry in entries if not entry[1]]
        for batch in (entering, leaving) if acting and leaving and entering else (entries,):
            yield self.write(cohort, batch)


def amplitude(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Amplitude does: the cohort stands in each member."""
    about = {"cohortId": cohort.id, "cohortName": cohort.name, "cohortUrl": cohort.url}
    batch = [{"userId": key, "value": enters, **about} for key, enters in entries]
    return {"environmentId": cohort.environment, "batch": batch}


def segment(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Segment does: much like Amplitude, with a kind and no URL."""
    about = {"cohortId": cohort.id, "cohortName": cohort.name}
    batch = [{"userId": key, **about, "value": enters} for key, enters in entries]
    return {"environmentId": cohort.environment, "contextKind": cohort.kind, "batch": batch}


def census(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Census does: Segment's shape in snake case."""
    about = {"cohort_id": cohort.id, "cohort_name": cohort.name}
    batch = [{**about, "user_id": key, "value": enters} for key, enters in entries]
    return {"environment_id": cohort.environment, "context_kind": cohort.kind, "batch": batch}


def arrays(entries: Sequence[Entry]) -> Body:
    """Return entries as the two arrays that several partners send."""
    return {
        "add": [{"id": key} for key, enters in entries if enters],
        "remove": [{"id": key} for key, enters in entries if not enters],
    }


def listed(place: str) -> Callable[[Cohort, Sequence[Entry]], Body]:
    """Return the writer of a partner that keeps its two arrays at a place of the body."""

    def write(cohort: Cohort, entries: Sequence[Entry]) -> Body:
        return {
            "environmentId": cohort.environment,
            "contextKind": cohort.kind,
            "cohortId": cohort.id,
            "cohortName": cohort.name,
            "cohortUrl": cohort.url,
            place: arrays(entries),
        }

    return write


def heap(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Heap does."""
    data = {"segment": {"id": cohort.id, "name": cohort.name}, **arrays(entries)}
    return {"parameters": {"environment_id": cohort.environment}, "heap": {"data": data}}


def sample(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as the framework's first example does: the environment is a field of a form."""
    field = {"field_id": "environment", "value": {"id": cohort.environment, "name": "Mine"}}
    data = {"segment": {"id": cohort.id, "name": cohort.name}, **arrays(entries)}
    return {"customer_config": {"fields": [field]}, "data": data}


def hightouch(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Hightouch does: one action for the whole body."""
    return {
        "environmentId": cohort.environment,
        "contextKind": cohort.kind,
        "cohortId": cohort.id,
        "cohortName": cohort.name,
        "action": "add" if all(enters for _, enters in entries) else "remove",
        "members": [{"integration_distinct_id": key} for key, _ in entries],
    }


def acted(
    prefix: str, member: str, enter: str, leave: str
) -> Callable[[Cohort, Sequence[Entry]], Body]:
    """Return the writer of a partner that puts an action beside its parameters."""

    def write(cohort: Cohort, entries: Sequence[Entry]) -> Body:
        return {
            "action": enter if all(enters for _, enters in entries) else leave,
            "contextKind": cohort.kind,
            "parameters": {
                f"{prefix}_project_id": cohort.environment,
                f"{prefix}_cohort_id": cohort.id,
                f"{prefix}_cohort_name": cohort.name,
                "members": [{"email": f"{key}@example.com", member: key} for key, _ in entries],
            },
        }

    return write


MIXPANEL = acted("mixpanel", "mixpanel_distinct_id", "members", "remove_members")
TEALIUM = acted("tealium", "member_id", "add_member", "remove_member")
ZEOTAP = acted("integration", "integration_distinct_id", "add_members", "remove_members")

PARTNERS = {
    "amplitude": Partner(amplitude, per_member=True, says_kind=False, says_url=True),
    "census-synced-segments": Partner(census, per_member=True),
    "fulcrum": Partner(listed("included"), arrays=("included",), says_url=True),
    "heap-inbound": Partner(heap, arrays=("heap", "data"), says_kind=False, gets_json=True),
    "hightouch": Partner(hightouch),
    "mixpanel": Partner(MIXPANEL, gets_json=True),
    "rudderstack": Partner(listed("listData"), arrays=("listData",), says_url=True),
    "sample-cohorts": Partner(sample, arrays=("data",), says_kind=False),
    "segment-audiences": Partner(segment, per_member=True),
    "sumatra-synced-segments": Partner(listed("included"), arrays=("included",), says_url=True),
    "tealium-synced-segments": Partner(TEALIUM, says_kind=False),
    "zeotap": Partner(ZEOTAP, says_kind=False),
}


def adding(*keys: str | int) -> list[Entry]:
    """Return entries that add these members."""
    return [(key, True) for key in keys]


def removing(*keys: str | int) -> list[Entry]:
    """Return entries that remove these members."""
    return [(key, False) for key in keys]


def accept(answer: httpx.Response, integration: str) -> None:
    """Check that a request was applied, and answered as its manifest says."""
    if PARTNERS[integration.lower()].gets_json:
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["status"] == "success"
    else:
        assert (answer.status_code, answer.content) == (204, b""), answer.text


def sync(server: Muster, integration: str, cohort: Cohort, entries: Sequence[Entry]) -> None:
    """Send entries as the integration's partner would, and check that they were accepted."""
    for body in PARTNERS[integration].bodies(cohort, entries):
        accept(server.push(integration, body), integration)


def show(server: Muster, segment_key: str, environment: str = "production") -> Body:
    """Return a segment as the REST API shows it, but for when it was last synced."""
    found = server.client.get(f"/api/v2/segments/default/{environment}/{segment_key}")
    shown: Body = found.raise_for_status().json()
    del shown["_muster"]["members"]["lastSynced"]
    return shown


def included(server: Muster, segment_key: str, keys: Iterable[str]) -> set[str]:
    """Return those of the keys that the segment includes, each asked for by itself."""
    return {key for key in keys if server.includes(segment_key, key)}
