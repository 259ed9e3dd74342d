"""The actions that are known, and what is said of one that is not."""

import pytest

from muster.access.actions import ACTIONS, is_known, nearest_action
from muster.access.partners import partner_policy
from muster.access.policy import Effect
from muster.access.resources import segment_resource
from muster.core.ids import EnvironmentKey, IntegrationKey, ProjectKey


@pytest.mark.parametrize(
    ("action", "resource_type", "known"),
    [
        ("updateIncluded", "segment", True),
        ("updateIncluded", "env", False),
        ("viewProject", "proj", True),
        ("createAccessToken", "service-token", True),
        ("updateOn", "flag", True),
        ("updateIncluded", "flag", False),
        ("anything", "metric", True),
    ],
)
def test_an_action_is_known_of_a_type(action: str, resource_type: str, known: bool) -> None:
    assert is_known(action, resource_type) is known


def test_the_nearest_action_is_named_whatever_its_case() -> None:
    assert nearest_action("updateincludes", "segment") == "updateIncluded"
    assert nearest_action("zzz", "segment") is None


def test_a_partner_may_sync_its_own_segments_and_nothing_else() -> None:
    policy = partner_policy(ProjectKey("shop"), EnvironmentKey("live"), IntegrationKey("acme"))
    own = segment_resource("shop", "live", "acme-vip")
    allowed = {action for action in ACTIONS["segment"] if policy.decide(action, own)}
    assert allowed == {"createSegment", "updateIncluded"}
    assert policy.decide("updateIncluded", own) is Effect.ALLOW
    for other in (
        ("shop", "live", "borealis-vip"),
        ("shop", "test", "acme-vip"),
        ("a", "live", "acme-x"),
    ):
        assert policy.decide("updateIncluded", segment_resource(*other)) is None
