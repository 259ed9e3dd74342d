"""Relay Proxy configurations: made, listed, changed, given other keys, deleted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypedDict

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.configurations.relay_proxies.model import KeyedConfiguration, RelayProxyConfiguration
from muster.configurations.relay_proxies.store import RelayProxyStore
from muster.configurations.visible import may_see
from muster.core.clock import Clock
from muster.core.errors import ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.ids import RelayProxyConfigurationId, new_id
from muster.core.naming import check_name
from muster.core.secrets import hash_secret, new_relay_proxy_key

MAX_STATEMENTS: Final = 1_000
_KIND: Final = "Relay Proxy configuration"
_CREATE: Final = "createRelayAutoConfiguration"
_DELETE: Final = "deleteRelayAutoConfiguration"
_RESET: Final = "resetRelayAutoConfiguration"
_UPDATE_NAME: Final = "updateRelayAutoConfigurationName"
_UPDATE_POLICY: Final = "updateRelayAutoConfigurationPolicy"


class RelayProxyChanges(TypedDict, total=False):
    """What of a configuration can be changed: see `RelayProxyConfiguration`."""

    name: str
    policy: Policy


class RelayProxyService:
    """Makes, lists, changes and deletes Relay Proxy configurations. Its methods may block: use a worker
    thread.

    What the principal may not do is refused, and a configuration that it may neither view nor change is
    treated as one that does not exist. None is the installation's operator, who may do everything.
    """

    def __init__(self, store: RelayProxyStore, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock

    def create_configuration(
        self, principal: Principal | None, name: str, policy: Policy
    ) -> KeyedConfiguration:
        """Make a configuration with a key.

        Args:
            name: what people know it by: 1 to 256 characters.
            policy: which environments a Relay Proxy gets.

        Raises:
            InvalidRequestError: a value is not valid.
            ForbiddenError: the principal may not make it, or its policy allows what the principal may
                not do: else its key would tell what the principal may not see.
        """
        key, now = new_relay_proxy_key(), self._clock.now()
        made = RelayProxyConfiguration(
            id=RelayProxyConfigurationId(new_id()),
            name=name,
            policy=policy,
            ending=key.ending,
            created_at=now,
            modified_at=now,
        )
        _check(made)
        if principal is not None:
            principal.require(_CREATE, made.resource)
            _check_gives_no_more(principal, made.policy)
        with self._trail.changing(principal) as notes:
            self._store.create_configuration(made, hash_secret(key.reveal()))
            accesses = [Access(_CREATE, made.resource)]
            notes.note(_KIND, made.name, "created", accesses, after=made.snapshot())
        return KeyedConfiguration(made, key)

    def list_configurations(self, principal: Principal | None) -> Sequence[RelayProxyConfiguration]:
        """Return the configurations that the principal may view or change, oldest first."""
        found = self._store.list_configurations()
        return [one for one in found if may_see(principal, one.resource)]

    def get_configuration(
        self, principal: Principal | None, configuration_id: str
    ) -> RelayProxyConfiguration:
        """Return a configuration.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
        """
        found = self._store.find_configuration(configuration_id)
        if found is None or not may_see(principal, found.resource):
            raise NotFoundError(
                f"There is no Relay Proxy configuration with the id {configuration_id[:64]!r}, or it is "
                "not yours to see."
            )
        return found

    def update_configuration(
        self,
        principal: Principal | None,
        configuration_id: str,
        changes: RelayProxyChanges,
        *,
        comment: str = "",
    ) -> RelayProxyConfiguration:
        """Change a configuration.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may not change this of it, or its policy would allow what the
                principal may not do.
            InvalidRequestError: a value is not valid.
        """
        before = self.get_configuration(principal, configuration_id)
        after = replace(before, **changes)
        actions = _actions(before, after)
        if not actions:
            return before
        _check(after)
        if principal is not None:
            for action in actions:
                principal.require(action, before.resource)
            if _UPDATE_POLICY in actions:
                _check_gives_no_more(principal, after.policy)
        after = replace(after, modified_at=self._clock.now())
        with self._trail.changing(principal) as notes:
            if not self._store.update_configuration(after):
                raise _just_deleted(before)
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

    def reset_key(
        self,
        principal: Principal | None,
        configuration_id: str,
        *,
        old_key_until: datetime | None = None,
    ) -> KeyedConfiguration:
        """Give a configuration another key.

        Args:
            old_key_until: until when the present key is good, too; those that were replaced earlier
                stay good as long as was said then. None: from now on only the new key is good.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may not reset it, or its policy allows what the principal may
                not do.
            InvalidRequestError: the moment is not in the future.
        """
        before = self.get_configuration(principal, configuration_id)
        now = self._clock.now()
        if old_key_until is not None and old_key_until <= now:
            raise InvalidRequestError(
                f"The expiry {old_key_until:%Y-%m-%d %H:%M:%S %Z} is not in the future. Leave it out, and "
                "the old key stops working now.",
                pointer="/expiry",
            )
        if principal is not None:
            principal.require(_RESET, before.resource)
            _check_gives_no_more(principal, before.policy)
        key = new_relay_proxy_key()
        after = replace(before, ending=key.ending, modified_at=now)
        with self._trail.changing(principal) as notes:
            is_there = self._store.replace_key(
                after, hash_secret(key.reveal()), old_key_until=old_key_until
            )
            if not is_there:
                raise _just_deleted(before)
            notes.note(
                _KIND,
                after.name,
                "reset",
                [Access(_RESET, before.resource)],
                before=before.snapshot(),
                after=after.snapshot(),
            )
        return KeyedConfiguration(after, key)

    def delete_configuration(self, principal: Principal | None, configuration_id: str) -> None:
        """Delete a configuration; its keys stop working.

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


def _actions(before: RelayProxyConfiguration, after: RelayProxyConfiguration) -> list[str]:
    """Return the actions that make one configuration of the other."""
    changed = (
        (_UPDATE_NAME, before.name != after.name),
        (_UPDATE_POLICY, before.policy != after.policy),
    )
    return [action for action, is_changed in changed if is_changed]


def _check(configuration: RelayProxyConfiguration) -> None:
    """Check what a configuration is, whoever made it so."""
    check_name(configuration.name, _KIND)
    if len(configuration.policy.statements) > MAX_STATEMENTS:
        raise InvalidRequestError(
            f"A Relay Proxy configuration's policy has at most {MAX_STATEMENTS:,} statements.",
            pointer="/policy",
        )


def _check_gives_no_more(principal: Principal, policy: Policy) -> None:
    if not principal.covers((policy,)):
        raise ForbiddenError(
            f"The token {principal.name!r} may not get a key that gives more than it may do itself. Give "
            "the configuration statements that the token has as well, or let an admin do it."
        )


def _just_deleted(configuration: RelayProxyConfiguration) -> NotFoundError:
    return NotFoundError(f"The Relay Proxy configuration {configuration.id} has just been deleted.")
