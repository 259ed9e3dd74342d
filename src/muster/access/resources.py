"""Resources, which a decision is about: `proj/shop:env/test:segment/vip`."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

_CACHED: Final = 8192


class ResourcePart(NamedTuple):
    """One part of a resource: its type and key, and what selectors can ask of it.

    Attributes:
        tags: the tags of the thing itself.
        properties: its properties that are true, by name, such as `critical`.
    """

    type: str
    key: str
    tags: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()

    def selectors(self) -> str:
        """Return tags and properties as a specifier has them, such as `;eu,{critical:true}`."""
        listed = [*sorted(self.tags), *(f"{{{name}:true}}" for name in sorted(self.properties))]
        return f";{','.join(listed)}" if listed else ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that can be acted upon, with those that it stands in: outermost first."""

    parts: tuple[ResourcePart, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Decisions are remembered by resource, and looked up with each request.
        object.__setattr__(self, "_hash", hash(self.parts))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return ":".join(f"{one.type}/{one.key}" if one.key else one.type for one in self.parts)

    def with_selectors(self) -> str:
        """Return the resource with its tags and properties; `parse_resource` reads it back."""
        return ":".join(
            f"{one.type}/{one.key}{one.selectors()}" if one.key else one.type for one in self.parts
        )


ACCOUNT: Final = Resource((ResourcePart("acct", ""),))
"""The account itself."""


@lru_cache(_CACHED)
def project_resource(project_key: str, tags: frozenset[str] = frozenset()) -> Resource:
    """Return `proj/P`."""
    return Resource((ResourcePart("proj", project_key, tags),))


@lru_cache(_CACHED)
def environment_resource(
    project_key: str,
    environment_key: str,
    *,
    project_tags: frozenset[str] = frozenset(),
    tags: frozenset[str] = frozenset(),
    critical: bool = False,
) -> Resource:
    """Return `proj/P:env/E`."""
    properties = frozenset({"critical"}) if critical else frozenset()
    return Resource(
        (
            ResourcePart("proj", project_key, project_tags),
            ResourcePart("env", environment_key, tags, properties),
        )
    )


@lru_cache(_CACHED)
def segment_resource(
    project_key: str,
    environment_key: str,
    segment_key: str,
    *,
    project_tags: frozenset[str] = frozenset(),
    environment_tags: frozenset[str] = frozenset(),
    critical: bool = False,
    tags: frozenset[str] = frozenset(),
) -> Resource:
    """Return `proj/P:env/E:segment/S`.

    Args:
        project_tags: the project's tags.
        environment_tags: the environment's tags.
        critical: whether the environment is critical.
        tags: the segment's own tags.
    """
    place = environment_resource(
        project_key,
        environment_key,
        project_tags=project_tags,
        tags=environment_tags,
        critical=critical,
    )
    return Resource((*place.parts, ResourcePart("segment", segment_key, tags)))


def flag_resource(place: Resource, flag_key: str, tags: frozenset[str] = frozenset()) -> Resource:
    """Return `proj/P:env/E:flag/F`.

    Args:
        place: the environment; see `every_environment` for what is done to a flag in all of them.
        tags: the flag's own tags.
    """
    return Resource((*place.parts, ResourcePart("flag", flag_key, tags)))


def every_environment(project: Resource) -> Resource:
    """Return `proj/P:env/*`: what is done to a flag in no environment more than in another.

    So LaunchDarkly's policies call the environment of such an action.
    """
    return Resource((*project.parts, ResourcePart("env", "*")))


def context_kind_resource(
    project_key: str, kind_key: str, *, project_tags: frozenset[str] = frozenset()
) -> Resource:
    """Return `proj/P:context-kind/K`."""
    place = project_resource(project_key, project_tags)
    return Resource((*place.parts, ResourcePart("context-kind", kind_key)))


def member_resource(member_id: str) -> Resource:
    """Return `member/M`: a member of the account."""
    return Resource((ResourcePart("member", member_id),))


def webhook_resource(webhook_id: str, tags: frozenset[str] = frozenset()) -> Resource:
    """Return `webhook/W`."""
    return Resource((ResourcePart("webhook", webhook_id, tags),))


def role_resource(role_key: str) -> Resource:
    """Return `role/K`: a custom role."""
    return Resource((ResourcePart("role", role_key),))


def personal_token_resource(member_id: str, token_id: str) -> Resource:
    """Return `member/M:token/T`."""
    return Resource((ResourcePart("member", member_id), ResourcePart("token", token_id)))


def service_token_resource(token_id: str) -> Resource:
    """Return `service-token/T`."""
    return Resource((ResourcePart("service-token", token_id),))


def integration_resource(integration_key: str, tags: frozenset[str] = frozenset()) -> Resource:
    """Return `integration/K`: a configuration of the integration that has this key.

    Args:
        tags: those of the configuration.
    """
    return Resource((ResourcePart("integration", integration_key, tags),))


def relay_proxy_resource(configuration_id: str) -> Resource:
    """Return `relay-proxy-config/C`."""
    return Resource((ResourcePart("relay-proxy-config", configuration_id),))
