"""Rules about the category `synced-segments` and the capability of that name, which go together."""

from collections.abc import Iterator
from typing import Final

from muster.core.pointers import MISSING, format_pointer, resolve
from muster.manifests.findings import Severity
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject

_CATEGORY: Final = "synced-segments"
_SERVING: Final = ("syncedSegment", "bigSegmentStore")
"""The capabilities that make synced segments: filling them, and keeping them."""


def _find_no_category(subject: Subject) -> Iterator[Flaw]:
    categories = resolve(subject.manifest, ("categories",))
    is_listed = isinstance(categories, list) and _CATEGORY in categories
    if _declares(subject, "syncedSegment") and not is_listed:
        message = f"The capability syncedSegment is declared, and the category {_CATEGORY} is not."
        yield Flaw(message, f'Add "{_CATEGORY}".', "/categories")


def _find_no_capability(subject: Subject) -> Iterator[Flaw]:
    categories = resolve(subject.manifest, ("categories",))
    if not isinstance(categories, list) or _CATEGORY not in categories:
        return
    if not any(_declares(subject, capability) for capability in _SERVING):
        yield Flaw(
            f"The category is {_CATEGORY}, and no capability has to do with them.",
            "Declare `capabilities.syncedSegment`, or choose another category.",
            format_pointer("categories", categories.index(_CATEGORY)),
        )


def _declares(subject: Subject, capability: str) -> bool:
    return resolve(subject.manifest, ("capabilities", capability)) is not MISSING


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="synced-segment/no-category",
        severity=Severity.WARNING,
        title=f"An integration that syncs segments has the category `{_CATEGORY}`.",
        explanation="Integrations are found by their categories. One that declares the capability "
        f"`syncedSegment` belongs into `{_CATEGORY}`, beside others that fit.",
        failing=Example({"categories": ["data"]}),
        passing=Example({"categories": ["data", _CATEGORY]}),
        check=_find_no_category,
    ),
    Rule(
        id="synced-segment/no-capability",
        severity=Severity.WARNING,
        title=f"An integration of the category `{_CATEGORY}` has to do with them.",
        explanation=f"Whoever looks through `{_CATEGORY}` wants to sync cohorts (`syncedSegment`), or a "
        "store to keep them in (`bigSegmentStore`).",
        failing=Example({"capabilities": None, "otherCapabilities": ["external"]}),
        passing=Example(),
        check=_find_no_capability,
    ),
)
