"""Rules that the JSON Schema of manifests looks after (`muster.manifests.schema`), one for each keyword."""

from typing import Final

from muster.manifests.findings import Severity
from muster.manifests.rules.rule import Example, Rule

_SOUND: Final = Example()


def _rule(name: str, title: str, explanation: str, failing: Example) -> Rule:
    return Rule(f"schema/{name}", Severity.ERROR, title, explanation, failing, _SOUND)


RULES: Final[tuple[Rule, ...]] = (
    _rule(
        "missing-key",
        "No required key is missing.",
        "Every manifest has `name`, `version`, `overview`, `description`, `author`, `supportEmail`, "
        "`links` with `site` and `privacyPolicy`, `categories` and `icons`; and each capability has "
        "required keys of its own.",
        Example({"supportEmail": None}),
    ),
    _rule(
        "unknown-key",
        "Every key is one that the manifest's format knows.",
        "A key that nothing reads is mostly a known one, misspelled; the finding names the nearest. Upper "
        "and lower case matter.",
        Example({"suportEmail": "support@acme.example"}),
    ),
    _rule(
        "wrong-type",
        "Every value is of the type that its key asks for.",
        "A text stands in quotes, true and false stand without; an array in `[]`, an object in `{}`.",
        Example({"categories": "synced-segments"}),
    ),
    _rule(
        "wrong-choice",
        "Where there is a choice of words, the value is one of them.",
        "Some keys, such as `categories`, take only words of a list; the finding names the nearest one, "
        "or all of them.",
        Example({"categories": ["synced-segment"]}),
    ),
    _rule(
        "wrong-text",
        "Every text is of the form that its key asks for.",
        "An address begins with `https://` or `http://`, a version is a semantic one such as `1.0.0`, an "
        "icon is the path of an SVG file; the finding says which form is expected.",
        Example({"version": "1.0.0.0"}),
    ),
    _rule(
        "wrong-length",
        "No text and no list is too short or too long.",
        "What is shown beside others has room for so much: 10 to 100 characters for `overview`, 50 to "
        "2,048 for `description`. The finding says how many were found.",
        Example({"overview": "Cohorts."}),
    ),
    _rule(
        "repeated-item",
        "No list holds an item twice.",
        "A category or choice that stands in a list twice counts once; the second is mostly a slip.",
        Example({"categories": ["synced-segments", "synced-segments"]}),
    ),
)
