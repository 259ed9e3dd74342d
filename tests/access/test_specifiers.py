"""Resource specifiers: the syntax, and which resources each names."""

import re

import pytest

from muster.access.resources import (
    ACCOUNT,
    Resource,
    environment_resource,
    every_environment,
    flag_resource,
    member_resource,
    personal_token_resource,
    project_resource,
    segment_resource,
    service_token_resource,
)
from muster.access.specifiers import parse_resource, parse_specifier
from muster.core.errors import InvalidRequestError

SHOP = project_resource("shop", frozenset({"mobile", "eu"}))
TEST = environment_resource("shop", "test", tags=frozenset({"qa_1"}))
LIVE = environment_resource(
    "shop", "live", project_tags=frozenset({"mobile"}), tags=frozenset({"eu"}), critical=True
)
VIP = segment_resource("shop", "test", "vip", tags=frozenset({"beta"}))
LIVE_VIP = segment_resource(
    "shop", "live", "vip", project_tags=frozenset({"mobile"}), critical=True
)
ALL = (
    SHOP,
    TEST,
    LIVE,
    VIP,
    LIVE_VIP,
    ACCOUNT,
    member_resource("m1"),
    personal_token_resource("m1", "t1"),
    service_token_resource("t1"),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("*", set(ALL)),
        ("acct", {ACCOUNT}),
        ("proj/*", {SHOP}),
        ("proj/shop", {SHOP}),
        ("proj/Shop", set()),
        ("proj/sh", set()),
        ("proj/*;mobile", {SHOP}),
        ("proj/*;mobile,e*", {SHOP}),
        ("proj/*;mobile,web", set()),
        ("proj/*:env/*", {TEST, LIVE}),
        ("proj/*:env/*;qa_*", {TEST}),
        ("proj/*:env/*;{critical:true}", {LIVE}),
        ("proj/*:env/*;{critical:false}", {TEST}),
        ("proj/*;mobile:env/*;eu,{critical:true}", {LIVE}),
        ("proj/*:env/*:segment/*", {VIP, LIVE_VIP}),
        ("proj/*:env/*;{critical:true}:segment/*", {LIVE_VIP}),
        ("proj/*;mobile:env/*:segment/v*", {LIVE_VIP}),
        ("proj/shop:env/test:segment/*;beta", {VIP}),
        ("proj/*:env/*:flag/*", set()),
        ("member/*", {member_resource("m1")}),
        ("member/*:token/*", {personal_token_resource("m1", "t1")}),
        ("service-token/*", {service_token_resource("t1")}),
        ("proj/*:ai-config/*", set()),
    ],
)
def test_a_specifier_names_these_of_all(text: str, names: set[Resource]) -> None:
    specifier = parse_specifier(text)
    assert {resource for resource in ALL if specifier.matches(resource)} == names
    assert str(specifier) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "can't be read from ''"),
        ("proj", "can't be read from 'proj'"),
        ("proj/", "can't be read from 'proj/'"),
        ("proj/a:", "can't be read from ''"),
        ("proj/a/b", "can't be read from '/b'"),
        ("proj/a b", "can't be read from ' b'"),
        ("proj/a\0b", r"can't be read from '\x00b'"),
        ("proj/a:env/\ud800", "can't be read from 'env/"),
        ("proj/*;", "can't be read from ';'"),
        ("proj/*;{critical:maybe}", "can't be read from ';{critical"),
        ("project/shop", "the type 'project' is written 'proj'"),
        ("proj/a:environment/b", "the type 'environment' is written 'env'"),
        ("env/test", "'env/...' must follow 'proj/...'"),
        ("proj/*:segment/*", "'segment/...' must follow 'env/...'"),
        ("proj/*:proj/*", "'proj/...' can only come first"),
        ("proj/${roleAttribute/projects}", "no role attributes"),
        ("proj/a;view:checkout", "no views"),
        ("proj/" + "a" * 1024, "at most 1024 characters"),
    ],
)
def test_a_text_that_is_no_specifier_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(InvalidRequestError, match=re.escape(says)):
        parse_specifier(text)


def test_a_key_with_a_separator_is_no_way_into_another_resource() -> None:
    disguised = project_resource("shop:env/test")
    assert not parse_specifier("proj/*").matches(disguised)
    assert not parse_specifier("proj/*:env/*").matches(disguised)


def test_a_resource_is_named_with_what_is_so_of_it() -> None:
    assert parse_resource("proj/shop;mobile,eu") == SHOP
    assert parse_resource("proj/shop;mobile:env/live;eu,{critical:true}") == LIVE
    assert parse_resource("proj/shop:env/test;qa_1,{critical:false}") == TEST
    assert parse_resource("acct") == ACCOUNT


def test_a_flag_in_all_environments_at_once_is_one_resource() -> None:
    everywhere = flag_resource(every_environment(SHOP), "checkout", frozenset({"beta"}))
    assert parse_resource(everywhere.with_selectors()) == everywhere
    for text in ("proj/*:env/*:flag/checkout", "proj/shop:env/*:flag/*", "proj/shop:env/l*:flag/x"):
        with pytest.raises(InvalidRequestError, match="names many resources"):
            parse_resource(text)


@pytest.mark.parametrize("text", ["*", "proj/*", "proj/shop;mob*", "proj/shop:env/*:segment/vip"])
def test_a_text_that_names_many_resources_is_none(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="names many resources"):
        parse_resource(text)
