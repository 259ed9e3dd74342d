"""Big segment stores: configured, listed, changed, given up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypedDict

from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.visible import read_all
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.configurations.big_segment_stores.model import BigSegmentStore, EnvironmentPlace
from muster.configurations.big_segment_stores.places import check_kind, read_place
from muster.configurations.big_segment_stores.store import BigSegmentStoreStore
from muster.configurations.visible import may_see
from muster.core.errors import ConflictError, NotFoundError
from muster.core.ids import BigSegmentStoreId, new_id
from muster.core.naming import check_name, clean_tags
from muster.core.pointers import Json

_KIND: Final = "big segment store"
_CREATE: Final = "createIntegration"
_DELETE: Final = "deleteIntegration"
_ACTIONS: Final = {
    "name": "updateName",
    "is_on": "updateOn",
    "tags": "updateTags",
    "place": "updateConfiguration",
}
"""What can be changed of a store, and the action that does."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """How a request names a store, or those that it could be among."""

    project_key: str
    environment_key: str
    kind: str


@dataclass(frozen=True, slots=True)
class StoreDraft:
    """What a store is to be.

    Attributes:
        config: where it is, as the API has it; see `read_place`.
        name: the kind of the store where none is given.
    """

    config: Json
    name: str = ""
    is_on: bool = False
    tags: Sequence[str] = ()


class StoreChanges(TypedDict, total=False):
    """What of a store can be changed: see `BigSegmentStore`; of `config`, see `read_place`."""

    name: str
    is_on: bool
    tags: tuple[str, ...]
    config: Json


class BigSegmentStoreService:
    """Keeps the configurations of big segment stores. Its methods may block: use a worker thread.

    What the principal may not do is refused. It sees a store where it may view the project, and may view
    or change the integration. None is the installation's operator, who may do everything.
    """

    def __init__(
        self,
        store: BigSegmentStoreStore,
        projects: ProjectService,
        environments: EnvironmentService,
        trail: AuditTrail,
    ) -> None:
        self._store = store
        self._projects = projects
        self._environments = environments
        self._trail = trail

    def list_all_stores(self, principal: Principal | None) -> Sequence[BigSegmentStore]:
        """Return the stores of all environments that the principal may see, oldest first."""
        visible = {
            project.key
            for project in read_all(lambda page: self._projects.list_projects(principal, page))
        }
        return [
            one
            for one in self._store.list_stores()
            if one.environment.project_key in visible and may_see(principal, one.resource)
        ]

    def list_stores(
        self, principal: Principal | None, address: StoreAddress
    ) -> Sequence[BigSegmentStore]:
        """Return an environment's stores of one kind that the principal may see, oldest first.

        Raises:
            NotFoundError: there is no such kind or environment, or the principal may not view the project.
        """
        environment = self._find_environment(principal, address)
        return [
            one
            for one in self._store.list_stores()
            if (one.environment.id, one.kind) == (environment.id, address.kind)
            and may_see(principal, one.resource)
        ]

    def get_store(
        self, principal: Principal | None, address: StoreAddress, store_id: str
    ) -> BigSegmentStore:
        """Return a store.

        Raises:
            NotFoundError: there is none with this id at this address that the principal may see.
        """
        environment = self._find_environment(principal, address)
        found = self._store.find_store(store_id)
        if (
            found is None
            or (found.environment.id, found.kind) != (environment.id, address.kind)
            or not may_see(principal, found.resource)
        ):
            raise NotFoundError(
                f"The environment {environment.key} of {environment.project_key} has no {address.kind} "
                f"store with the id {store_id[:64]!r}, or it is not yours to see."
            )
        return found

    def create_store(
        self, principal: Principal | None, address: StoreAddress, draft: StoreDraft
    ) -> BigSegmentStore:
        """Configure a store.

        Raises:
            NotFoundError: there is no such kind or environment, or the principal may not view the project.
            InvalidRequestError: something of the draft can't be so.
            ForbiddenError: the principal may not make it.
        """
        environment = self._find_environment(principal, address)
        made = _checked(
            BigSegmentStore(
                id=BigSegmentStoreId(new_id()),
                environment=EnvironmentPlace(
                    environment.id, environment.project_key, environment.key
                ),
                place=read_place(address.kind, draft.config),
                name=draft.name or address.kind,
                is_on=draft.is_on,
                tags=tuple(draft.tags),
                version=1,
            )
        )
        if principal is not None:
            principal.require(_CREATE, made.resource)
        with self._trail.changing(principal) as notes:
            if not self._store.create_store(made):
                raise NotFoundError(
                    f"The environment {environment.key} of {environment.project_key} has just been deleted."
                )
            accesses = [Access(_CREATE, made.resource)]
            notes.note(_KIND, made.name, "created", accesses, after=made.snapshot())
        return made

    def update_store(
        self,
        principal: Principal | None,
        address: StoreAddress,
        store_id: str,
        changes: StoreChanges,
        *,
        comment: str = "",
    ) -> BigSegmentStore:
        """Change a store.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is none with this id at this address that the principal may see.
            ForbiddenError: the principal may not change this of it.
            InvalidRequestError: a value is not valid.
            ConflictError: it has just become another one, or was deleted.
        """
        before = self.get_store(principal, address, store_id)
        after = _checked(_changed(before, changes))
        actions = [
            action
            for name, action in _ACTIONS.items()
            if getattr(before, name) != getattr(after, name)
        ]
        if not actions:
            return before
        if principal is not None:
            for action in actions:
                principal.require(action, before.resource)
        after = replace(after, version=before.version + 1)
        with self._trail.changing(principal) as notes:
            if not self._store.update_store(after):
                raise ConflictError(
                    f"The store {before.id} has just been changed or deleted. Read it again, then patch that."
                )
            notes.note(
                _KIND,
                after.name,
                "updated",
                [Access(action, before.resource) for action in actions],
                before=before.snapshot(),
                after=after.snapshot(),
                comment=comment,
            )
        return after

    def delete_store(
        self, principal: Principal | None, address: StoreAddress, store_id: str
    ) -> None:
        """Give a store up: what is in it stays there.

        Raises:
            NotFoundError: there is none with this id at this address that the principal may see.
            ForbiddenError: the principal may see it, and not delete it.
        """
        found = self.get_store(principal, address, store_id)
        if principal is not None:
            principal.require(_DELETE, found.resource)
        with self._trail.changing(principal) as notes:
            if self._store.delete_store(found.id):
                accesses = [Access(_DELETE, found.resource)]
                notes.note(_KIND, found.name, "deleted", accesses, before=found.snapshot())

    def _find_environment(self, principal: Principal | None, address: StoreAddress) -> Environment:
        check_kind(address.kind)
        return self._environments.get_environment(
            principal, address.project_key, address.environment_key
        )


def _changed(before: BigSegmentStore, changes: StoreChanges) -> BigSegmentStore:
    place = before.place
    if "config" in changes:
        place = read_place(before.kind, changes["config"], before.place)
    return replace(
        before,
        name=changes.get("name", before.name),
        is_on=changes.get("is_on", before.is_on),
        tags=changes.get("tags", before.tags),
        place=place,
    )


def _checked(store: BigSegmentStore) -> BigSegmentStore:
    """Return a store with its tags in order, if it can be so.

    Raises:
        InvalidRequestError: it can't.
    """
    check_name(store.name, _KIND)
    return replace(store, tags=clean_tags(store.tags))
