"""Who sees a configuration: whoever may view it, or do anything else to it."""

from muster.access.actions import ACTIONS
from muster.access.principal import Principal
from muster.access.resources import Resource


def may_see(principal: Principal | None, resource: Resource) -> bool:
    """Tell whether a principal may know of a configuration; None is the operator, who may.

    Args:
        resource: the configuration, as policies speak of it.
    """
    if principal is None:
        return True
    return any(
        principal.allows(action, resource) for action in sorted(ACTIONS[resource.parts[-1].type])
    )
