"""How the REST API shows things; the shapes are those of LaunchDarkly's API v2.

What Muster tells beyond them is under `_muster`, which other clients pass over: `muster.remote` makes the
models of it again.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from muster.accounts.model import Environment, Project
from muster.core.clock import to_millis
from muster.core.paging import Page

Json = dict[str, Any]


def link(href: str, media_type: str = "application/json") -> Json:
    """Return a link; `href` is relative to the server's address."""
    return {"href": href, "type": media_type}


def path(*parts: str) -> str:
    """Return a path of the API, each part percent-encoded."""
    return "/api/v2/" + "/".join(quote(part, safe="") for part in parts)


def collection(
    items: Sequence[Json | str],
    page: Page[Any],
    href: str,
    query: Mapping[str, Sequence[str] | None] | None = None,
) -> Json:
    """Return a page of a list with its links.

    `first` and `prev` are absent on the first page, `next` and `last` on the last.

    Args:
        query: what else was asked, for the links: `filter`, `sort`; of one that was given several times
            all values.
    """
    kept = {name: value for name, value in (query or {}).items() if value}
    limit, offset = page.request.limit, page.request.offset

    def at(new_offset: int) -> Json:
        paging = {"limit": str(limit), **({"offset": str(new_offset)} if new_offset else {})}
        return link(f"{href}?{urlencode({**paging, **kept}, doseq=True)}")

    links = {"self": at(offset)}
    if offset > 0:
        links["first"] = at(0)
        links["prev"] = at(max(0, offset - limit))
    if offset + limit < page.total_count:
        links["next"] = at(offset + limit)
        links["last"] = at((page.total_count - 1) // limit * limit)
    return {"items": list(items), "_links": links, "totalCount": page.total_count}


def project(one: Project) -> Json:
    """Show a project."""
    own = path("projects", one.key)
    return {
        "_links": {
            "self": link(own),
            "environments": link(f"{own}/environments"),
            "flagDefaults": link(f"{own}/flag-defaults"),
        },
        "_id": one.id,
        "key": one.key,
        "name": one.name,
        "tags": list(one.tags),
        "includeInSnippetByDefault": one.include_in_snippet_by_default,
        "defaultClientSideAvailability": one.default_availability.to_json(),
        "_muster": {"creationDate": to_millis(one.created_at)},
    }


def environment(one: Environment, *, with_sdk_key: bool) -> Json:
    """Show an environment.

    Args:
        with_sdk_key: show its SDK key, which is secret; else only how that ends.
    """
    own = path("projects", one.project_key, "environments", one.key)
    return {
        "_links": {
            "self": link(own),
            "apiKey": link(f"{own}/apiKey"),
            "mobileKey": link(f"{own}/mobileKey"),
        },
        "_id": one.id,
        "key": one.key,
        "name": one.name,
        "apiKey": one.sdk_key.reveal() if with_sdk_key else one.sdk_key.masked,
        "mobileKey": one.mobile_key.reveal(),
        "color": one.color,
        "defaultTtl": one.default_ttl_minutes,
        "secureMode": one.secure_mode,
        "defaultTrackEvents": one.default_track_events,
        "requireComments": one.require_comments,
        "confirmChanges": one.confirm_changes,
        "tags": list(one.tags),
        "critical": one.critical,
        "_muster": {
            "creationDate": to_millis(one.created_at),
            "project": {
                "_id": one.project_id,
                "key": one.project_key,
                "tags": list(one.project_tags),
            },
        },
    }
