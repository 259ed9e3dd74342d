"""What each partner sends, read by its bundled integration: first additions, then removals."""

from typing import Any

import pytest

from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.storage.files.catalog import bundled_integrations, read_catalog

CATALOG = read_catalog([bundled_integrations()]).catalog
ENVIRONMENT = "65a1b2c3d4e5f60718293a4b"
COHORT = {"cohortId": "vip", "cohortName": "Very important"}
URL = "https://cohorts.example.com/vip"
NAMED = {"environmentId": ENVIRONMENT, "contextKind": "device", **COHORT}

Case = tuple[str, dict[str, Any], SyncChanges]


def changes(
    kind: str = "user",
    *,
    url: str | None = None,
    added: tuple[str, ...] = (),
    removed: tuple[str, ...] = (),
) -> SyncChanges:
    """Return the changes of one cohort, `vip`."""
    cohort = CohortChanges("vip", "Very important", url, list(added), list(removed))
    return SyncChanges(ENVIRONMENT, kind, (cohort,))


def both(key: str, root: str) -> list[Case]:
    """Return the cases of a partner that names two arrays in an object: one at a time, then mixed."""
    heading = {**NAMED, "cohortUrl": URL}
    add = [{"id": "u1"}, {"id": "u2"}]
    remove = [{"id": "u1"}]
    return [
        (key, {**heading, root: {"add": add}}, changes("device", url=URL, added=("u1", "u2"))),
        (key, {**heading, root: {"remove": remove}}, changes("device", url=URL, removed=("u1",))),
        (
            key,
            {**heading, root: {"add": [{"id": "u3"}], "remove": remove}},
            changes("device", url=URL, added=("u3",), removed=("u1",)),
        ),
        (key, {**heading, root: {"add": [], "remove": None}}, changes("device", url=URL)),
    ]


def amplitude(value: bool, *users: str) -> dict[str, Any]:
    """Return a body as Amplitude's client writes it."""
    return {
        "environmentId": ENVIRONMENT,
        "batch": [{"userId": user, **COHORT, "cohortUrl": URL, "value": value} for user in users],
    }


def census(value: bool) -> dict[str, Any]:
    """Return a body as Census's client writes it."""
    member = {"user_id": "u1", "cohort_id": "vip", "cohort_name": "Very important", "value": value}
    return {"environment_id": ENVIRONMENT, "context_kind": "device", "batch": [member]}


def segment(value: bool) -> dict[str, Any]:
    """Return a body as Segment's client writes it."""
    member = {"userId": "u1", **COHORT, "value": value}
    return {"environmentId": ENVIRONMENT, "contextKind": "device", "batch": [member]}


def acted(key: str, prefix: str, member: str, action: str) -> dict[str, Any]:
    """Return a body of a partner that puts one action beside its parameters."""
    return {
        "action": action,
        "parameters": {
            f"{prefix}_project_id": ENVIRONMENT,
            f"{prefix}_cohort_id": "vip",
            f"{prefix}_cohort_name": "Very important",
            "members": [{member: "u1", "email": "someone@example.com"}, {member: 42}],
        },
    }


def acted_cases(
    key: str, prefix: str, member: str, adds: tuple[str, ...], removes: tuple[str, ...]
) -> list[Case]:
    """Return a case for each action of such a partner."""
    members = ("u1", "42")
    return [
        *((key, acted(key, prefix, member, action), changes(added=members)) for action in adds),
        *(
            (key, acted(key, prefix, member, action), changes(removed=members))
            for action in removes
        ),
    ]


def heap(**arrays: list[dict[str, str]]) -> dict[str, Any]:
    """Return the object that Heap calls `data`."""
    return {"segment": {"id": "vip", "name": "Very important"}, **arrays}


def hightouch(action: str) -> dict[str, Any]:
    """Return a body as Hightouch's client writes it."""
    return {**NAMED, "action": action, "members": [{"integration_distinct_id": "u1"}]}


ONE = [{"id": "u1"}]
INBOUND = {"parameters": {"environment_id": ENVIRONMENT}}
WEBHOOK = {"customer_config": {"fields": [{"field_id": "env", "value": {"id": ENVIRONMENT}}]}}
CASES: list[Case] = [
    ("amplitude", amplitude(True, "u1", "u2"), changes(url=URL, added=("u1", "u2"))),
    ("amplitude", amplitude(False, "u1"), changes(url=URL, removed=("u1",))),
    ("amplitude", {"environmentId": ENVIRONMENT, "batch": []}, SyncChanges(ENVIRONMENT)),
    ("census-synced-segments", census(True), changes("device", added=("u1",))),
    ("census-synced-segments", census(False), changes("device", removed=("u1",))),
    ("segment-audiences", segment(True), changes("device", added=("u1",))),
    ("segment-audiences", segment(False), changes("device", removed=("u1",))),
    *both("fulcrum", "included"),
    *both("sumatra-synced-segments", "included"),
    *both("rudderstack", "listData"),
    ("heap-inbound", {**INBOUND, "heap": {"data": heap(add=ONE)}}, changes(added=("u1",))),
    ("heap-inbound", {**INBOUND, "heap": {"data": heap(remove=ONE)}}, changes(removed=("u1",))),
    ("hightouch", hightouch("add"), changes("device", added=("u1",))),
    ("hightouch", hightouch("remove"), changes("device", removed=("u1",))),
    *acted_cases(
        "tealium-synced-segments", "tealium", "member_id", ("add_member",), ("remove_member",)
    ),
    *acted_cases(
        "zeotap",
        "integration",
        "integration_distinct_id",
        ("members", "add_members"),
        ("remove_members",),
    ),
    *acted_cases(
        "mixpanel",
        "mixpanel",
        "mixpanel_distinct_id",
        ("members", "add_members"),
        ("remove_members",),
    ),
    ("sample-cohorts", {**WEBHOOK, "data": heap(add=ONE)}, changes(added=("u1",))),
    ("sample-cohorts", {**WEBHOOK, "data": heap(remove=ONE)}, changes(removed=("u1",))),
]


def parser_of(key: str) -> RequestParser:
    """Return the request parser of a bundled integration."""
    integration = CATALOG.find(key)
    assert integration is not None
    assert integration.parser is not None
    return integration.parser


@pytest.mark.parametrize(("key", "body", "expected"), CASES)
def test_a_body_is_read_as_its_partner_means_it(
    key: str, body: dict[str, Any], expected: SyncChanges
) -> None:
    assert parser_of(key).parse(body) == expected


def test_every_integration_has_an_addition_and_a_removal_here() -> None:
    adding = {key for key, _, said in CASES if any(cohort.added for cohort in said.cohorts)}
    removing = {key for key, _, said in CASES if any(cohort.removed for cohort in said.cohorts)}
    assert adding == removing == {integration.key for integration in CATALOG}


def test_members_may_belong_to_several_cohorts() -> None:
    body = {
        "environmentId": ENVIRONMENT,
        "batch": [
            {"userId": "u1", "cohortId": "vip", "cohortName": "Very important", "value": True},
            {"userId": "u1", "cohortId": "new", "cohortName": "New", "value": False},
        ],
    }
    assert parser_of("amplitude").parse(body).cohorts == (
        CohortChanges("vip", "Very important", added=["u1"]),
        CohortChanges("new", "New", removed=["u1"]),
    )


def test_a_context_is_a_user_unless_the_body_says_otherwise() -> None:
    body = segment(True)
    del body["contextKind"]
    assert parser_of("segment-audiences").parse(body).context_kind == "user"
