"""Rules about form variables: the fields that whoever sets an integration up fills in."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from muster.core.pointers import Tokens, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.rules.reading import FORM_VARIABLE_PLACES, JsonObject, objects_in
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject

_TEXT_TYPES: Final = ("string", "uri", "enum", "dynamicEnum")
_ALWAYS_OPTIONAL: Final = ("multiselect", "environmentSelector")
_NOT_OF_MULTISELECT: Final = ("defaultValue", "dynamicOptions", "allowedValues", "isSecret")
_NOT_OF_ENVIRONMENT_SELECTOR: Final = (
    "multiselectOptions",
    "multiselectDefaultOptions",
    *_NOT_OF_MULTISELECT,
)

_Check = Callable[[JsonObject], Iterator[tuple[str, str, str]]]
"""Gives the flaws of a variable: the key in it that is at fault, or "", a message, and a hint."""


def _in_places(check: _Check, *places: Tokens) -> Callable[[Subject], Iterator[Flaw]]:
    """Return a rule's check that looks at every form variable in some lists."""

    def find(subject: Subject) -> Iterator[Flaw]:
        for place in places:
            for at, variable in objects_in(subject.manifest, *place):
                for key, message, hint in check(variable):
                    pointer = format_pointer(*at, key) if key else format_pointer(*at)
                    yield Flaw(message, hint, pointer)

    return find


def _everywhere(check: _Check) -> Callable[[Subject], Iterator[Flaw]]:
    return _in_places(check, *FORM_VARIABLE_PLACES)


def _on_page(check: _Check) -> Callable[[Subject], Iterator[Flaw]]:
    return _in_places(check, FORM_VARIABLE_PLACES[0])


def _default_without_optional(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
    if "defaultValue" in variable and variable.get("isOptional", False) is False:
        yield (
            "defaultValue",
            "A variable that is not optional has a default value.",
            'Add `"isOptional": true`; or show an example in `placeholder` instead.',
        )


def _wrong_default_type(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
    default, kind = variable.get("defaultValue"), variable.get("type")
    if isinstance(default, bool) and kind in _TEXT_TYPES:
        hint = 'Put it in quotes: `"true"`.' if default else 'Put it in quotes: `"false"`.'
        yield "defaultValue", f"The default value of a variable of type {kind} is no text.", hint
    elif isinstance(default, str) and kind == "boolean":
        hint = "Write true or false, without quotes."
        yield "defaultValue", "The default value of a variable of type boolean is a text.", hint


def _optional_without_default(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
    is_exempt = variable.get("type") in _ALWAYS_OPTIONAL
    if variable.get("isOptional") is True and not is_exempt and "defaultValue" not in variable:
        yield (
            "isOptional",
            "An optional variable has no default value.",
            'Add `defaultValue`, which may be empty (`""`).',
        )


def _without(kind: str, foreign: tuple[str, ...]) -> _Check:
    def check(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
        if variable.get("type") != kind:
            return
        for key in foreign:
            if key in variable:
                yield key, f"A variable of type {kind} can't have {key}.", "Take it away."

    return check


def _no_multiselect_options(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
    if variable.get("type") == "multiselect" and "multiselectOptions" not in variable:
        yield (
            "",
            "A variable of type multiselect has no options.",
            "Add `multiselectOptions`, each with a `label` and a `value`.",
        )


def _wrong_secret(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
    kind = variable.get("type")
    if variable.get("isSecret") is True and isinstance(kind, str) and kind != "string":
        yield (
            "isSecret",
            f"A variable of type {kind} is secret; only texts can be.",
            "Take `isSecret` away, or make the type `string`.",
        )


def _wrong_dynamic_options(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
    kind = variable.get("type")
    if kind == "dynamicEnum" and "dynamicOptions" not in variable:
        yield (
            "",
            "A variable of type dynamicEnum does not say where its options come from.",
            "Add `dynamicOptions`.",
        )
    if isinstance(variable.get("dynamicOptions"), dict) and kind != "dynamicEnum":
        yield (
            "dynamicOptions",
            f"A variable of type {_word(kind)} has dynamic options.",
            "Take them away, or make the type `dynamicEnum`.",
        )


def _no_allowed_values(variable: JsonObject) -> Iterator[tuple[str, str, str]]:
    if variable.get("type") == "enum" and not variable.get("allowedValues"):
        yield "", "A variable of type enum has nothing to choose from.", "Add `allowedValues`."


def _find_repeated_keys(subject: Subject) -> Iterator[Flaw]:
    for place in FORM_VARIABLE_PLACES:
        seen: set[str] = set()
        for at, variable in objects_in(subject.manifest, *place):
            key = variable.get("key")
            if isinstance(key, str) and key in seen:
                yield Flaw(
                    f"A variable before this one has the key {key[:40]!r}, too.",
                    "Give each a key of its own: it is how templates name them.",
                    format_pointer(*at, "key"),
                )
            elif isinstance(key, str):
                seen.add(key)


def _word(value: Any) -> str:
    return value[:40] if isinstance(value, str) else "another kind"


def _example(**changes: Any) -> Example:
    """Return an integration with one form variable."""
    variable = {"key": "region", "name": "Region", "type": "string", "description": "Where."}
    whole = {**variable, **changes}
    return Example({"formVariables": [{k: v for k, v in whole.items() if v is not None}]})


_OPTIONS: Final = [{"label": "Europe", "value": "eu"}]
_DYNAMIC_OPTIONS: Final = {
    "endpoint": {"url": "https://api.acme.example/regions", "method": "GET"},
    "parser": {"optionsPath": "/regions", "optionsItems": {"label": "/name", "value": "/id"}},
}

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="form-variable/default-without-optional",
        severity=Severity.ERROR,
        title="Only an optional form variable has a default value.",
        explanation="A default value is what is used when a field is left empty, so it only makes "
        'sense with `"isOptional": true`. To show what a value looks like, use `placeholder`. This '
        "holds of `formVariables`, and of `approvalFormVariables` and `environmentFormVariables` of "
        "the approval capability.",
        failing=_example(defaultValue="eu"),
        passing=_example(defaultValue="eu", isOptional=True),
        check=_everywhere(_default_without_optional),
    ),
    Rule(
        id="form-variable/default-type",
        severity=Severity.ERROR,
        title="A default value is of its form variable's type.",
        explanation="A variable of type `string`, `uri`, `enum` or `dynamicEnum` has a text for its "
        "default value, one of type `boolean` has true or false. This holds of all three lists of "
        "form variables.",
        failing=_example(type="boolean", defaultValue="true", isOptional=True),
        passing=_example(type="boolean", defaultValue=True, isOptional=True),
        check=_everywhere(_wrong_default_type),
    ),
    Rule(
        id="form-variable/optional-without-default",
        severity=Severity.ERROR,
        title="An optional form variable has a default value.",
        explanation="Templates name form variables, and where one is left empty its default value is "
        'used. Give it one, which may be `""`. Variables of type `multiselect` and '
        "`environmentSelector` need none.",
        failing=_example(isOptional=True),
        passing=_example(isOptional=True, defaultValue=""),
        check=_on_page(_optional_without_default),
    ),
    Rule(
        id="form-variable/multiselect",
        severity=Severity.ERROR,
        title="A multiselect form variable has no keys of other types.",
        explanation="`defaultValue`, `dynamicOptions`, `allowedValues` and `isSecret` do nothing for "
        "type `multiselect`. What is selected at first stands in `multiselectDefaultOptions`.",
        failing=_example(type="multiselect", multiselectOptions=_OPTIONS, allowedValues=["eu"]),
        passing=_example(
            type="multiselect", multiselectOptions=_OPTIONS, multiselectDefaultOptions=["eu"]
        ),
        check=_on_page(_without("multiselect", _NOT_OF_MULTISELECT)),
    ),
    Rule(
        id="form-variable/multiselect-options",
        severity=Severity.ERROR,
        title="A multiselect form variable has options.",
        explanation="Without `multiselectOptions` there is nothing to select.",
        failing=_example(type="multiselect"),
        passing=_example(type="multiselect", multiselectOptions=_OPTIONS),
        check=_on_page(_no_multiselect_options),
    ),
    Rule(
        id="form-variable/environment-selector",
        severity=Severity.ERROR,
        title="An environmentSelector form variable has no keys of other types.",
        explanation="What can be selected are the environments that there are, so `defaultValue`, "
        "`allowedValues`, `dynamicOptions`, `multiselectOptions`, `multiselectDefaultOptions` and "
        "`isSecret` do nothing for this type.",
        failing=_example(type="environmentSelector", multiselectOptions=_OPTIONS),
        passing=_example(type="environmentSelector"),
        check=_on_page(_without("environmentSelector", _NOT_OF_ENVIRONMENT_SELECTOR)),
    ),
    Rule(
        id="form-variable/secret-type",
        severity=Severity.ERROR,
        title="Only a form variable of type string is secret.",
        explanation="Secret values are masked when they are shown; only the field of a text can be.",
        failing=_example(type="uri", isSecret=True),
        passing=_example(type="string", isSecret=True),
        check=_on_page(_wrong_secret),
    ),
    Rule(
        id="form-variable/dynamic-options",
        severity=Severity.ERROR,
        title="A dynamicEnum form variable has dynamicOptions, and no other has.",
        explanation="The options of type `dynamicEnum` are asked for at an address of yours, which "
        "`dynamicOptions` names. For any other type they do nothing.",
        failing=_example(type="dynamicEnum"),
        passing=_example(type="dynamicEnum", dynamicOptions=_DYNAMIC_OPTIONS),
        check=_on_page(_wrong_dynamic_options),
    ),
    Rule(
        id="form-variable/repeated-key",
        severity=Severity.WARNING,
        title="Each form variable has a key of its own.",
        explanation="Templates name form variables by their keys; of two with one key only the last "
        "can be named.",
        failing=Example({"formVariables": _example().patch["formVariables"] * 2}),
        passing=_example(),
        check=_find_repeated_keys,
    ),
    Rule(
        id="form-variable/no-choice",
        severity=Severity.WARNING,
        title="An enum form variable has values to choose from.",
        explanation="Without `allowedValues` the field offers nothing, and can't be filled in.",
        failing=_example(type="enum"),
        passing=_example(type="enum", allowedValues=["eu", "us"]),
        check=_everywhere(_no_allowed_values),
    ),
)
