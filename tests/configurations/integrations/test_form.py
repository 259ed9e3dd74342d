"""Filling in the form that a manifest's form variables make."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.configurations.integrations.form import ConfigValues
from muster.core.errors import InvalidRequestError
from muster.core.secrets import MASK, Secret
from tests.configurations.integrations.forms import API_KEY, REGION, SITE, form, variable

OPTIONS = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (variable("x"), "any text,\nof two lines"),
        (REGION, "us"),
        (variable("x", "uri"), "https://example.com:8443/path?query"),
        (variable("x", "boolean"), False),
        (variable("x", "dynamicEnum"), "whatever was offered"),
        (variable("x", "multiselect", multiselectOptions=OPTIONS), ["b", "a"]),
        (variable("x", "environmentSelector"), ["0123456789abcdef01234567"]),
        (variable("x", "generated"), "text"),
        (variable("x", "publicKey"), "text"),
    ],
    ids=lambda one: one["type"] if isinstance(one, dict) else None,
)
def test_a_value_fits_its_field(declared: dict[str, Any], value: object) -> None:
    values = {declared["key"]: value}
    assert form(declared).fill_in(values) == ConfigValues(values, {})


@pytest.mark.parametrize(
    ("declared", "value", "said"),
    [
        (variable("x"), 7, "x is a text; a number was found"),
        (variable("x"), True, "x is a text; a boolean was found"),
        (variable("x"), ["a"], "x is a text; a list was found"),
        (variable("x"), {}, "x is a text; an object was found"),
        (variable("x"), "\0", "control character"),
        (variable("x"), "x" * 10_001, "10,001 were found"),
        (variable("x", "enum", allowedValues=["eu", "us"]), "EU", "x is one of eu, us"),
        (variable("x", "enum", allowedValues=["eu"]), "", "asks for x"),
        (variable("x", "enum", allowedValues=list(map(str, range(30)))), "a", "and 10 more"),
        (variable("x", "uri"), "example.com", "begins with https"),
        (variable("x", "uri"), "javascript:alert(1)", "begins with https"),
        (variable("x", "uri"), "https://", "begins with https"),
        (variable("x", "uri"), "https://example.com:port", "begins with https"),
        (variable("x", "uri"), "https://exam ple.com", "begins with https"),
        (variable("x", "boolean"), "true", "without quotes"),
        (variable("x", "boolean"), 1, "without quotes"),
        (variable("x", "multiselect", multiselectOptions=OPTIONS), "a", "a list of"),
        (variable("x", "multiselect", multiselectOptions=OPTIONS), ["a", "c"], "one of a, b"),
        (variable("x", "environmentSelector"), [7], "a number was found"),
        (variable("x", "environmentSelector"), ["x"] * 1001, "at most 1,000"),
        (variable("x", isSecret=True), 7, "a number was found"),
    ],
)
def test_a_value_does_not_fit_its_field(declared: dict[str, Any], value: object, said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said) as refused:
        form(declared).fill_in({"x": value})
    assert (refused.value.pointer or "").startswith("/configValues/x")


def test_the_pointer_names_the_entry_of_a_list() -> None:
    declared = variable("x", "multiselect", multiselectOptions=OPTIONS)
    with pytest.raises(InvalidRequestError) as refused:
        form(declared).fill_in({"x": ["a", "c"]})
    assert refused.value.pointer == "/configValues/x/1"


@pytest.mark.parametrize("missing", [{}, {"x": None}, {"x": ""}])
def test_what_is_asked_for_has_to_be_given(missing: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError, match="acme asks for x, and no value") as refused:
        form(variable("x")).fill_in(missing)
    assert refused.value.pointer == "/configValues/x"


@pytest.mark.parametrize(
    "declared",
    [
        variable("x", isOptional=True, defaultValue=""),
        variable("x", isHidden=True),
        variable("x", dependsOn=[{"variableKey": "y", "action": "hideField", "conditions": []}]),
        variable("x", "multiselect", multiselectOptions=OPTIONS),
        variable("x", "environmentSelector"),
        variable("x", "generated"),
        variable("x", "oauth"),
        variable("x", "publicKey"),
    ],
)
def test_what_may_be_left_out(declared: dict[str, Any]) -> None:
    for values in ({}, {"x": None}):
        assert form(declared).fill_in(values) == ConfigValues({}, {})


def test_what_is_of_no_field_is_refused() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"not ask for 'tokn'. What it asks for: region"
    ) as refused:
        form(REGION).fill_in({"region": "eu", "tokn": "x"})
    assert refused.value.pointer == "/configValues/tokn"
    with pytest.raises(InvalidRequestError, match="asks for no values"):
        form().fill_in({"x": "y"})
    with pytest.raises(InvalidRequestError, match="an object"):
        form().fill_in(["x"])
    assert form().fill_in({}) == ConfigValues({}, {})


@pytest.mark.parametrize("declared", [API_KEY, variable("apiKey", "oauth")])
def test_secrets_are_kept_apart_and_shown_as_a_mask(declared: dict[str, Any]) -> None:
    filled = form(REGION, declared).fill_in({"region": "eu", "apiKey": "s3cret"})
    assert filled == ConfigValues({"region": "eu"}, {"apiKey": Secret("s3cret")})
    assert filled.to_json() == {"region": "eu", "apiKey": MASK}
    assert "s3cret" not in f"{filled} {filled!r}"


def test_a_mask_is_the_secret_of_before() -> None:
    asked = form(REGION, API_KEY)
    before = asked.fill_in({"region": "eu", "apiKey": "s3cret"})
    after = asked.fill_in({"region": "us", "apiKey": MASK}, before)
    assert after == ConfigValues({"region": "us"}, {"apiKey": Secret("s3cret")})
    with pytest.raises(InvalidRequestError, match="send apiKey itself") as refused:
        asked.fill_in({"region": "us", "apiKey": MASK})
    assert refused.value.pointer == "/configValues/apiKey"


_GIVEN = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["eu", "us"]),
        "apiKey": st.from_regex(r"[!-~]{1,20}", fullmatch=True),
    },
    optional={"site": st.sampled_from(["", "https://example.com"])},
).filter(lambda values: values["apiKey"] != MASK)


@given(_GIVEN)
def test_to_send_back_what_is_shown_changes_nothing(values: dict[str, str]) -> None:
    asked = form(REGION, API_KEY, SITE)
    filled = asked.fill_in(values)
    assert asked.fill_in(filled.to_json(), filled) == filled
    assert values["apiKey"] not in filled.open.values() or values["apiKey"] in ("eu", "us")
