"""The form of an integration: which values its manifest asks for, and whether given ones fit.

The types are those of a manifest's `formVariables`; see `manifests/schema.json`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

from muster.core.errors import InvalidRequestError
from muster.core.ids import IntegrationKey
from muster.core.pointers import Json, format_pointer
from muster.core.secrets import MASK, Secret
from muster.core.texts import check_boolean, check_text
from muster.core.wording import first_of

_LISTS: Final = ("multiselect", "environmentSelector")
_NOT_FILLED_IN: Final = ("generated", "oauth", "publicKey")
"""What whoever sets an integration up does not have to type."""
_MAX_LISTED: Final = 1_000
_MOST_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class ConfigValues:
    """The values of a configuration, by the keys of their variables.

    Attributes:
        open: those that may be shown: texts, booleans and lists of texts.
        secret: those that may not.
    """

    open: Mapping[str, Json] = field(default_factory=dict)
    secret: Mapping[str, Secret] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """Return the values as they are shown: a mask stands for each secret."""
        return {**self.open, **dict.fromkeys(self.secret, MASK)}


@dataclass(frozen=True, slots=True)
class FormVariable:
    """A field of a form.

    Attributes:
        type: what its value is; see the schema.
        choices: the values that there are to choose from; None where any will do.
    """

    key: str
    type: str
    is_secret: bool
    is_required: bool
    choices: tuple[str, ...] | None

    @classmethod
    def read(cls, declared: Mapping[str, Json]) -> Self:
        """Return the field that a manifest declares.

        A value is asked for unless the manifest says that it is optional, has it hidden, or has another
        field decide whether it is shown.
        """
        kind = declared["type"]
        waived = any(declared.get(name) for name in ("isOptional", "isHidden", "dependsOn"))
        return cls(
            key=declared["key"],
            type=kind,
            is_secret=declared.get("isSecret") is True or kind == "oauth",
            is_required=not (waived or kind in _LISTS or kind in _NOT_FILLED_IN),
            choices=_choices(declared),
        )

    def check(self, value: Json) -> Json:
        """Return a value of the field.

        Raises:
            InvalidRequestError: it can be none.
        """
        pointer = format_pointer("configValues", self.key)
        if self.type == "boolean":
            return check_boolean(value, self.key, pointer)
        if self.type not in _LISTS:
            return self._check_text(value, pointer)
        if not isinstance(value, list) or len(value) > _MAX_LISTED:
            raise InvalidRequestError(
                f"{self.key} is a list of at most {_MAX_LISTED:,} texts.", pointer=pointer
            )
        return [self._check_text(one, f"{pointer}/{place}") for place, one in enumerate(value)]

    def _check_text(self, value: Json, pointer: str) -> str:
        text = check_text(value, self.key, pointer)
        if self.choices is not None and text not in self.choices:
            raise InvalidRequestError(
                f"{self.key} is one of {first_of(self.choices, _MOST_NAMED)}.", pointer=pointer
            )
        if self.type == "uri" and text and not _is_address(text):
            raise InvalidRequestError(
                f"{self.key} is an address that begins with https:// or http://.", pointer=pointer
            )
        return text


@dataclass(frozen=True, slots=True)
class IntegrationForm:
    """The fields of an integration, by key."""

    integration_key: IntegrationKey
    variables: Mapping[str, FormVariable]

    @classmethod
    def read(cls, integration_key: IntegrationKey, declared: Iterable[Mapping[str, Json]]) -> Self:
        """Return the form that a manifest's `formVariables` make."""
        variables = map(FormVariable.read, declared)
        return cls(integration_key, {variable.key: variable for variable in variables})

    def fill_in(self, values: Json, before: ConfigValues | None = None) -> ConfigValues:
        """Return the values that a request gives, if they fit.

        Args:
            values: by the keys of their fields; null is as good as none.
            before: what they were: a mask in the place of a secret is that secret again.

        Raises:
            InvalidRequestError: one is of no field, does not fit its field, or is missing.
        """
        if not isinstance(values, dict):
            raise InvalidRequestError("configValues is an object.", pointer="/configValues")
        given = {key: value for key, value in values.items() if value is not None}
        self._check_keys(given)
        open_values: dict[str, Json] = {}
        secrets: dict[str, Secret] = {}
        for key, value in given.items():
            checked = self.variables[key].check(value)
            if self.variables[key].is_secret and isinstance(checked, str):
                secrets[key] = _secret(key, checked, before)
            else:
                open_values[key] = checked
        return ConfigValues(open_values, secrets)

    def _check_keys(self, given: Mapping[str, Json]) -> None:
        for key in given:
            if key not in self.variables:
                known = ", ".join(self.variables)
                asked = f"What it asks for: {known}." if known else "It asks for no values."
                raise InvalidRequestError(
                    f"{self.integration_key} does not ask for {key[:64]!r}. {asked}",
                    pointer=format_pointer("configValues", key[:64]),
                )
        for key, variable in self.variables.items():
            if variable.is_required and given.get(key) in (None, ""):
                raise InvalidRequestError(
                    f"{self.integration_key} asks for {key}, and no value was given.",
                    pointer=format_pointer("configValues", key),
                )


FindForm: TypeAlias = Callable[[str], IntegrationForm | None]
"""Gives the form of an integration, by its key in whatever case; None where there is none of that key."""


def _choices(declared: Mapping[str, Json]) -> tuple[str, ...] | None:
    if declared["type"] == "multiselect":
        return tuple(option["value"] for option in declared.get("multiselectOptions", ()))
    allowed = declared.get("allowedValues")
    return None if allowed is None else tuple(allowed)


def _secret(key: str, text: str, before: ConfigValues | None) -> Secret:
    if text != MASK:
        return Secret(text)
    kept = None if before is None else before.secret.get(key)
    if kept is None:
        raise InvalidRequestError(
            f"{MASK} is what is shown instead of a secret: send {key} itself.",
            pointer=format_pointer("configValues", key),
        )
    return kept


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    has_space = any(character.isspace() for character in text)
    return parts.scheme in ("https", "http") and bool(parts.hostname) and not has_space
