"""Semantic patches of flags as a whole."""

from typing import Any

import pytest

from muster.core.errors import InvalidRequestError
from muster.segments.instruction import MAX_INSTRUCTIONS
from tests.flags.instructed import FLAG, LIVE, TEST, follow

ON, OFF = {"kind": "turnFlagOn"}, {"kind": "turnFlagOff"}


def test_one_environment_is_changed_and_gets_one_version() -> None:
    changed = follow(ON, {"kind": "updateTrackEvents", "trackEvents": True})
    assert changed.configuration_in(LIVE).version == FLAG.configuration_in(LIVE).version + 1
    assert changed.configuration_in(LIVE).modified_at > FLAG.configuration_in(LIVE).modified_at
    assert changed.configuration_in(TEST) == FLAG.configuration_in(TEST)


@pytest.mark.parametrize("environment", [LIVE.key, TEST.key])
def test_what_is_satisfied_already_changes_nothing(environment: str) -> None:
    assert follow(OFF, environment=environment) == FLAG
    assert follow(ON, OFF, environment=environment) == FLAG
    renamed = follow(ON, OFF, {"kind": "updateName", "value": "N"}, environment=environment)
    assert renamed.configurations == FLAG.configurations


def test_one_environment_is_named() -> None:
    with pytest.raises(InvalidRequestError) as missing:
        follow({"kind": "updateName", "value": "N"}, ON, environment=None)
    assert missing.value.pointer == "/environmentKey"
    assert "turnFlagOn" in missing.value.message
    assert "live, test" in missing.value.message
    with pytest.raises(InvalidRequestError, match=r"no environment 'nowhere'. It has live, test"):
        follow({"kind": "updateName", "value": "N"}, environment="nowhere")


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("updateMaintainerMember", "no maintainers here; addCustomProperties"),
        ("updateMaintainerTeam", "no maintainers"),
        ("removeMaintainer", "no maintainers"),
        ("deprecateFlag", "use archiveFlag"),
        ("restoreDeprecatedFlag", "restoreFlag"),
        ("deleteFlag", "send DELETE"),
        ("turnFlagSideways", "one of turnFlagOn, turnFlagOff, addRule"),
    ],
)
def test_what_is_not_there_says_what_is(kind: str, says: str) -> None:
    with pytest.raises(InvalidRequestError, match=says) as refused:
        follow(ON, {"kind": kind})
    assert refused.value.pointer == "/instructions/1/kind"


@pytest.mark.parametrize("instructions", [[], [ON] * (MAX_INSTRUCTIONS + 1)], ids=len)
def test_there_are_some_and_not_too_many(instructions: list[Any]) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        follow(*instructions)
    assert refused.value.pointer == "/instructions"


def test_what_they_make_together_has_to_fit() -> None:
    clause = {"attribute": "a", "op": "in", "values": [1]}
    rule = {"kind": "addRule", "clauses": [clause], "variationId": "id-red"}
    with pytest.raises(InvalidRequestError, match="at most 500") as refused:
        follow(*[rule] * 499)
    assert refused.value.pointer == "/environments/live/rules"
    property_ = {"kind": "addCustomProperties", "name": "P", "values": []}
    with pytest.raises(InvalidRequestError, match="at most 100"):
        follow(*({**property_, "key": f"k{number}"} for number in range(101)))
    same = {"kind": "addPrerequisite", "key": "pay", "variationId": "pay-on"}
    with pytest.raises(InvalidRequestError, match="twice"):
        follow({"kind": "replacePrerequisites", "prerequisites": [same, same]})
