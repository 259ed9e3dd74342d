"""Reading contexts, and what of them is private."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.contexts.reading import Context, read_contexts
from muster.core.errors import InvalidRequestError
from muster.core.pointers import MISSING, resolve


def test_a_single_context() -> None:
    body = {"kind": "org", "key": "acme", "name": "Acme", "plan": None, "tier": 3}
    assert read_contexts(body) == (Context("org", "acme", {"name": "Acme", "tier": 3}),)


def test_several_in_one() -> None:
    body = {
        "kind": "multi",
        "user": {"key": "ada", "anonymous": True},
        "org": {"key": "acme", "kind": "ignored"},
    }
    user, org = read_contexts(body)
    assert (user.kind, user.key, user.anonymous) == ("user", "ada", True)
    assert (org.kind, org.key, org.attributes) == ("org", "acme", {})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (None, None),
        ([], None),
        ("ada", None),
        ({}, "/kind"),
        ({"key": "ada"}, "/kind"),
        ({"kind": "kind", "key": "ada"}, "/kind"),
        ({"kind": "a b", "key": "ada"}, "/kind"),
        ({"kind": 1, "key": "ada"}, "/kind"),
        ({"kind": "user"}, "/key"),
        ({"kind": "user", "key": ""}, "/key"),
        ({"kind": "user", "key": 1}, "/key"),
        ({"kind": "user", "key": "ada", "name": 1}, "/name"),
        ({"kind": "user", "key": "ada", "anonymous": "true"}, "/anonymous"),
        ({"kind": "user", "key": "ada", "_meta": []}, "/_meta"),
        (
            {"kind": "user", "key": "ada", "_meta": {"privateAttributes": "x"}},
            "/_meta/privateAttributes",
        ),
        (
            {"kind": "user", "key": "ada", "_meta": {"privateAttributes": ["x", "/~"]}},
            "/_meta/privateAttributes/1",
        ),
        ({"kind": "multi"}, None),
        ({"kind": "multi", "user": "ada"}, "/user"),
        ({"kind": "multi", "user": {}}, "/user/key"),
        ({"kind": "multi", "a/b": {"key": "x"}}, "/a~1b"),
        ({"kind": "multi", "multi": {"key": "x"}}, "/multi"),
    ],
)
def test_what_is_no_context(body: Any, pointer: str | None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_contexts(body)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("private", "left"),
    [
        ([], {"email": "e", "address": {"city": "c", "zip": "z"}, "a/b": 1, "tags": [1]}),
        (["email", "none"], {"address": {"city": "c", "zip": "z"}, "a/b": 1, "tags": [1]}),
        (["/email", "/a~1b"], {"address": {"city": "c", "zip": "z"}, "tags": [1]}),
        (["/address/city", "a/b"], {"email": "e", "address": {"zip": "z"}, "tags": [1]}),
        (["/tags/0", "address", "email", "a/b"], {"tags": [1]}),
        (
            ["", "/", "/email/x", "/address/city/x"],
            {"email": "e", "address": {"city": "c", "zip": "z"}, "a/b": 1, "tags": [1]},
        ),
    ],
)
@pytest.mark.parametrize("name", ["privateAttributes", "redactedAttributes"])
def test_what_is_private_is_left_out(name: str, private: list[str], left: dict[str, Any]) -> None:
    (context,) = read_contexts(
        {
            "kind": "user",
            "key": "ada",
            "email": "e",
            "address": {"city": "c", "zip": "z"},
            "a/b": 1,
            "tags": [1],
            "_meta": {name: private},
        }
    )
    assert context.public_attributes() == left
    assert context.attributes["email"] == "e"


def test_however_deep_it_is() -> None:
    body: Any = "secret"
    for _ in range(1000):
        body = {"a": body}
    private = {"privateAttributes": ["/a" * 1000]}
    (context,) = read_contexts({"kind": "user", "key": "x", "a": body["a"], "_meta": private})
    assert resolve(context.public_attributes(), ("a",) * 999) == {}


names = st.sampled_from(["a", "b", "c"])
objects = st.recursive(
    st.integers(), lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6
)


@given(
    st.dictionaries(names, objects), st.lists(st.lists(names, min_size=1, max_size=3), max_size=3)
)
def test_no_private_value_is_reached(attributes: dict[str, Any], private: list[list[str]]) -> None:
    references = ["/" + "/".join(tokens) for tokens in private]
    body = {"kind": "user", "key": "x", **attributes, "_meta": {"privateAttributes": references}}
    (context,) = read_contexts(body)
    public = context.public_attributes()
    assert all(resolve(public, tuple(tokens)) is MISSING for tokens in private)
    assert context.attributes == attributes, "what is left out is left out of a copy"
