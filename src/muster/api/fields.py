"""Reading what a patch leaves of a representation, field by field."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from muster.api.misfits import misfit_in_fields
from muster.core.pointers import Json


class Fields(BaseModel):
    """Fields of a representation that can be changed, of exactly their types: 1 is no boolean."""

    model_config = ConfigDict(strict=True, extra="ignore")


_F = TypeVar("_F", bound=Fields)


def read_fields(model: type[_F], values: Mapping[str, Json]) -> _F:
    """Return the fields that a patched representation has; null is as good as left out.

    Raises:
        InvalidRequestError: one is missing, or is of another type.
    """
    try:
        return model.model_validate(
            {name: value for name, value in values.items() if value is not None}
        )
    except ValidationError as error:
        raise misfit_in_fields(error.errors()[0]) from error


def changed_fields(
    fields: Fields, names: Mapping[str, str], shown: Mapping[str, Json], patched: Mapping[str, Json]
) -> dict[str, Any]:
    """Return the fields that a patch has changed.

    Args:
        fields: what `read_fields` made of `patched`.
        names: how the representation calls each field that can be changed, and how the result does.
    """
    return {
        ours: getattr(fields, theirs)
        for theirs, ours in names.items()
        if shown.get(theirs) != patched.get(theirs)
    }
