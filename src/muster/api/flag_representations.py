"""How the REST API shows flags; the shapes are those of LaunchDarkly's API v2."""

from collections.abc import Collection
from typing import Any, Final

from muster.access.principal import Principal
from muster.accounts.model import Environment, Project
from muster.api.access import ACCESS, show_access, with_access
from muster.api.representations import Json, link, path
from muster.core.clock import to_millis
from muster.flags.edits import resource_of
from muster.flags.evaluation import FlagVerdict
from muster.flags.model import Flag
from muster.flags.targeting import Rollout, Served, Targeting, is_of_users, variations_of
from muster.segments.flag_users import FlagUser

_IN_FULL: Final = ("prerequisites", "targets", "contextTargets", "rules")
"""What a summary leaves out of a flag's configuration in an environment."""
_REASON_NAMES: Final = {"ruleId": "ruleID"}
"""What the REST API calls otherwise than SDKs do."""
_REASONS: Final = frozenset(
    {"kind", "ruleIndex", "ruleID", "prerequisiteKey", "inExperiment", "errorKind"}
)


def flag_path(project: Project, flag_key: str) -> str:
    """Return the path of a flag."""
    return path("flags", project.key, flag_key)


def site_of(project_key: str, environment_key: str, flag_key: str) -> Json:
    """Return the link to where people look at a flag."""
    return link(f"/{project_key}/{environment_key}/features/{flag_key}", "text/html")


def show_flag(
    one: Flag,
    project: Project,
    environments: Collection[Environment] | None,
    *,
    summary: bool = False,
) -> Json:
    """Show a flag.

    Args:
        environments: those in which it is shown; None to leave them out.
        summary: leave out whom it targets there.
    """
    shown: Json = {
        "_links": {
            "parent": link(path("flags", project.key)),
            "self": link(flag_path(project, one.key)),
        },
        "key": one.key,
        "name": one.name,
        "description": one.description,
        "kind": one.kind.value,
        "tags": list(one.tags),
        "variations": [variation.to_json() for variation in one.variations],
        "defaults": one.defaults.to_json(),
        "temporary": one.temporary,
        "includeInSnippet": one.availability.using_environment_id,
        "clientSideAvailability": one.availability.to_json(),
        "customProperties": {key: each.to_json() for key, each in one.custom_properties.items()},
        "creationDate": to_millis(one.created_at),
        "archived": one.archived_at is not None,
        "_version": one.version,
        # Muster runs no experiments: no flag is in one.
        "experiments": {"baselineIdx": 0, "items": []},
    }
    if one.archived_at is not None:
        shown["archivedDate"] = to_millis(one.archived_at)
    if environments is not None:
        shown["environments"] = {
            each.key: _show_configuration(one, each, summary=summary) for each in environments
        }
    return shown


def add_access(
    shown: Json,
    one: Flag,
    project: Project,
    environments: Collection[Environment],
    caller: Principal,
) -> Json:
    """Return a flag that is shown with what the caller may do to it, in all environments and in each."""
    shown = with_access(shown, {ACCESS}, caller, resource_of(project, one))
    for environment in environments:
        here = shown["environments"][environment.key]
        here["_access"] = show_access(caller, resource_of(environment, one))
    return shown


def show_verdict(verdict: FlagVerdict, environment: Environment) -> Json:
    """Show what a flag serves a context."""
    flag = verdict.flag
    named = {_REASON_NAMES.get(name, name): value for name, value in verdict.reason.items()}
    return {
        "name": flag.name,
        "key": flag.key,
        "_value": verdict.value,
        "reason": {name: value for name, value in named.items() if name in _REASONS},
        "_links": {"site": site_of(environment.project_key, environment.key, flag.key)},
    }


def show_flag_user(user: FlagUser, environment: Environment) -> Json:
    """Show a flag that asks for a segment."""
    return {
        "name": user.name,
        "key": user.key,
        "_links": {"self": link(path("flags", environment.project_key, user.key))},
        "_site": site_of(environment.project_key, environment.key, user.key),
    }


def _show_configuration(flag: Flag, environment: Environment, *, summary: bool) -> dict[str, Any]:
    configuration = flag.configuration_in(environment)
    targeting = configuration.targeting
    shown = targeting.to_json()
    if summary:
        shown = {name: value for name, value in shown.items() if name not in _IN_FULL}
    salt = flag.salt_in(environment.id)
    return {
        **shown,
        "archived": flag.archived_at is not None,
        "salt": salt,
        # LaunchDarkly's other seed of a rollout, which nothing here reads: it is never another.
        "sel": salt,
        "version": configuration.version,
        "lastModified": to_millis(configuration.modified_at),
        "_environmentName": environment.name,
        "_site": site_of(environment.project_key, environment.key, flag.key),
        "_summary": {
            "variations": {
                str(index): _summarize(targeting, index) for index in range(len(flag.variations))
            },
            "prerequisites": len(targeting.prerequisites),
        },
    }


def _summarize(targeting: Targeting, variation: int) -> Json:
    targets = [one for one in targeting.targets if one.variation == variation]
    shown: Json = {
        "rules": sum(variation in variations_of(rule.served) for rule in targeting.rules),
        "nullRules": 0,
        "targets": sum(len(one.keys) for one in targets if is_of_users(one)),
        "contextTargets": sum(len(one.keys) for one in targets if not is_of_users(one)),
    }
    if variation in variations_of(targeting.fallthrough):
        shown["isFallthrough"] = True
        shown |= _rollout_of(targeting.fallthrough, variation)
    if variation == targeting.off_variation:
        shown["isOff"] = True
    return shown


def _rollout_of(served: Served, variation: int) -> Json:
    if not isinstance(served, Rollout):
        return {}
    weight = next(one.weight for one in served.variations if one.variation == variation)
    by = {} if served.bucket_by is None else {"bucketBy": served.bucket_by}
    return {"rollout": weight, **by}
