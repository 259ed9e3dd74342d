"""Instructions about what a flag is in all environments, by LaunchDarkly's names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.json_values import are_same, read_text, read_text_or_none
from muster.flags.edits import with_variations
from muster.flags.instruction_fields import FlagInstruction
from muster.flags.model import CustomProperty, Flag, FlagDefaults, Variation
from muster.flags.reading import read_variation
from muster.segments.instruction import with_tags, without_tags

_Follow = Callable[[FlagInstruction], Flag]
_AVAILABILITIES: Final = {
    "usingEnvironmentId": "using_environment_id",
    "usingMobileKey": "using_mobile_key",
}


def _add_variation(one: FlagInstruction) -> Flag:
    flag = one.flag
    new = read_variation({**one.fields, "_id": None}, one.pointer)
    for old in flag.variations:
        if are_same(old.value, new.value):
            if replace(old, id=new.id) == new:
                return flag
            raise _has_value(one)
    return with_variations(flag, (*flag.variations, new))


def _update_variation(one: FlagInstruction) -> Flag:
    flag, index = one.flag, one.variation()
    old = flag.variations[index]
    fields = {**old.to_json(), **{name: one.fields[name] for name in _TEXTS if name in one.fields}}
    if "value" in one.fields:
        fields["value"] = one.fields["value"]
    new = read_variation(fields, one.pointer)
    if any(each is not old and are_same(each.value, new.value) for each in flag.variations):
        raise _has_value(one)
    changed = tuple(new if each is old else each for each in flag.variations)
    return with_variations(flag, changed)


def _remove_variation(one: FlagInstruction) -> Flag:
    flag, gone = one.flag, one.text("variationId")
    kept: tuple[Variation, ...] = tuple(each for each in flag.variations if each.id != gone)
    if len(kept) < min(2, len(flag.variations)):
        raise one.refused("variationId", "a flag keeps two variations at least")
    return with_variations(flag, kept)


def _update_default_variation(one: FlagInstruction) -> Flag:
    on, off = one.flag.defaults
    if "onVariationValue" not in one.fields and "offVariationValue" not in one.fields:
        raise one.refused(
            "onVariationValue", "expected onVariationValue, offVariationValue, or both"
        )
    if "onVariationValue" in one.fields:
        on = one.variation_with("onVariationValue")
    if "offVariationValue" in one.fields:
        off = one.variation_with("offVariationValue")
    return replace(one.flag, defaults=FlagDefaults(on, off))


def _add_tags(one: FlagInstruction) -> Flag:
    return replace(one.flag, tags=with_tags(one.flag.tags, one))


def _remove_tags(one: FlagInstruction) -> Flag:
    return replace(one.flag, tags=without_tags(one.flag.tags, one))


def _update_name(one: FlagInstruction) -> Flag:
    return replace(one.flag, name=one.text("value"))


def _update_description(one: FlagInstruction) -> Flag:
    return replace(one.flag, description=read_text(one.fields.get("value"), one.at("value")))


def _make(*, temporary: bool) -> _Follow:
    return lambda one: replace(one.flag, temporary=temporary)


def _turn_availability(*, on: bool) -> _Follow:
    def follow(one: FlagInstruction) -> Flag:
        name = _AVAILABILITIES.get(one.text("value"))
        if name is None:
            raise one.refused("value", f"expected one of {', '.join(_AVAILABILITIES)}")
        return replace(one.flag, availability=one.flag.availability._replace(**{name: on}))

    return follow


def _add_custom_property(one: FlagInstruction) -> Flag:
    before = one.flag.custom_properties.get(one.text("key"))
    values = () if before is None else before.values
    return _with_property(one, tuple(dict.fromkeys([*values, *one.texts("values")])))


def _replace_custom_property(one: FlagInstruction) -> Flag:
    return _with_property(one, tuple(one.texts("values")))


def _remove_custom_property(one: FlagInstruction) -> Flag:
    key, gone = one.text("key"), set(one.texts("values"))
    before = one.flag.custom_properties.get(key)
    if before is None:
        return one.flag
    kept = tuple(value for value in before.values if value not in gone)
    others = {name: each for name, each in one.flag.custom_properties.items() if name != key}
    if not kept:
        return replace(one.flag, custom_properties=others)
    changed = {**one.flag.custom_properties, key: before._replace(values=kept)}
    return replace(one.flag, custom_properties=changed)


def _archive(one: FlagInstruction) -> Flag:
    return replace(one.flag, archived_at=one.flag.archived_at or one.now)


def _restore(one: FlagInstruction) -> Flag:
    return replace(one.flag, archived_at=None)


def _with_property(one: FlagInstruction, values: tuple[str, ...]) -> Flag:
    """Return the flag with a custom property, which keeps its name where no other one is given."""
    key = one.text("key")
    before = one.flag.custom_properties.get(key)
    name = read_text_or_none(one.fields.get("name"), one.at("name"))
    if name is None:
        name = one.text("name") if before is None else before.name
    changed = {**one.flag.custom_properties, key: CustomProperty(name, values)}
    return replace(one.flag, custom_properties=changed)


def _has_value(one: FlagInstruction) -> InvalidRequestError:
    return one.refused("value", "the flag has another variation with this value")


_TEXTS: Final = ("name", "description")
FLAG_INSTRUCTIONS: Final[Mapping[str, _Follow]] = {
    "addVariation": _add_variation,
    "updateVariation": _update_variation,
    "removeVariation": _remove_variation,
    "updateDefaultVariation": _update_default_variation,
    "addTags": _add_tags,
    "removeTags": _remove_tags,
    "updateName": _update_name,
    "updateDescription": _update_description,
    "makeFlagTemporary": _make(temporary=True),
    "makeFlagPermanent": _make(temporary=False),
    "turnOnClientSideAvailability": _turn_availability(on=True),
    "turnOffClientSideAvailability": _turn_availability(on=False),
    "addCustomProperties": _add_custom_property,
    "removeCustomProperties": _remove_custom_property,
    "replaceCustomProperties": _replace_custom_property,
    "archiveFlag": _archive,
    "restoreFlag": _restore,
}
"""What makes another flag of one, by the kind of the instruction."""
