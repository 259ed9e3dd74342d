"""Policies, actions and resources for Hypothesis: few names, so that they often meet."""

from hypothesis import strategies as st

from muster.access.policy import Effect, Policy, Statement
from muster.access.resources import (
    ACCOUNT,
    Resource,
    environment_resource,
    personal_token_resource,
    project_resource,
    segment_resource,
    service_token_resource,
)

_KEYS = st.sampled_from(["a", "ab", "b", "prod"])
_NAMES = st.sampled_from(["*", "a", "a*", "*b", "prod"])
_TAGS = st.frozensets(st.sampled_from(["qa", "qa_eu", "mobile"]), max_size=2)
_ACTION_NAMES = ("createSegment", "updateIncluded", "updateExcluded", "viewProject")
_SELECTORS = st.sampled_from(
    ["", "", ";qa", ";qa*,mobile", ";{critical:true}", ";{critical:false}"]
)

actions = st.sampled_from(_ACTION_NAMES)

resources: st.SearchStrategy[Resource] = st.one_of(
    st.just(ACCOUNT),
    st.builds(project_resource, _KEYS, _TAGS),
    st.builds(
        environment_resource, _KEYS, _KEYS, project_tags=_TAGS, tags=_TAGS, critical=st.booleans()
    ),
    st.builds(
        segment_resource, _KEYS, _KEYS, _KEYS, environment_tags=_TAGS, critical=st.booleans()
    ),
    st.builds(service_token_resource, _KEYS),
    st.builds(personal_token_resource, _KEYS, _KEYS),
)


def _part(type_: str) -> st.SearchStrategy[str]:
    return st.builds(lambda name, selector: f"{type_}/{name}{selector}", _NAMES, _SELECTORS)


specifiers: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(["*", "acct"]),
    _part("proj"),
    st.builds("{}:{}".format, _part("proj"), _part("env")),
    st.builds("{}:{}:{}".format, _part("proj"), _part("env"), _part("segment")),
    _part("service-token"),
    st.builds("{}:{}".format, _part("member"), _part("token")),
)

_action_lists = st.lists(
    st.sampled_from(["*", "update*", "*d", *_ACTION_NAMES]), min_size=1, max_size=2
).map(tuple)
_resource_lists = st.lists(specifiers, min_size=1, max_size=2).map(tuple)
_EFFECTS = st.sampled_from(Effect)


def statements(
    effects: st.SearchStrategy[Effect] = _EFFECTS,
) -> st.SearchStrategy[Statement]:
    """Return statements with these effects, and with every pair of lists."""
    what = st.one_of(
        st.fixed_dictionaries({"actions": _action_lists}),
        st.fixed_dictionaries({"not_actions": _action_lists}),
    )
    where = st.one_of(
        st.fixed_dictionaries({"resources": _resource_lists}),
        st.fixed_dictionaries({"not_resources": _resource_lists}),
    )
    return st.builds(lambda effect, a, b: Statement(effect, **a, **b), effects, what, where)


policies: st.SearchStrategy[Policy] = st.lists(statements(), max_size=4).map(
    lambda listed: Policy(tuple(listed))
)
