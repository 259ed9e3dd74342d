"""Heads that were read before: only the same bytes, around a body of the same length, are known."""

import pytest

from muster.api.known_heads import KnownHead, KnownHeads

HEAD = b"POST /api/v2/segment-targets/hightouch HTTP/1.1\r\nContent-Length: 4\r\n\r\n"
SAYS = KnownHead("hightouch", "/api/v2/segment-targets/{key}", [(b"content-length", b"4")])


@pytest.fixture
def heads() -> KnownHeads:
    known = KnownHeads()
    known.learn(HEAD + b"{  }", b"{  }", SAYS)
    return known


def test_the_same_head_is_known_with_another_body(heads: KnownHeads) -> None:
    assert heads.find(HEAD + b"[\r\n]") == (SAYS, b"[\r\n]")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEAD + b"{}", id="a body that has not come whole"),
        pytest.param(HEAD, id="no body yet"),
        pytest.param(HEAD[:-1], id="a head that has not come whole"),
        pytest.param(HEAD + b"{  }" + HEAD + b"{  }", id="another request behind"),
        pytest.param(HEAD.replace(b"hightouch", b"amplitude") + b"{  }", id="another path"),
        pytest.param(HEAD.replace(b"Length", b"length") + b"{  }", id="other letters"),
        pytest.param(b"\r\n" + HEAD + b"{  }", id="an empty line before"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_nothing_else_is_known(heads: KnownHeads, data: bytes) -> None:
    assert heads.find(data) is None


@pytest.mark.parametrize(
    ("data", "body"),
    [
        pytest.param(HEAD + b"{  }" + HEAD + b"{  }", b"{  }", id="two requests at once"),
        pytest.param(b"POST / HTTP/1.1\n\n{\r\n\r\n}", b"{\r\n\r\n}", id="bare line feeds"),
        pytest.param(b"X" * 3000 + b"\r\n\r\n{  }", b"{  }", id="a long head"),
    ],
)
def test_a_head_that_is_not_plainly_all_before_the_body_is_not_learned(
    data: bytes, body: bytes
) -> None:
    heads = KnownHeads()
    heads.learn(data, body, SAYS)
    assert heads.find(data) is None


def test_memory_is_bounded(heads: KnownHeads) -> None:
    for number in range(5_000):
        heads.learn(b"GET /%d\r\n\r\n" % number, b"", SAYS)
    known = [n for n in range(5_000) if heads.find(b"GET /%d\r\n\r\n" % n)]
    assert 0 < len(known) <= 1024
    assert known[-1] == 4_999
