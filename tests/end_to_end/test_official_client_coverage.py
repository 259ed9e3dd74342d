"""Every operation of LaunchDarkly's client, in the parts that Muster has, is called by some test."""

import json
from collections.abc import Iterator

import pytest
from launchdarkly_api.exceptions import NotFoundException

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import client
from tests.end_to_end.official_operations import (
    ABSENT,
    CLASSES,
    all_operations,
    call_with_placeholders,
    called_operations,
    listed_operations,
)
from tests.route_table import opened_app

OWN_PATHS = {
    "/docs",
    "/docs/{}",
    "/healthz",
    "/metrics",
    "/readyz",
    "/sdk/goals/{}",
    "/api/v2/integration-capabilities/big-segment-store/{}/{}/{}",
    "/api/v2/segment-target/{}",
    "/api/v2/segment-targets/{}",
    "/api/v2/segments/{}/{}/{}/exports/{}/file",
    "/api/v2/segments/{}/{}/{}/members",
    "/api/v2/webhooks/{}/deliveries",
}
"""Paths that the client does not know: Muster's own, the partners' and those of SDKs."""


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[tuple[str, str]]]:
    """The shapes of the routes that Muster has."""
    with opened_app(tmp_path_factory.mktemp("muster") / "data") as (_, found):
        yield {one.shape for one in found}


def test_the_client_has_the_classes_and_the_operations_that_are_listed() -> None:
    operations = all_operations()
    assert {one.class_name for one in operations.values()} >= set(CLASSES)
    assert operations.keys() >= ABSENT.keys()
    assert len(operations) > 400, "the client was not read to its end"


def test_a_test_calls_each() -> None:
    missing = listed_operations().keys() - ABSENT.keys() - called_operations()
    assert not missing, "call them in a test, or say in ABSENT why Muster does not have them"


def test_muster_has_each_but_those_said_to_be_absent(routes: set[tuple[str, str]]) -> None:
    listed = listed_operations()
    there = {name for name, one in listed.items() if one.route.shape in routes}
    assert listed.keys() - there == ABSENT.keys()


def test_what_muster_has_is_the_client_s_or_known_to_be_its_own(
    routes: set[tuple[str, str]],
) -> None:
    listed = {one.route.shape for one in listed_operations().values()}
    others = {path for method, path in routes if (method, path) not in listed}
    assert others == OWN_PATHS
    others_of_client = {one.route.shape for one in all_operations().values()} - listed
    assert not routes & others_of_client, "list their classes in CLASSES, too"


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_absent_is_answered_as_such(server: Muster, name: str) -> None:
    with pytest.raises(NotFoundException) as caught:
        call_with_placeholders(client(server, TOKEN), listed_operations()[name])
    assert json.loads(str(caught.value.body))["code"] == "not_found"


def test_a_call_counts_where_its_class_is_imported() -> None:
    called = called_operations()
    assert "CustomRolesApi.post_custom_role" in called  # by a module that tests import
    assert "SegmentsApi.create_big_segment_export" in called  # in its form with the answer's status
    assert not {name for name in called if name.startswith("ExperimentsApi.")}
