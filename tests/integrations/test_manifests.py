"""The bundled manifests: they keep to the schema, and point where partners put things."""

import json
from typing import Any

import pytest

from muster.manifests.check import check
from muster.storage.files.catalog import bundled_integrations, read_catalog

FOLDER = bundled_integrations()
KEYS = sorted(place.name for place in FOLDER.iterdir())

BATCH = {
    "environmentIdPath": "/environmentId",
    "cohortIdPath": "/batch/0/cohortId",
    "cohortNamePath": "/batch/0/cohortName",
    "memberArrayPath": "/batch",
    "memberArrayParser": {
        "memberIdPath": "/userId",
        "booleanMembershipPath": "/value",
        "cohortIdPath": "/cohortId",
        "cohortNamePath": "/cohortName",
    },
}
NAMED_COHORT = {
    "environmentIdPath": "/environmentId",
    "contextKindPath": "/contextKind",
    "cohortIdPath": "/cohortId",
    "cohortNamePath": "/cohortName",
}
INCLUDED = {
    **NAMED_COHORT,
    "cohortUrlPath": "/cohortUrl",
    "addMemberArrayPath": "/included/add",
    "removeMemberArrayPath": "/included/remove",
    "memberArrayParser": {"memberIdPath": "/id"},
}
REQUEST_PARSERS: dict[str, dict[str, Any]] = {
    "amplitude": {**BATCH, "cohortUrlPath": "/batch/0/cohortUrl"},
    "census-synced-segments": {
        "environmentIdPath": "/environment_id",
        "contextKindPath": "/context_kind",
        "cohortIdPath": "/batch/0/cohort_id",
        "cohortNamePath": "/batch/0/cohort_name",
        "memberArrayPath": "/batch",
        "memberArrayParser": {
            "memberIdPath": "/user_id",
            "booleanMembershipPath": "/value",
            "cohortIdPath": "/cohort_id",
            "cohortNamePath": "/cohort_name",
        },
    },
    "segment-audiences": {**BATCH, "contextKindPath": "/contextKind"},
    "fulcrum": INCLUDED,
    "sumatra-synced-segments": INCLUDED,
    "rudderstack": {
        **INCLUDED,
        "addMemberArrayPath": "/listData/add",
        "removeMemberArrayPath": "/listData/remove",
    },
    "heap-inbound": {
        "environmentIdPath": "/parameters/environment_id",
        "cohortIdPath": "/heap/data/segment/id",
        "cohortNamePath": "/heap/data/segment/name",
        "addMemberArrayPath": "/heap/data/add",
        "removeMemberArrayPath": "/heap/data/remove",
        "memberArrayParser": {"memberIdPath": "/id"},
    },
    "hightouch": {
        **NAMED_COHORT,
        "memberArrayPath": "/members",
        "arrayInclusion": {"path": "/action", "matcher": "^add$"},
        "memberArrayParser": {"memberIdPath": "/integration_distinct_id"},
    },
    "tealium-synced-segments": {
        "environmentIdPath": "/parameters/tealium_project_id",
        "cohortIdPath": "/parameters/tealium_cohort_id",
        "cohortNamePath": "/parameters/tealium_cohort_name",
        "memberArrayPath": "/parameters/members",
        "arrayInclusion": {"path": "/action", "matcher": "^add_member$"},
        "memberArrayParser": {"memberIdPath": "/member_id"},
    },
    "zeotap": {
        "environmentIdPath": "/parameters/integration_project_id",
        "cohortIdPath": "/parameters/integration_cohort_id",
        "cohortNamePath": "/parameters/integration_cohort_name",
        "memberArrayPath": "/parameters/members",
        "arrayInclusion": {"path": "/action", "matcher": "^(members|add_members)$"},
        "memberArrayParser": {"memberIdPath": "/integration_distinct_id"},
    },
    "mixpanel": {
        "environmentIdPath": "/parameters/mixpanel_project_id",
        "contextKindPath": "/contextKind",
        "cohortIdPath": "/parameters/mixpanel_cohort_id",
        "cohortNamePath": "/parameters/mixpanel_cohort_name",
        "memberArrayPath": "/parameters/members",
        "arrayInclusion": {"path": "/action", "matcher": "^(members|add_members)$"},
        "memberArrayParser": {"memberIdPath": "/mixpanel_distinct_id"},
    },
    "sample-cohorts": {
        "environmentIdPath": "/customer_config/fields/0/value/id",
        "cohortIdPath": "/data/segment/id",
        "cohortNamePath": "/data/segment/name",
        "addMemberArrayPath": "/data/add",
        "removeMemberArrayPath": "/data/remove",
        "memberArrayParser": {"memberIdPath": "/id"},
    },
}
"""Where the partners' clients put what, as they are published."""


def document(key: str) -> dict[str, Any]:
    """Return the JSON document of a bundled manifest."""
    manifest: dict[str, Any] = json.loads((FOLDER / key / "manifest.json").read_text("utf-8"))
    return manifest


def test_every_partner_has_its_integration() -> None:
    assert sorted(REQUEST_PARSERS) == KEYS


def test_the_whole_folder_reads_without_a_problem() -> None:
    reading = read_catalog([FOLDER])
    assert reading.problems == ()
    assert [integration.key for integration in reading.catalog] == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_manifest_has_no_findings(key: str) -> None:
    assert check(document(key)) == []


@pytest.mark.parametrize("key", KEYS)
def test_a_manifest_points_where_the_partner_puts_things(key: str) -> None:
    assert document(key)["capabilities"]["syncedSegment"]["requestParser"] == REQUEST_PARSERS[key]


def test_only_partners_that_read_answers_get_one_of_their_own() -> None:
    answered = {
        integration.key
        for integration in read_catalog([FOLDER]).catalog
        if integration.response_template is not None
    }
    assert answered == {"heap-inbound", "mixpanel"}


def test_no_two_integrations_share_a_name() -> None:
    names = [document(key)["name"] for key in KEYS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("key", KEYS)
def test_an_overview_is_a_sentence(key: str) -> None:
    assert document(key)["overview"].endswith(".")
