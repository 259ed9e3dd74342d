"""What shapes of the REST API's answers share."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from muster.access.policy import Policy
from muster.core.clock import LATEST_MILLIS, from_millis
from muster.core.errors import InvalidRequestError
from muster.core.paging import Page, PageRequest

_T = TypeVar("_T")
_Model = TypeVar("_Model")


def _policy(document: Any) -> Policy:
    try:
        return Policy.parse(document)
    except InvalidRequestError as error:
        raise ValueError(error.message) from None


Millis = Annotated[int, Field(ge=0, le=LATEST_MILLIS)]
"""Milliseconds since 1970."""
PolicyField = Annotated[Policy, BeforeValidator(_policy)]
"""A list of statements."""


class Shape(BaseModel):
    """An object that the API shows, whatever else is in it."""

    model_config = ConfigDict(
        strict=True, frozen=True, alias_generator=to_camel, arbitrary_types_allowed=True
    )


class PageShape(Shape, Generic[_T]):
    """A page of a list."""

    items: list[_T]
    total_count: Annotated[int, Field(ge=0)]

    def to_page(self, request: PageRequest, to_model: Callable[[_T], _Model]) -> Page[_Model]:
        """Return the page.

        Args:
            request: what was asked for.
            to_model: reads one item.
        """
        return Page(list(map(to_model, self.items)), self.total_count, request)


class ItemsShape(Shape, Generic[_T]):
    """Items of a list that does not say how many there are."""

    items: list[_T]


def moment(millis: int | None) -> datetime | None:
    """Return the moment that milliseconds tell; None for none."""
    return None if millis is None else from_millis(millis)
