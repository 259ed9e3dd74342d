"""Templates for tests: any text, and texts that are nearly templates."""

from typing import Final

from hypothesis import strategies as st

CONTEXT: Final = {
    "name": "Robin & Co",
    "empty": "",
    "zero": 0,
    "yes": True,
    "no": False,
    "nothing": None,
    "tags": ["a", "b"],
    "none": [],
    "project": {"key": "web-shop", "environment": {"key": "staging"}},
    "formVariables": {"region": "eu"},
}
"""What templates of tests are rendered with."""

PIECES: Final = (
    "{{", "}}", "{{{", "}}}", "{{#", "{{/", "{{^", "{{else}}", "{{else if ", "{{!", "{{!--", "--}}",
    "{{~", "~}}", "{{&", "{{>", "{{{{", "name", "this", "..", "/", ".", "@", "@index", "if", "each",
    "with", "equal", "lookup", "tags", "project", "key", "missing", " ", "\n", '"', "'", "\\", "(", ")",
    "=", "|", "as |", "[", "]", "1", "-1.5", "true", "null", "undefined", "text", "\0", "\ufeff",
)  # fmt: skip
NAMES: Final = (
    "name", "empty", "zero", "yes", "nothing", "tags", "none", "project", "project.key", "missing", "this",
    "missing.key", "nothing.key", "../name", "@index", "@key", "@root.name", "tags.[0]", "tags.length",
)  # fmt: skip
ARGUMENTS: Final = (
    *NAMES,
    "'text'",
    '"text"',
    "12",
    "true",
    "null",
    "undefined",
    "(lookup tags 0)",
)


def nearly_templates() -> st.SearchStrategy[str]:
    """Return texts of the pieces that templates are made of, in any order."""
    return st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))).map("".join)


def templates() -> st.SearchStrategy[str]:
    """Return templates that keep to the grammar, though helpers may be called wrongly."""
    return st.recursive(
        st.one_of(
            st.sampled_from(["", " ", "text\n", '"', "{ ", " } "]),
            st.sampled_from(NAMES).map("{{{{{}}}}}".format),
            st.sampled_from(NAMES).map("{{{{{{{}}}}}}}".format),
            _calls().map("{{{{{}}}}}".format),
        ),
        _around,
        max_leaves=12,
    )


def _calls() -> st.SearchStrategy[str]:
    helpers = st.sampled_from(
        [
            "lookup",
            "pathEncode",
            "queryEncode",
            "basicAuthHeaderValue",
            "formatWithOffset",
            "log",
            "if",
        ]
    )
    arguments = st.lists(st.sampled_from(ARGUMENTS), max_size=3).map(" ".join)
    return st.tuples(helpers, arguments).map(" ".join)


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    heads = st.sampled_from(
        ["if", "unless", "each", "with", "equal 'text'", "project", "tags", "missing"]
    )
    blocks = st.tuples(heads, st.sampled_from(ARGUMENTS), inner, inner).map(_block)
    return st.one_of(blocks, st.lists(inner, max_size=4).map("".join))


def _block(parts: tuple[str, str, str, str]) -> str:
    head, argument, body, inverse = parts
    name = head.split(" ")[0]
    is_helper = name in {"if", "unless", "each", "with", "equal"}
    opened = f"{head} {argument}" if is_helper else name
    return f"{{{{#{opened}}}}}{body}{{{{else}}}}{inverse}{{{{/{name}}}}}"
