"""What the body of a PATCH of many members asks for: instructions of a semantic patch."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from muster.access.roles import BuiltInRole
from muster.accounts.member_edits import MemberEdit
from muster.accounts.members import MemberFilter
from muster.accounts.model import NO_ACCESS
from muster.api.member_filters import LastSeen, role_names
from muster.api.patches import MAX_COMMENT_LENGTH

BaseRole = Literal["reader", "writer", "admin", "no_access"]
_MemberIds = Annotated[list[str], Field(min_length=1, max_length=1_000)]


def built_in_role(name: BaseRole) -> BuiltInRole | None:
    """Return the role of a name; None for `no_access`."""
    return None if name == NO_ACCESS else BuiltInRole(name)


class _Instruction(BaseModel):
    model_config = ConfigDict(strict=True, use_attribute_docstrings=True)


class _Roles(_Instruction):
    """A role that takes the place of what members have; their custom roles go."""

    value: BaseRole
    """The built-in role that they get."""

    def _edit(
        self, member_ids: Sequence[str] | None, spared: Sequence[MemberFilter] = ()
    ) -> MemberEdit:
        role = built_in_role(self.value)
        return MemberEdit({"role": role, "custom_roles": ()}, member_ids, spared)


class _CustomRoles(_Instruction):
    """Custom roles, by keys or ids, that take the place of those that members have."""

    values: list[str]
    """Keys or ids of the custom roles that they get."""

    def _edit(
        self, member_ids: Sequence[str] | None, spared: Sequence[MemberFilter] = ()
    ) -> MemberEdit:
        return MemberEdit({"custom_roles": self.values}, member_ids, spared)


class _Listed(_Instruction):
    memberIDs: _MemberIds  # noqa: N815 - the API's names
    """Who gets them: 1 to 1,000 ids."""


class _Everyone(_Instruction):
    """Everyone, but for whoever one of these finds."""

    filterLastSeen: LastSeen | None = None  # noqa: N815
    """Spares those that were not seen for so long."""
    filterQuery: str = ""  # noqa: N815
    """Spares those in whose name or e-mail address it is."""
    filterRoles: str = ""  # noqa: N815
    """Spares those who have one of these roles, `|` between them."""
    filterTeamKey: str = ""  # noqa: N815
    """Spares nobody: there are no teams."""
    ignoredMemberIDs: list[str] = []  # noqa: N815
    """Spares those with these ids."""

    def _spared(self) -> Sequence[MemberFilter]:
        found = []
        if self.filterLastSeen is not None:
            found.append(self.filterLastSeen.to_filter())
        if self.filterQuery:
            found.append(MemberFilter(text=self.filterQuery))
        if self.filterRoles:
            found.append(MemberFilter(roles=role_names(self.filterRoles)))
        return [*found, MemberFilter(ids=frozenset(self.ignoredMemberIDs))]


class ReplaceMembersRoles(_Roles, _Listed):
    """Some members get a role in the place of all that they have."""

    kind: Literal["replaceMembersRoles"]
    """What is to be done."""

    def to_edit(self) -> MemberEdit:
        """Return what is to be done."""
        return self._edit(self.memberIDs)


class ReplaceAllMembersRoles(_Roles, _Everyone):
    """Everyone gets a role in the place of all that they have."""

    kind: Literal["replaceAllMembersRoles"]
    """What is to be done."""

    def to_edit(self) -> MemberEdit:
        """Return what is to be done."""
        return self._edit(None, self._spared())


class ReplaceMembersCustomRoles(_CustomRoles, _Listed):
    """Some members get other custom roles."""

    kind: Literal["replaceMembersCustomRoles"]
    """What is to be done."""

    def to_edit(self) -> MemberEdit:
        """Return what is to be done."""
        return self._edit(self.memberIDs)


class ReplaceAllMembersCustomRoles(_CustomRoles, _Everyone):
    """Everyone gets other custom roles."""

    kind: Literal["replaceAllMembersCustomRoles"]
    """What is to be done."""

    def to_edit(self) -> MemberEdit:
        """Return what is to be done."""
        return self._edit(None, self._spared())


Instruction = Annotated[
    ReplaceMembersRoles
    | ReplaceAllMembersRoles
    | ReplaceMembersCustomRoles
    | ReplaceAllMembersCustomRoles,
    Field(discriminator="kind"),
]


class MembersPatch(BaseModel):
    """Changes of many members."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "instructions": [
                        {
                            "kind": "replaceMembersRoles",
                            "value": "writer",
                            "memberIDs": ["5a0c8f1e2b3d4c5e6f708192"],
                        }
                    ],
                    "comment": "they moved to the new team",
                }
            ]
        },
    )

    instructions: Annotated[list[Instruction], Field(min_length=1, max_length=100)]
    """Followed in order: 1 to 100."""
    comment: Annotated[str, Field(max_length=MAX_COMMENT_LENGTH)] | None = None
    """Goes into the audit log."""
