"""Finding the resource that a text names, with the tags and properties that are stored of it."""

from contextlib import suppress

from muster.access.resources import Resource, ResourcePart
from muster.access.specifiers import parse_resource
from muster.cli.runtime import Tools
from muster.core.errors import NotFoundError


def stored_resource(tools: Tools, text: str) -> Resource:
    """Return the resource that a text such as `proj/shop:env/test:segment/vip` names.

    A part that has selectors is taken as they say; one without, as it is stored. What does not exist
    has no tags.

    Raises:
        InvalidRequestError: the text names no resource, or more than one.
    """
    named = parse_resource(text).parts
    stored = _find_stored(tools, {part.type: part.key for part in named})
    return Resource(
        tuple(
            part if part.tags or part.properties else stored.get(part.type, part) for part in named
        )
    )


def _find_stored(tools: Tools, keys: dict[str, str]) -> dict[str, ResourcePart]:
    """Return the parts of a resource, by type, that there are."""
    parts: dict[str, ResourcePart] = {}
    if "webhook" in keys:
        with suppress(NotFoundError):
            webhook = tools.webhooks.get_webhook(keys["webhook"])
            parts["webhook"] = webhook.resource.parts[-1]
    project = tools.accounts.find_project(keys["proj"]) if "proj" in keys else None
    if project is None:
        return parts
    parts["proj"] = project.resource.parts[-1]
    environment = (
        tools.accounts.find_environment(project.key, keys["env"]) if "env" in keys else None
    )
    if environment is None:
        return parts
    parts["env"] = environment.resource.parts[-1]
    if "segment" in keys:
        try:
            segment = tools.segments.get_segment(environment.id, keys["segment"]).segment
        except NotFoundError:
            return parts
        parts["segment"] = environment.segment_resource(segment.key, segment.tags).parts[-1]
    return parts
