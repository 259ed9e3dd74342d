"""Which tags are in use."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from muster.access.principal import Principal
from muster.accounts.model import Environment, Project
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.visible import read_all
from muster.configurations.big_segment_stores.service import BigSegmentStoreService
from muster.configurations.integrations.service import IntegrationConfigurationService
from muster.core.errors import InvalidRequestError
from muster.core.paging import Page, PageRequest
from muster.tags.store import FlagTagStore, SegmentTagStore

_NONE_YET: Final = ("agent-skill", "aiconfig", "metric", "metric-data-source", "view")
"""Kinds of LaunchDarkly's API of which Muster has nothing."""

Tags = Iterable[str]
_Lister = Callable[[Principal | None], Iterable[Tags]]


@dataclass(frozen=True, slots=True)
class TagSources:
    """What tags are read from."""

    projects: ProjectService
    environments: EnvironmentService
    flags: FlagTagStore
    segments: SegmentTagStore
    big_segment_stores: BigSegmentStoreService
    integrations: IntegrationConfigurationService


class TagService:
    """Lists the tags that are in use. Its methods may block: call them from a worker thread.

    A principal gets the tags of what it may see. None is the installation's operator, who may see all.
    """

    def __init__(self, sources: TagSources) -> None:
        self._sources = sources
        self._listers: dict[str, _Lister] = {
            "environment": self._of_environments,
            "flag": self._of_flags,
            "integration": self._of_integrations,
            "project": self._of_projects,
            "segment": self._of_segments,
            **dict.fromkeys(_NONE_YET, _of_nothing),
        }

    def list_tags(
        self,
        principal: Principal | None,
        page: PageRequest,
        *,
        kinds: Collection[str] = (),
        prefix: str = "",
    ) -> Page[str]:
        """Return tags, each once, in order.

        Args:
            kinds: of what: `project`, `environment`, `flag`, `segment`, `integration` (big segment stores as
                well as configurations of integrations); none for all.
            prefix: what they begin with.

        Raises:
            InvalidRequestError: a kind is not known.
        """
        for kind in kinds:
            if kind not in self._listers:
                raise InvalidRequestError(
                    f"kind: {kind[:64]!r} has no tags. What has: {', '.join(sorted(self._listers))}."
                )
        listers = [self._listers[kind] for kind in set(kinds) or self._listers]
        found = chain.from_iterable(chain.from_iterable(one(principal) for one in listers))
        tags = sorted({tag for tag in found if tag.startswith(prefix)})
        return Page(tags[page.offset : page.offset + page.limit], len(tags), page)

    def _of_projects(self, principal: Principal | None) -> Iterable[Tags]:
        return (project.tags for project in self._projects(principal))

    def _of_environments(self, principal: Principal | None) -> Iterable[Tags]:
        return (environment.tags for environment in self._environments(principal))

    def _of_segments(self, principal: Principal | None) -> Iterable[Tags]:
        visible = {environment.id for environment in self._environments(principal)}
        return (
            tags
            for environment_id, tags in self._sources.segments.list_segment_tags()
            if environment_id in visible
        )

    def _of_flags(self, principal: Principal | None) -> Iterable[Tags]:
        visible = {project.id for project in self._projects(principal)}
        listed = self._sources.flags.list_flag_tags()
        return (tags for project_id, tags in listed if project_id in visible)

    def _of_integrations(self, principal: Principal | None) -> Iterable[Tags]:
        stores = self._sources.big_segment_stores.list_all_stores(principal)
        configurations = self._sources.integrations.list_all_configurations(principal)
        return [*(one.tags for one in stores), *(one.tags for one in configurations)]

    def _projects(self, principal: Principal | None) -> Iterator[Project]:
        return read_all(lambda page: self._sources.projects.list_projects(principal, page))

    def _environments(self, principal: Principal | None) -> Iterator[Environment]:
        """Yield what may be seen: the environments of the projects that may be."""
        for project in self._projects(principal):
            yield from self._environments_of(principal, project)

    def _environments_of(
        self, principal: Principal | None, project: Project
    ) -> Iterator[Environment]:
        environments = self._sources.environments
        return read_all(lambda page: environments.list_environments(principal, project.key, page))


def _of_nothing(_: Principal | None) -> Iterable[Tags]:
    return ()
