"""Which members are wanted: `filter=query:ada,role:admin|ops,lastSeen:{"never":true}`."""

from dataclasses import replace
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from muster.access.roles import BuiltInRole
from muster.accounts.members import MemberFilter
from muster.api.queries import any_of, read_filter, true_or_false
from muster.core.clock import LATEST_MILLIS, from_millis
from muster.core.errors import InvalidRequestError

_FILTERS: Final = ("query", "role", "id", "email", "team", "noteam", "lastSeen")
_NOBODY: Final[frozenset[str]] = frozenset()
_OWNER: Final = "owner"


class LastSeen(BaseModel):
    """How long members were not seen; one of these is given.

    `never` and `noData` are the same, for Muster has noted it from the first day.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"never": True}]},
    )

    never: bool | None = None
    """Only true: those never seen."""
    noData: bool | None = None  # noqa: N815 - the API's names
    """The same."""
    before: Annotated[int, Field(ge=0, le=LATEST_MILLIS)] | None = None
    """Those not seen since, in milliseconds since 1970, and those never seen."""

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = (self.never, self.noData, self.before is not None or None)
        if [one for one in given if one is not None] != [True]:
            raise ValueError("one of never: true, noData: true and before was expected")
        return self

    def to_filter(self) -> MemberFilter:
        """Return the filter for such members; who was never seen was not seen since, either."""
        if self.before is None:
            return MemberFilter(never_seen=True)
        return MemberFilter(not_seen_since=from_millis(self.before))


def read_member_filter(text: str | None) -> MemberFilter:
    """Return the filter that a text spells. There are no teams: nobody is in one.

    Raises:
        InvalidRequestError: it is no filter, or names a field that there is not.
    """
    given = read_filter(text, _FILTERS)
    email, ids = (
        frozenset(any_of(given[field])) if field in given else None for field in ("email", "id")
    )
    in_team = "team" in given or (
        "noteam" in given and not true_or_false(given["noteam"], "noteam")
    )
    return replace(
        _read_last_seen(given["lastSeen"]) if "lastSeen" in given else MemberFilter(),
        text=given.get("query", ""),
        roles=role_names(given["role"]) if "role" in given else None,
        emails=email,
        ids=_NOBODY if in_team else ids,
    )


def role_names(text: str) -> frozenset[str]:
    """Return the roles of `admin|ops`; whoever asks for owners gets admins, the most that there is."""
    return frozenset(BuiltInRole.ADMIN if one == _OWNER else one for one in any_of(text))


def _read_last_seen(text: str) -> MemberFilter:
    try:
        return LastSeen.model_validate_json(text).to_filter()
    except ValidationError as error:
        raise InvalidRequestError(
            f"filter: lastSeen is {text[:64]!r}; it must be one of "
            '{"never":true}, {"noData":true} and {"before":<milliseconds since 1970>}.'
        ) from error
