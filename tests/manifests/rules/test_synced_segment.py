"""The category synced-segments goes with the capabilities that make them."""

import pytest

from muster.core.pointers import Json
from tests.manifests.documents import document, request_parser
from tests.manifests.rules.requests import findings_of

SYNCED = {"syncedSegment": {"requestParser": request_parser()}}


def rules_for(categories: Json, capabilities: Json) -> set[str]:
    found = findings_of(document(categories=categories, capabilities=capabilities))
    return {f.rule for f in found if f.rule.startswith("synced-segment/")}


@pytest.mark.parametrize(
    ("categories", "capabilities", "rules"),
    [
        (["synced-segments"], SYNCED, set()),
        (["data"], SYNCED, {"synced-segment/no-category"}),
        ("data", SYNCED, {"synced-segment/no-category"}),
        (["synced-segments"], {"trigger": {}}, {"synced-segment/no-capability"}),
        (["synced-segments"], {"bigSegmentStore": {}}, set()),
        (["data"], {"bigSegmentStore": {}}, set()),
    ],
)
def test_category_and_capability(categories: Json, capabilities: Json, rules: set[str]) -> None:
    assert rules_for(categories, capabilities) == rules
