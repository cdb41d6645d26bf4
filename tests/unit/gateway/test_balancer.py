"""Which rule of a load balancer's listener a request meets, and what comes of it."""

import re
import time

import pytest

from hatoba.gateway.balancer import Asked, Balancer, Said, page, wildcards
from hatoba.gateway.headers import Field
from hatoba.gateway.picture import compile_picture
from hatoba.gateway.served import Address, Picture, Rotation
from hatoba.gateway.snapshot import (
    Api,
    Condition,
    Endpoint,
    FixedResponse,
    Integration,
    Listener,
    ListenerRule,
    Redirect,
    Route,
    Snapshot,
    Stage,
    Target,
    Tls,
    WeightedTargets,
)

HOST = (b"Host", b"api.example:4580")


def asked(
    path: str = "/", *fields: Field, method: str = "GET", query: str | None = None, host: Field = HOST
) -> Asked:
    return Asked(method, path, query, [host, *fields])


def fits(condition: Condition, request: Asked, source_ip: str = "10.0.1.4") -> bool:
    rules = (
        ListenerRule((condition,), fixed=FixedResponse(299, None, "")),
        ListenerRule(fixed=FixedResponse(404, None, "")),
    )
    said = Balancer(Listener("application", 80, rules, source_ip), lambda _: ()).route(request)
    assert isinstance(said, Said)
    return said.status == 299


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/img/*", "/img/a/b.png", True),
        ("/img/*", "/Img/a", False),
        ("/v?/orders", "/v1/orders", True),
        ("/v?/orders", "/v12/orders", False),
        ("/*/orders/*", "/a/b/orders/7", True),
        ("/*/orders/*", "/orders/7", False),
        ("*", "/", True),
        ("/exact", "/exact", True),
        ("/exact", "/exact/", False),
        (r"/star\*", "/star*", True),
        (r"/star\*", "/starry", False),
        ("/a.b", "/axb", False),
    ],
)
def test_a_path_pattern_knows_stars_and_question_marks(pattern: str, path: str, expected: bool) -> None:  # noqa: FBT001
    assert fits(Condition("path-pattern", (pattern,)), asked(path)) is expected


def test_wildcards_never_take_long() -> None:
    pattern = wildcards("*a" * 60 + "b")
    began_at = time.perf_counter()
    assert not pattern.fullmatch("a" * 10_000)
    assert time.perf_counter() - began_at < 1


def test_wildcards_agree_with_a_plain_matcher() -> None:
    for pattern in ("a*b*c", "*b?", "??", "", "*", "a**c"):
        for text in ("abc", "ac", "aXbYc", "ab", "bb", "", "abcbc"):
            plain = pattern.replace("?", ".").replace("*", ".*")
            assert bool(wildcards(pattern).fullmatch(text)) is bool(re.fullmatch(plain, text))


def test_a_host_header_is_compared_without_port_and_case() -> None:
    condition = Condition("host-header", ("*.example.com",))
    assert fits(condition, asked(host=(b"Host", b"Shop.Example.COM:443")))
    assert not fits(condition, asked(host=(b"Host", b"example.com")))


def test_a_method_is_compared_exactly() -> None:
    condition = Condition("http-request-method", ("POST", "PUT"))
    assert fits(condition, asked(method="PUT"))
    assert not fits(condition, asked(method="GET"))


def test_a_header_is_compared_without_case_in_any_of_its_lines() -> None:
    condition = Condition("http-header", ("*chrome*",), "User-Agent")
    assert fits(condition, asked("/", (b"user-agent", b"curl"), (b"User-Agent", b"Mozilla Chrome/1")))
    assert not fits(condition, asked("/", (b"User-Agent", b"curl")))
    assert not fits(condition, asked())


@pytest.mark.parametrize(
    ("query", "expected"),
    [("version=V1", True), ("x=1&version=v1", True), ("version=v2", False), ("anything=example9", True)],
)
def test_a_query_string_is_compared_by_pair(query: str, expected: bool) -> None:  # noqa: FBT001
    condition = Condition("query-string", pairs=(("version", "v1"), (None, "*example*")))
    assert fits(condition, asked(query=query)) is expected
    assert not fits(condition, asked())


def test_a_source_ip_is_the_vpc_links() -> None:
    assert fits(Condition("source-ip", ("10.0.0.0/16",)), asked())
    assert not fits(Condition("source-ip", ("192.0.2.0/24",)), asked())


def test_all_conditions_of_a_rule_must_fit_and_the_first_rule_wins() -> None:
    rules = (
        ListenerRule(
            (Condition("path-pattern", ("/a*",)), Condition("http-request-method", ("POST",))),
            fixed=FixedResponse(201, "text/plain", "both"),
        ),
        ListenerRule((Condition("path-pattern", ("/a*",)),), fixed=FixedResponse(202, "text/plain", "path")),
        ListenerRule(fixed=FixedResponse(404, "application/json", "{}")),
    )
    balancer = Balancer(Listener("application", 80, rules), lambda _: ())
    statuses = [
        said.status
        for request in (asked("/a", method="POST"), asked("/a"), asked("/b"))
        if isinstance(said := balancer.route(request), Said)
    ]
    assert statuses == [201, 202, 404]


def test_a_redirect_takes_parts_of_the_request() -> None:
    redirect = Redirect(301, "HTTPS", "#{host}", "443", "/new/#{path}", "#{query}&from=old")
    balancer = Balancer(Listener("application", 80, (ListenerRule(redirect=redirect),)), lambda _: ())
    said = balancer.route(asked("/shop/1", query="q=2"))
    assert isinstance(said, Said)
    assert said.status == 301
    assert dict(said.fields)[b"Location"] == b"https://api.example:443/new/shop/1?q=2&from=old"


def test_a_redirect_without_a_query_leaves_the_mark_out() -> None:
    redirect = Redirect(302, "#{protocol}", "other.example", "#{port}", "/#{path}", "#{query}")
    balancer = Balancer(Listener("application", 8080, (ListenerRule(redirect=redirect),)), lambda _: ())
    said = balancer.route(asked("/a"))
    assert isinstance(said, Said)
    assert dict(said.fields)[b"Location"] == b"http://other.example:8080/a"


def weighted(*weights: int, kind: str = "application") -> Balancer:
    groups = [Rotation((Address("127.0.0.1", 9000 + number),)) for number, _ in enumerate(weights)]
    targets = tuple(WeightedTargets(weight, ()) for weight in weights)
    return Balancer(Listener(kind, 80, (ListenerRule(targets=targets),)), lambda _: groups)


def test_several_target_groups_share_by_weight() -> None:
    balancer = weighted(3, 1, 0)
    chosen = [balancer.route(asked()) for _ in range(400)]
    counts = [
        sum(isinstance(each, Rotation) and each.all[0].port == port for each in chosen)
        for port in (9000, 9001, 9002)
    ]
    assert counts[2] == 0
    assert sum(counts) == 400
    assert counts[0] > counts[1] > 0


def test_requests_are_counted_by_target_group_from_picture_to_picture() -> None:
    targets = (WeightedTargets(1, (Endpoint("a", "127.0.0.1", 1001),), "arn:group"),)
    rules = (
        ListenerRule((Condition("path-pattern", ("/closed",)),), fixed=FixedResponse(503, None, "")),
        ListenerRule(targets=targets),
    )
    first = served(Listener("application", 80, rules))
    second = served(Listener("application", 80, rules), before=first)
    for picture in (first, second):
        match = picture.by_host["h"].stages["$default"].router.match("GET", "/")
        assert match is not None
        assert match.route.integration is not None
        balancer = match.route.integration.balancer
        assert balancer is not None
        balancer.route(asked("/"))
        balancer.route(asked("/closed"))
    assert dict(second.counts) == {"arn:group": 2}


def test_without_a_target_an_application_load_balancer_answers_503_itself() -> None:
    rules = (ListenerRule(targets=(WeightedTargets(1, ()),)),)
    empty = Balancer(Listener("application", 80, rules), lambda _: [Rotation(())])
    assert empty.route(asked()) == page(503)
    assert b"503 Service Temporarily Unavailable" in page(503).body
    assert weighted(0, 0).route(asked()) == page(503)


def test_targets_that_an_application_load_balancer_is_kept_from_are_its_504_with_the_reason() -> None:
    rules = (ListenerRule(targets=(WeightedTargets(1, ()),)),)
    kept_out = Balancer(Listener("application", 80, rules), lambda _: [Rotation((), "no rule")])
    assert kept_out.route(asked()) == page(504)._replace(why="no rule")
    assert b"<h1>504 Gateway Time-out</h1>" in page(504).body


def test_without_a_target_a_network_load_balancer_answers_nothing() -> None:
    rules = (ListenerRule(targets=(WeightedTargets(1, ()),)),)
    chosen = Balancer(Listener("network", 80, rules), lambda _: [Rotation(())]).route(asked())
    assert isinstance(chosen, Rotation)
    assert chosen.all == ()


def test_an_application_load_balancer_tells_targets_who_asked() -> None:
    fields: list[Field] = [HOST, (b"X-Forwarded-For", b"203.0.113.7"), (b"X-Forwarded-Port", b"443")]
    Balancer(Listener("application", 81, (), "10.0.1.4"), lambda _: ()).mark(fields)
    assert fields == [
        HOST,
        (b"X-Forwarded-For", b"203.0.113.7, 10.0.1.4"),
        (b"X-Forwarded-Proto", b"http"),
        (b"X-Forwarded-Port", b"81"),
    ]


def test_targets_of_an_https_listener_are_told_so() -> None:
    fields: list[Field] = [HOST]
    Balancer(Listener("application", 443, (), protocol="HTTPS"), lambda _: ()).mark(fields)
    assert (b"X-Forwarded-Proto", b"https") in fields
    assert (b"X-Forwarded-Port", b"443") in fields


def test_a_network_load_balancer_passes_the_request_unchanged() -> None:
    fields: list[Field] = [HOST]
    weighted(1, kind="network").mark(fields)
    assert fields == [HOST]


def served(listener: Listener, tls: Tls | None = None, before: Picture | None = None) -> Picture:
    integration = Integration("i", target="t", tls=tls)
    api = Api("a", "0" * 12, "r", 0, ("h",), (Stage("$default", (Route("r", "$default", integration),)),))
    targets = {"t": Target("arn:listener", (), listener)}
    return compile_picture(Snapshot(1, "127.0.0.1", 0, (api,), targets), before or Picture(), 0.0)


def test_a_pictures_addresses_are_those_of_all_target_groups() -> None:
    one, two = Endpoint("a", "127.0.0.1", 1001), Endpoint("b", "127.0.0.1", 1002)
    rules = (
        ListenerRule((Condition("path-pattern", ("/a",)),), (WeightedTargets(1, (one,)),)),
        ListenerRule(targets=(WeightedTargets(1, (two,)),)),
    )
    picture = served(Listener("application", 80, rules))
    assert picture.addresses == {Address("127.0.0.1", 1001), Address("127.0.0.1", 1002)}


def test_tls_ends_at_the_target_behind_a_network_load_balancer_only() -> None:
    rules = (ListenerRule(targets=(WeightedTargets(1, (Endpoint("a", "127.0.0.1", 1001),)),)),)
    assert served(Listener("network", 443, rules), Tls("shop.example")).addresses == {
        Address("127.0.0.1", 1001, "shop.example")
    }
    assert served(Listener("application", 80, rules), Tls("shop.example")).addresses == frozenset()
