"""What a partner's token has to be allowed, and no more."""

from muster.access.actions import CREATE_SEGMENT, UPDATE_INCLUDED
from muster.access.policy import Effect, Policy, Statement
from muster.core.ids import EnvironmentKey, IntegrationKey, ProjectKey


def partner_policy(
    project_key: ProjectKey, environment_key: EnvironmentKey, integration_key: IntegrationKey
) -> Policy:
    """Return the narrowest policy with which an integration can sync cohorts to an environment.

    The keys of its segments begin with the integration's key (see `muster.segments.keys`).
    """
    segments = f"proj/{project_key}:env/{environment_key}:segment/{integration_key}-*"
    allowed = Statement(
        Effect.ALLOW, actions=(CREATE_SEGMENT, UPDATE_INCLUDED), resources=(segments,)
    )
    return Policy((allowed,))
