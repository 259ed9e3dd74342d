"""Configurations of integrations: made, listed, changed, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypedDict

from muster.access.principal import Principal
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.configurations.integrations.form import FindForm, IntegrationForm
from muster.configurations.integrations.model import IntegrationConfiguration
from muster.configurations.integrations.store import IntegrationConfigurationStore
from muster.configurations.visible import may_see
from muster.core.clock import Clock
from muster.core.errors import ConflictError, NotFoundError
from muster.core.ids import IntegrationConfigurationId, new_id
from muster.core.naming import check_name, clean_tags
from muster.core.pointers import Json

_KIND: Final = "integration configuration"
_CREATE: Final = "createIntegration"
_DELETE: Final = "deleteIntegration"
_ACTIONS: Final = {
    "name": "updateName",
    "is_enabled": "updateOn",
    "tags": "updateTags",
    "values": "updateConfiguration",
}
"""What can be changed of a configuration, and the action that does."""


@dataclass(frozen=True, slots=True)
class ConfigurationDraft:
    """What a configuration is to be.

    Attributes:
        values: by the keys of the manifest's form variables; see `IntegrationForm.fill_in`.
    """

    name: str
    values: Json
    is_enabled: bool = True
    tags: Sequence[str] = ()


class ConfigurationChanges(TypedDict, total=False):
    """What of a configuration can be changed: see `IntegrationConfiguration`; of `values`, see
    `IntegrationForm.fill_in`."""

    name: str
    is_enabled: bool
    tags: tuple[str, ...]
    values: Json


class IntegrationConfigurationService:
    """Keeps configurations of integrations. Its methods may block: use a worker thread.

    What the principal may not do is refused, and a configuration that it may neither view nor change is
    treated as one that does not exist. None is the installation's operator, who may do everything.
    """

    def __init__(
        self,
        store: IntegrationConfigurationStore,
        find_form: FindForm,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        """Make the service.

        Args:
            find_form: knows what the integrations of the catalog ask for, as it is at that moment.
        """
        self._store = store
        self._find_form = find_form
        self._trail = trail
        self._clock = clock

    def list_all_configurations(
        self, principal: Principal | None
    ) -> Sequence[IntegrationConfiguration]:
        """Return the configurations of all integrations that the principal may see, oldest first."""
        return _seen_by(principal, self._store.list_configurations())

    def list_configurations(
        self, principal: Principal | None, integration_key: str
    ) -> Sequence[IntegrationConfiguration]:
        """Return an integration's configurations that the principal may see, oldest first.

        Those of an integration that is no longer in the catalog are listed, too.

        Raises:
            NotFoundError: it is not in the catalog, and there are none.
        """
        found = _seen_by(principal, self._store.list_configurations(integration_key.lower()))
        if not found:
            self._get_form(integration_key)
        return found

    def get_configuration(
        self, principal: Principal | None, configuration_id: str
    ) -> IntegrationConfiguration:
        """Return a configuration.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
        """
        found = self._store.find_configuration(configuration_id)
        if found is None or not may_see(principal, found.resource):
            raise NotFoundError(
                f"There is no integration configuration with the id {configuration_id[:64]!r}, or it is "
                "not yours to see."
            )
        return found

    def create_configuration(
        self, principal: Principal | None, integration_key: str, draft: ConfigurationDraft
    ) -> IntegrationConfiguration:
        """Make a configuration.

        Raises:
            NotFoundError: the integration is not in the catalog.
            InvalidRequestError: something of the draft can't be so, or the manifest asks for other values.
            ForbiddenError: the principal may not make it.
        """
        form = self._get_form(integration_key)
        made = _checked(
            IntegrationConfiguration(
                id=IntegrationConfigurationId(new_id()),
                integration_key=form.integration_key,
                name=draft.name,
                is_enabled=draft.is_enabled,
                tags=tuple(draft.tags),
                values=form.fill_in(draft.values),
                created_at=self._clock.now(),
            )
        )
        if principal is not None:
            principal.require(_CREATE, made.resource)
        with self._trail.changing(principal) as notes:
            self._store.create_configuration(made)
            accesses = [Access(_CREATE, made.resource)]
            notes.note(_KIND, made.name, "created", accesses, after=made.snapshot())
        return made

    def update_configuration(
        self,
        principal: Principal | None,
        configuration_id: str,
        changes: ConfigurationChanges,
        *,
        comment: str = "",
    ) -> IntegrationConfiguration:
        """Change a configuration.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may not change this of it.
            InvalidRequestError: a value is not valid.
            ConflictError: values are to be others, and the integration is no longer in the catalog.
        """
        before = self.get_configuration(principal, configuration_id)
        after = _checked(self._changed(before, changes))
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
        with self._trail.changing(principal) as notes:
            if not self._store.update_configuration(before, after):
                raise NotFoundError(
                    f"The integration configuration {before.id} has just been deleted."
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

    def delete_configuration(self, principal: Principal | None, configuration_id: str) -> None:
        """Delete a configuration.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may see it, and not delete it.
        """
        found = self.get_configuration(principal, configuration_id)
        if principal is not None:
            principal.require(_DELETE, found.resource)
        with self._trail.changing(principal) as notes:
            if self._store.delete_configuration(found.id):
                accesses = [Access(_DELETE, found.resource)]
                notes.note(_KIND, found.name, "deleted", accesses, before=found.snapshot())

    def _get_form(self, integration_key: str) -> IntegrationForm:
        form = self._find_form(integration_key)
        if form is None:
            raise NotFoundError(f"There is no integration {integration_key[:64]!r} in the catalog.")
        return form

    def _changed(
        self, before: IntegrationConfiguration, changes: ConfigurationChanges
    ) -> IntegrationConfiguration:
        values = before.values
        if "values" in changes:
            form = self._find_form(before.integration_key)
            if form is None:
                raise ConflictError(
                    f"The integration {before.integration_key} is no longer in the catalog, so nobody can "
                    "tell which values it asks for."
                )
            values = form.fill_in(changes["values"], before.values)
        return replace(
            before,
            name=changes.get("name", before.name),
            is_enabled=changes.get("is_enabled", before.is_enabled),
            tags=changes.get("tags", before.tags),
            values=values,
        )


def _seen_by(
    principal: Principal | None, configurations: Sequence[IntegrationConfiguration]
) -> Sequence[IntegrationConfiguration]:
    return [one for one in configurations if may_see(principal, one.resource)]


def _checked(configuration: IntegrationConfiguration) -> IntegrationConfiguration:
    """Return a configuration with its tags in order, if it can be so.

    Raises:
        InvalidRequestError: it can't.
    """
    check_name(configuration.name, _KIND)
    return replace(configuration, tags=clean_tags(configuration.tags))
