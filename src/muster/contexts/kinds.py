"""The kinds of contexts that a project has: listed, made and changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypedDict

from muster.access.principal import Principal
from muster.accounts.model import Project
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.visible import read_all
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.contexts.model import MADE, USER, ContextKind, seen_kind
from muster.contexts.reading import MAX_KIND_LENGTH, is_kind
from muster.contexts.store import ContextKindStore, ContextStore
from muster.core.clock import Clock
from muster.core.errors import ConflictError, InvalidRequestError
from muster.core.ids import EnvironmentId
from muster.core.naming import check_name
from muster.core.texts import check_text

MAX_DESCRIPTION_LENGTH: Final = 2048
_CREATE: Final = "createContextKind"
_UPDATE: Final = "updateContextKind"


class KindFields(TypedDict, total=False):
    """What can be said of a kind: see `ContextKind`."""

    name: str
    description: str
    archived: bool


class ContextKindService:
    """Lists, makes and changes kinds. Its methods may block: call them from a worker thread.

    Whoever may view a project may view its kinds; what else the principal may not do is refused. None is
    the installation's operator.
    """

    def __init__(
        self,
        kinds: ContextKindStore,
        contexts: ContextStore,
        projects: ProjectService,
        environments: EnvironmentService,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._kinds = kinds
        self._contexts = contexts
        self._projects = projects
        self._environments = environments
        self._trail = trail
        self._clock = clock

    def list_kinds(self, principal: Principal | None, project_key: str) -> Sequence[ContextKind]:
        """Return a project's kinds, ordered by key: `user`, those made, and those its contexts have.

        Raises:
            NotFoundError: there is no such project that the principal may view.
        """
        project = self._projects.get_project(principal, project_key)
        kinds = self._kinds_of(project)
        places = self._environment_ids(principal, project)
        return [self._with_last_seen(kinds[key], places) for key in sorted(kinds)]

    def put_kind(
        self,
        principal: Principal | None,
        project_key: str,
        key: str,
        fields: KindFields,
        *,
        version: int | None = None,
    ) -> ContextKind:
        """Make a kind, or change the one that there is.

        Args:
            fields: the name, and what else is to be said of it; what is left out stays as it is.
            version: of a kind that is there, the version that is to be changed: None for whichever. Of a new
                one, the version that it begins with: None for 1.

        Raises:
            NotFoundError: there is no such project that the principal may view.
            InvalidRequestError: a value is not valid.
            ForbiddenError: the principal may not do this.
            ConflictError: the kind has another version.
        """
        project = self._projects.get_project(principal, project_key)
        before = self._kinds_of(project).get(key)
        now = self._clock.now()
        if before is None:
            blank = ContextKind(project.id, key, key, "", version or 1, False, MADE, now, now)
            after = replace(blank, **fields)
        else:
            after = replace(before, **fields)
        _check(after, version)
        action = _CREATE if before is None else _UPDATE
        resource = after.resource(project.key, frozenset(project.tags))
        if principal is not None:
            principal.require(action, resource)
        if before is not None:
            if version not in (None, before.version):
                raise _other_version(before)
            if before == after:
                return before
            after = replace(after, version=before.version + 1, modified_at=now)
        with self._trail.changing(principal) as notes:
            if not self._save(before, after):
                raise ConflictError(
                    f"The kind {key} has just been changed by somebody else. Read it, and try again."
                )
            notes.note(
                "context kind",
                after.name,
                "created" if before is None else "updated",
                [Access(action, resource)],
                before=None if before is None else before.snapshot(),
                after=after.snapshot(),
            )
        return after

    def _save(self, before: ContextKind | None, after: ContextKind) -> bool:
        if before is not None:
            # One that was only seen so far is not stored yet; the change is made to what is shown of it.
            self._kinds.add_kinds([before])
        return self._kinds.save_kind(after, replaces=None if before is None else before.version)

    def _kinds_of(self, project: Project) -> dict[str, ContextKind]:
        """Return the kinds that are kept, and those that segments have or that are there by default."""
        kinds = {
            key: seen_kind(project.id, key, seen_at)
            for key, seen_at in self._kinds.list_segment_kinds(project.id).items()
        }
        kinds[USER] = seen_kind(project.id, USER, project.created_at)
        kinds.update({one.key: one for one in self._kinds.list_kinds(project.id)})
        return kinds

    def _environment_ids(
        self, principal: Principal | None, project: Project
    ) -> Sequence[EnvironmentId]:
        environments = read_all(
            lambda page: self._environments.list_environments(principal, project.key, page)
        )
        return [one.id for one in environments]

    def _with_last_seen(self, kind: ContextKind, places: Sequence[EnvironmentId]) -> ContextKind:
        seen = [self._contexts.find_last_seen(place, kind.key) for place in places]
        last_seen_at = max((one for one in seen if one is not None), default=None)
        return replace(kind, last_seen_at=last_seen_at)


def _check(kind: ContextKind, version: int | None) -> None:
    if not is_kind(kind.key):
        raise InvalidRequestError(
            f"The key of a kind has 1 to {MAX_KIND_LENGTH} letters, digits, '.', '_' and '-', and is neither "
            f"'kind' nor 'multi'; {kind.key[:64]!r} was found."
        )
    check_name(kind.name, "context kind")
    check_text(
        kind.description,
        "A kind's description",
        "/description",
        max_length=MAX_DESCRIPTION_LENGTH,
    )
    if version is not None and not 1 <= version < 2**31:
        raise InvalidRequestError("A version is 1 or more.", pointer="/version")


def _other_version(kind: ContextKind) -> ConflictError:
    return ConflictError(
        f"The kind {kind.key} has the version {kind.version}. Read it again, and change that one."
    )
