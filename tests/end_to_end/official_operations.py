"""The operations of LaunchDarkly's own client, and which of them the tests here call."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import launchdarkly_api.api as client_api

from tests.route_table import RouteName

_TESTS: Final = Path(__file__).parents[1]
_FORMS: Final = ("_with_http_info", "_without_preload_content")
"""The client has each operation in these forms, too."""

CLASSES: Final = (
    "AccessTokensApi",
    "AccountMembersApi",
    "AuditLogApi",
    "ContextSettingsApi",
    "ContextsApi",
    "CustomRolesApi",
    "EnvironmentsApi",
    "FeatureFlagsApi",
    "IntegrationsBetaApi",
    "OtherApi",
    "PersistentStoreIntegrationsBetaApi",
    "ProjectsApi",
    "RelayProxyConfigurationsApi",
    "SegmentsApi",
    "TagsApi",
    "WebhooksApi",
)
"""The parts of the API that synced segments live in."""

_EXPIRING: Final = "targets of flags do not expire; those of segments do"
_STATUS: Final = "Muster does not hear yet which flags applications evaluate"
ABSENT: Final[Mapping[str, str]] = {
    "AccountMembersApi.post_member_teams": "there are no teams",
    "FeatureFlagsApi.copy_feature_flag": "one environment is patched as another is",
    "FeatureFlagsApi.get_expiring_context_targets": _EXPIRING,
    "FeatureFlagsApi.get_expiring_user_targets": _EXPIRING,
    "FeatureFlagsApi.get_feature_flag_status": _STATUS,
    "FeatureFlagsApi.get_feature_flag_status_across_environments": _STATUS,
    "FeatureFlagsApi.get_feature_flag_statuses": _STATUS,
    "FeatureFlagsApi.patch_expiring_targets": _EXPIRING,
    "FeatureFlagsApi.patch_expiring_user_targets": _EXPIRING,
    "FeatureFlagsApi.post_migration_safety_issues": "there are no migration flags",
}
"""What these parts have and Muster has not, with the reason."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the client: its class, its method there, and the route that it asks for."""

    class_name: str
    name: str
    route: RouteName

    def __str__(self) -> str:
        return f"{self.class_name}.{self.name}"


@cache
def all_operations() -> Mapping[str, Operation]:
    """Return the operations of all of the client's classes by `Class.method`."""
    classes = inspect.getmembers(client_api, inspect.isclass)
    found = [one for _, api in classes for one in _operations_of(api)]
    return {str(one): one for one in found}


def listed_operations() -> Mapping[str, Operation]:
    """Return the operations of `CLASSES`."""
    return {name: one for name, one in all_operations().items() if one.class_name in CLASSES}


def called_operations() -> set[str]:
    """Return the operations that modules of `tests.end_to_end` call, as `Class.method`.

    A call counts in a module that imports the class, itself or by another module of the tests.
    """
    by_name: dict[str, list[Operation]] = {}
    for one in all_operations().values():
        by_name.setdefault(one.name, []).append(one)
    return {
        str(one)
        for path in Path(__file__).parent.glob("*.py")
        for name in _called_attributes(path)
        for one in by_name.get(name, [])
        if one.class_name in _imported_classes(path)
    }


def _operations_of(api: type) -> Iterator[Operation]:
    for name in vars(api):
        if name.startswith("_") or name.endswith(_FORMS):
            continue
        source = inspect.getsource(getattr(api, f"_{name}_serialize"))
        method, path = (
            re.findall(rf"^ +{what}='([^']+)',$", source, re.MULTILINE)
            for what in ("method", "resource_path")
        )
        assert len(method) == len(path) == 1, f"{api.__name__}.{name} is not as others are"
        yield Operation(api.__name__, name, RouteName(method[0], path[0]))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _called_attributes(path: Path) -> set[str]:
    names = {
        node.func.attr
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return names | {name.removesuffix(form) for name in names for form in _FORMS}


@cache
def _imported_classes(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module.startswith("launchdarkly_api"):
            found |= {one.name for one in node.names}
        elif node.module.startswith("tests."):
            module = _TESTS.parent.joinpath(*node.module.split(".")).with_suffix(".py")
            if module.exists():
                found |= _imported_classes(module)
    return frozenset(found)


def call_with_placeholders(api: Any, operation: Operation) -> None:
    """Ask for an operation's route: with a name for each parameter, and without a body.

    Raises:
        ApiException: what the server answers, if that is no success.
    """
    path = re.sub(r"\{\w+\}", "default", operation.route.path)
    headers = {"Content-Type": "application/json"}
    request = api.param_serialize(
        method=operation.route.method,
        resource_path=path,
        header_params=headers,
        auth_settings=["ApiKey"],
    )
    answer = api.call_api(*request)
    answer.read()
    api.response_deserialize(response_data=answer, response_types_map={})
