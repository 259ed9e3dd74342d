"""All rules, in the order in which they are applied and documented."""

import difflib
from collections.abc import Sequence
from functools import cache
from itertools import chain

from muster.core.errors import NotFoundError
from muster.manifests.rules.rule import Rule


@cache
def all_rules() -> Sequence[Rule]:
    """Return every rule; those about one thing stand together."""
    # Here, for they take a while to load, and most commands lint nothing.
    from muster.manifests.rules import (  # noqa: PLC0415
        assets,
        endpoints,
        feature_store,
        files,
        flag_link,
        folder_name,
        form_variables,
        general,
        icons,
        oauth,
        request_parser,
        request_parser_bodies,
        request_parser_elements,
        request_parser_matcher,
        request_parser_pointers,
        response_body,
        schema_keywords,
        synced_segment,
        template_files,
    )

    groups = (
        files,
        general,
        folder_name,
        schema_keywords,
        icons,
        assets,
        form_variables,
        oauth,
        template_files,
        endpoints,
        flag_link,
        feature_store,
        synced_segment,
        request_parser,
        request_parser_pointers,
        request_parser_elements,
        request_parser_matcher,
        request_parser_bodies,
        response_body,
    )
    return tuple(chain.from_iterable(group.RULES for group in groups))


def find_rule(rule_id: str) -> Rule:
    """Return the rule of an id.

    Raises:
        NotFoundError: there is none; the message names the nearest.
    """
    by_id = {rule.id: rule for rule in all_rules()}
    if rule_id in by_id:
        return by_id[rule_id]
    by_name = {known.partition("/")[2]: known for known in by_id}
    near = difflib.get_close_matches(rule_id, (*by_id, *by_name), n=1, cutoff=0.5)
    hint = f"Did you mean {by_name.get(near[0], near[0])}?" if near else "--list-rules lists them."
    raise NotFoundError(f"There is no rule {rule_id[:80]!r}. {hint}")
