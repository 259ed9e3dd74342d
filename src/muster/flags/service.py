"""Flags: listed, made, changed and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from muster.access.actions import DELETE_FLAG
from muster.access.principal import Principal
from muster.accounts.flag_defaults import BooleanFlagDefaults
from muster.accounts.model import Environment, Project
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.visible import read_all
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import ConflictError, NotFoundError
from muster.core.ids import FlagId, FlagKey, new_id, new_uuid
from muster.core.naming import folded, is_part_of_any
from muster.core.paging import Page, PageRequest
from muster.core.sorting import SortFields, SortKey, sorted_by
from muster.flags.edits import (
    FlagDraft,
    FlagEdit,
    changes_of,
    checked_flag,
    creation_of,
    resource_of,
)
from muster.flags.model import (
    FIRST_VERSION,
    Flag,
    FlagConfiguration,
    FlagDefaults,
    FlagKind,
    FlagPlace,
    Variation,
)
from muster.flags.prerequisites import check_prerequisites, check_unused
from muster.flags.store import FlagStore

_SORTED_BY: Final["SortFields[Flag]"] = {
    "creationDate": lambda flag: flag.created_at,
    "key": lambda flag: flag.key,
    "name": lambda flag: flag.name.casefold(),
}


@dataclass(frozen=True, slots=True)
class FlagFilter:
    """Which flags are wanted: those for which all that is given holds, in whatever case.

    Attributes:
        query: a part of the key or the name.
        tags: it has all of them.
        archived: whether it is archived.
        kind: what its values are; None for whatever.
    """

    query: str = ""
    tags: Sequence[str] = ()
    archived: bool = False
    kind: FlagKind | None = None

    def matches(self, flag: Flag) -> bool:
        """Tell whether a flag is wanted."""
        return (
            is_part_of_any(self.query, flag.key, flag.name)
            and folded(self.tags) <= folded(flag.tags)
            and self.archived == (flag.archived_at is not None)
            and self.kind in (None, flag.kind)
        )


class FlagService:
    """Lists, makes, changes and deletes flags. Its methods may block: call them from a worker thread.

    What the principal may not do is refused; whoever may view a project may view its flags. None is the
    installation's operator, who may do everything.
    """

    def __init__(
        self,
        store: FlagStore,
        projects: ProjectService,
        environments: EnvironmentService,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._store = store
        self._projects = projects
        self._environments = environments
        self._trail = trail
        self._clock = clock

    def get_place(self, principal: Principal | None, project_key: str) -> FlagPlace:
        """Return a project with its environments.

        Raises:
            NotFoundError: there is no such project that the principal may view.
        """
        project = self._projects.get_project(principal, project_key)
        environments = read_all(
            lambda page: self._environments.list_environments(principal, project_key, page)
        )
        return FlagPlace(
            project, tuple(environments), lambda key: self._store.find_flag(project.id, key)
        )

    def list_flags(
        self,
        principal: Principal | None,
        project_key: str,
        page: PageRequest,
        wanted: FlagFilter,
        sort: Sequence[SortKey] = (),
    ) -> tuple[Page[Flag], FlagPlace]:
        """Return a project's flags, ordered by key, and where they are.

        Args:
            sort: another order: by `creationDate`, `key` or `name`.

        Raises:
            NotFoundError: there is no such project that the principal may view.
            InvalidRequestError: flags can't be sorted by one of these.
        """
        place = self.get_place(principal, project_key)
        found = [one for one in self._store.read_flags(place.project.id) if wanted.matches(one)]
        found = list(sorted_by(found, sort, _SORTED_BY))
        return Page(found[page.offset : page.offset + page.limit], len(found), page), place

    def get_flag(
        self, principal: Principal | None, project_key: str, key: str
    ) -> tuple[Flag, FlagPlace]:
        """Return a flag, and where it is.

        Raises:
            NotFoundError: there is no such flag, or no such project that the principal may view.
        """
        place = self.get_place(principal, project_key)
        return self._find(place.project, key), place

    def create_flag(
        self, principal: Principal | None, project_key: str, draft: FlagDraft
    ) -> tuple[Flag, FlagPlace]:
        """Make a flag, and return where it is.

        Raises:
            NotFoundError: there is no such project that the principal may view.
            InvalidRequestError: something of the draft can't be so.
            ForbiddenError: the principal may not make it.
            ConflictError: the project has a flag with this key.
        """
        place = self.get_place(principal, project_key)
        flag = checked_flag(self._make(draft, place))
        access = creation_of(place.project, flag)
        if principal is not None:
            principal.require(access.action, access.resource)
        with self._trail.changing(principal) as notes:
            if not self._store.insert_flag(flag):
                raise NotFoundError(f"The project {place.project.key} has just been deleted.")
            after = flag.snapshot(place.environments)
            notes.note("flag", flag.name, "created", [access], after=after)
        return flag, place

    def update_flag(
        self,
        principal: Principal | None,
        project_key: str,
        key: str,
        edit: FlagEdit,
        *,
        comment: str = "",
        dry_run: bool = False,
    ) -> tuple[Flag, FlagPlace]:
        """Change a flag; return it as it is then, and where it is.

        An edit that changes nothing is none: no version, no entry in the audit log.

        Args:
            edit: what is to become of it; whatever it raises is raised.
            dry_run: check all, and change nothing; what is returned is what would be.

        Raises:
            NotFoundError: there is no such flag, or no such project that the principal may view.
            InvalidRequestError: the flag can't be so.
            ForbiddenError: the principal may not change this of it.
            ConflictError: another request has just changed it, or it is to be archived while other flags
                ask for it.
        """
        place = self.get_place(principal, project_key)
        before = self._find(place.project, key)
        after = checked_flag(edit(before, place))
        accesses = changes_of(before, after, place)
        if principal is not None:
            for access in accesses:
                principal.require(access.action, access.resource)
        if not accesses:
            return before, place
        self._check_others(before, after, place)
        after = replace(after, version=before.version + 1)
        if dry_run:
            return after, place
        with self._trail.changing(principal) as notes:
            if not self._store.update_flag(after):
                raise ConflictError(
                    f"The flag {before.key} has just been changed or deleted. Read it again, then change "
                    "that."
                )
            changed = [
                one
                for one in place.environments
                if before.configuration_in(one).targeting != after.configuration_in(one).targeting
            ]
            notes.note(
                "flag",
                after.name,
                "updated",
                accesses,
                before=before.snapshot(changed),
                after=after.snapshot(changed),
                comment=comment,
            )
        return after, place

    def delete_flag(self, principal: Principal | None, project_key: str, key: str) -> None:
        """Delete a flag.

        Raises:
            NotFoundError: there is no such flag, or no such project that the principal may view.
            ForbiddenError: the principal may not delete it.
            ConflictError: other flags ask for it; they are named.
        """
        place = self.get_place(principal, project_key)
        flag = self._find(place.project, key)
        access = Access(DELETE_FLAG, resource_of(place.project, flag))
        if principal is not None:
            principal.require(access.action, access.resource)
        check_unused(flag, self._store.read_flags(place.project.id), place, "deleted")
        with self._trail.changing(principal) as notes:
            if not self._store.delete_flag(flag):
                raise NotFoundError(f"The flag {flag.key} has just been deleted.")
            before = flag.snapshot(place.environments)
            notes.note("flag", flag.name, "deleted", [access], before=before)

    def _find(self, project: Project, key: str) -> Flag:
        flag = self._store.find_flag(project.id, key)
        if flag is None:
            raise NotFoundError(f"The project {project.key} has no flag {key[:256]!r}.")
        return flag

    def _make(self, draft: FlagDraft, place: FlagPlace) -> Flag:
        usual = place.project.new_flags
        variations = tuple(draft.variations) or _boolean_variations(usual.booleans)
        defaults = draft.defaults or _first_defaults(draft, usual.booleans)
        now = self._clock.now()
        configurations = {
            one.id: FlagConfiguration(
                defaults.targeting_in(one, on=draft.on), version=FIRST_VERSION, modified_at=now
            )
            for one in place.environments
        }
        return Flag(
            id=FlagId(new_id()),
            project_id=place.project.id,
            key=FlagKey(draft.key),
            name=draft.name,
            description=draft.description,
            tags=usual.tags if draft.tags is None else tuple(draft.tags),
            variations=variations,
            defaults=defaults,
            temporary=usual.temporary if draft.temporary is None else draft.temporary,
            availability=draft.availability or place.project.new_flag_availability,
            created_at=now,
            custom_properties=draft.custom_properties or {},
            configurations=configurations,
        )

    def _check_others(self, before: Flag, after: Flag, place: FlagPlace) -> None:
        is_archived_now = after.archived_at is not None and before.archived_at is None
        asks_for_others = [
            one for one in place.environments if _asks_for_others(before, after, one)
        ]
        is_moved = not _begins_with(after.variations, before.variations)
        if not (is_archived_now or is_moved or asks_for_others):
            return
        flags = self._store.read_flags(place.project.id)
        if is_archived_now:
            check_unused(before, flags, place, "archived")
        if is_moved:  # the others name its variations by their index
            check_unused(before, flags, place, "robbed of a variation")
        check_prerequisites(after, flags, place._replace(environments=asks_for_others))


def _boolean_variations(usual: BooleanFlagDefaults) -> tuple[Variation, ...]:
    return (
        Variation(new_uuid(), True, usual.true_name, usual.true_description),
        Variation(new_uuid(), False, usual.false_name, usual.false_description),
    )


def _first_defaults(draft: FlagDraft, usual: BooleanFlagDefaults) -> FlagDefaults:
    if draft.variations:
        return FlagDefaults(0, len(draft.variations) - 1)
    return FlagDefaults(usual.on_variation, usual.off_variation)


def _begins_with(variations: Sequence[Variation], earlier: Sequence[Variation]) -> bool:
    ids = [one.id for one in variations[: len(earlier)]]
    return ids == [one.id for one in earlier]


def _asks_for_others(before: Flag, after: Flag, environment: Environment) -> bool:
    asked = after.configuration_in(environment).targeting.prerequisites
    return asked != before.configuration_in(environment).targeting.prerequisites
