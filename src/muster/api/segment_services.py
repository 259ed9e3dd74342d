"""What the routes of segments are a face of."""

import asyncio
from dataclasses import dataclass

from muster.access.principal import Principal
from muster.accounts.environments import CachingEnvironmentDirectory
from muster.accounts.model import Environment
from muster.accounts.project_environments import EnvironmentService
from muster.contexts.recorder import ContextRecorder
from muster.core.clock import Clock
from muster.segments.editor import SegmentEditor
from muster.segments.evaluation import SegmentEvaluator
from muster.segments.expiry import ExpiringTargetService
from muster.segments.exports import ExportService
from muster.segments.imports import ImportService
from muster.segments.model import Segment
from muster.segments.purging import SegmentPurger
from muster.segments.service import SegmentService


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentServices:
    """The services of segments, and that of the environments that they are in."""

    environments: EnvironmentService
    directory: CachingEnvironmentDirectory
    segments: SegmentService
    editor: SegmentEditor
    evaluator: SegmentEvaluator
    expiring_targets: ExpiringTargetService
    imports: ImportService
    exports: ExportService
    purger: SegmentPurger
    recorder: ContextRecorder
    clock: Clock

    async def get_environment(
        self, caller: Principal, project_key: str, environment_key: str
    ) -> Environment:
        """Return an environment that the caller may view.

        Raises:
            NotFoundError: there is none.
        """
        known = await self.directory.find_visible(caller, project_key, environment_key)
        if known is not None:
            return known
        return await asyncio.to_thread(
            self.environments.get_environment, caller, project_key, environment_key
        )

    async def get_segment(
        self, caller: Principal, project_key: str, environment_key: str, segment_key: str
    ) -> tuple[Environment, Segment]:
        """Return a segment that the caller may view, and its environment.

        Raises:
            NotFoundError: there is none.
        """
        return await asyncio.to_thread(
            self.find_segment, caller, project_key, environment_key, segment_key
        )

    def find_segment(
        self, caller: Principal, project_key: str, environment_key: str, segment_key: str
    ) -> tuple[Environment, Segment]:
        """Do as `get_segment`; it may block."""
        place = self.environments.get_environment(caller, project_key, environment_key)
        return place, self.segments.get_segment(place.id, segment_key).segment
