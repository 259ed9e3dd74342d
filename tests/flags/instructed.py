"""A flag for instructions to be about, and what they make of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from muster.accounts.drafts import EnvironmentDraft, new_environment
from muster.accounts.model import Project
from muster.core.ids import FlagId, FlagKey, ProjectId, ProjectKey, new_id
from muster.flags.instructions import following_instructions
from muster.flags.model import Flag, FlagConfiguration, FlagDefaults, FlagPlace, Variation
from muster.flags.targeting import FlagRule, FlagTargets, Targeting
from muster.segments.rules import Clause
from tests.clock import START, FakeClock
from tests.storage.sql.things import a_flag

PROJECT = Project(ProjectId(new_id()), ProjectKey("shop"), "Shop", (), START)
LIVE, TEST = (
    new_environment(PROJECT, EnvironmentDraft(key, key.title(), "417505"), START)
    for key in ("live", "test")
)
RED, GREEN, BLUE = (
    Variation(f"id-{value}", value, value.title()) for value in ("red", "green", "blue")
)
_CLAUSE = Clause("c1", "email", "endsWith", ("@a.example", "@b.example"))
_TARGETING = Targeting(
    on=False,
    fallthrough=0,
    off_variation=1,
    targets=(FlagTargets(0, "user", ("ada",)), FlagTargets(1, "device", ("till-7",))),
    rules=(
        FlagRule("r1", (_CLAUSE,), 0, "Staff"),
        FlagRule("r2", (replace(_CLAUSE, id="c2"),), 1),
    ),
)
FLAG = a_flag(
    PROJECT,
    LIVE,
    variations=(RED, GREEN, BLUE),
    tags=("beta",),
    temporary=True,
    archived_at=None,
    configurations={LIVE.id: FlagConfiguration(_TARGETING, 4, START)},
)
OTHERS = {
    key: replace(
        FLAG,
        id=FlagId(new_id()),
        key=FlagKey(key),
        configurations={},
        variations=(Variation(f"{key}-on", True), Variation(f"{key}-off", False)),
        defaults=FlagDefaults(0, 1),
    )
    for key in ("pay", "ship")
}
OTHERS["old"] = replace(OTHERS["pay"], key=FlagKey("old"), archived_at=START)
PLACE = FlagPlace(PROJECT, (LIVE, TEST), OTHERS.get)


def follow(*instructions: Any, flag: Flag = FLAG, environment: str | None = LIVE.key) -> Flag:
    """Follow instructions, a minute after `START`."""
    clock = FakeClock()
    clock.advance(seconds=60)
    return following_instructions(list(instructions), environment, clock)(flag, PLACE)


def targeting(*instructions: Any, flag: Flag = FLAG) -> Targeting:
    """Return what a flag is in `LIVE` after instructions."""
    return follow(*instructions, flag=flag).configuration_in(LIVE).targeting


def rule_ids(found: Targeting) -> Sequence[str]:
    """Return the ids of the rules."""
    return [rule.id for rule in found.rules]
