"""A project with its environments, in memory."""

from muster.accounts.model import Environment, Project
from muster.core.ids import EnvironmentId, EnvironmentKey, ProjectId, ProjectKey
from muster.core.secrets import Secret
from muster.flags.model import FlagPlace
from tests.clock import START


def place() -> FlagPlace:
    """Return the project `shop` with the environments `live` and `test`, and no other flags."""
    project = Project(ProjectId("1" * 24), ProjectKey("shop"), "Shop", (), START)
    environments = [_environment(project, key) for key in ("live", "test")]
    return FlagPlace(project, environments, lambda _: None)


def _environment(project: Project, key: str) -> Environment:
    return Environment(
        id=EnvironmentId(key.encode().hex().zfill(24)),
        project_id=project.id,
        project_key=project.key,
        key=EnvironmentKey(key),
        name=key.title(),
        color="417505",
        sdk_key=Secret(f"sdk-{key}"),
        mobile_key=Secret(f"mob-{key}"),
        tags=(),
        critical=False,
        created_at=START,
    )
