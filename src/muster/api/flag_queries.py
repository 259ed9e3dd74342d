"""Which flags a list is to have, and how it shows them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from muster.api.queries import all_of, any_of, read_filter
from muster.core.errors import InvalidRequestError
from muster.core.paging import MAX_OFFSET
from muster.flags.model import FlagKind
from muster.flags.service import FlagFilter

_MAX_LIMIT: Final = 100
_STATES: Final = {"live": False, "archived": True}
_FIELDS: Final = ("query", "tags", "state", "type", "filterEnv")


class FlagQuery(BaseModel):
    """The query of a list of flags."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    limit: Annotated[int, Field(ge=1, le=_MAX_LIMIT)] = 20
    """How many items a page has at most."""
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    """How many items to pass over."""
    env: list[str] | None = None
    """Keys of environments in which the flags are to be shown."""
    tag: str | None = None
    """A tag that they have."""
    archived: bool | None = None
    """Whether those that are archived are wanted, and not the others."""
    summary: bool = True
    """Whether to leave out prerequisites, targets and rules."""
    filter: Annotated[str | None, Field(examples=["query:checkout,tags:eu+beta"])] = None
    """`field:value` pairs with commas between them; fields are `query` (a part of the key or the name),
    `tags` (`+` between those that are all wanted), `state` (`live` or `archived`), `type` (`boolean` or
    `multivariate`) and `filterEnv` (keys of environments to show them in, with `|` between them)."""
    sort: Annotated[str | None, Field(examples=["-creationDate"])] = None
    """`creationDate`, `key` or `name`, several with commas between them; `-` before one turns it round. By
    key without it."""

    def environment_keys(self) -> Sequence[str]:
        """Return the keys of the environments in which the flags are to be shown."""
        return [*(self.env or ()), *any_of(self._fields().get("filterEnv", ""))]

    def to_filter(self) -> FlagFilter:
        """Return which flags are wanted.

        Raises:
            InvalidRequestError: the filter can't be read.
        """
        fields = self._fields()
        state, kind = fields.get("state"), fields.get("type")
        if state is not None and state not in _STATES:
            raise _refused("state", state, _STATES)
        if kind is not None and kind not in list(FlagKind):
            raise _refused("type", kind, list(FlagKind))
        return FlagFilter(
            query=fields.get("query", ""),
            tags=[*all_of(fields.get("tags", "")), *([self.tag] if self.tag else [])],
            archived=bool(self.archived) if state is None else _STATES[state],
            kind=None if kind is None else FlagKind(kind),
        )

    def to_link(self) -> Mapping[str, Sequence[str] | None]:
        """Return what the links to the other pages say besides the page."""
        return {
            "env": self.env,
            "tag": self.tag,
            "archived": None if self.archived is None else str(self.archived).lower(),
            "summary": None if self.summary else "false",
            "filter": self.filter,
            "sort": self.sort,
        }

    def _fields(self) -> Mapping[str, str]:
        return read_filter(self.filter, _FIELDS)


def _refused(
    field: str, value: str, known: Sequence[str] | Mapping[str, bool]
) -> InvalidRequestError:
    return InvalidRequestError(
        f"filter: {field} is {value[:64]!r}; it must be one of {', '.join(known)}."
    )
