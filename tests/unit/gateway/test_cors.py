"""CORS: facts/api-gateway.md section 3."""

from __future__ import annotations

import pytest

from hatoba.gateway.cors import CorsRules
from hatoba.gateway.snapshot import Cors

FULL = Cors(
    allow_origins=("https://a.example", "https://b.example:8443"),
    allow_methods=("GET", "POST"),
    allow_headers=("authorization", "x-thing"),
    expose_headers=("x-total", "etag"),
    allow_credentials=True,
    max_age=80_000,
)


def preflight(cors: Cors, origin: str) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in CorsRules(cors).preflight(origin)}


def response(cors: Cors, origin: str) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in CorsRules(cors).response(origin)}


def test_a_preflight_gets_the_configured_lists_and_the_one_matching_origin() -> None:
    assert preflight(FULL, "https://b.example:8443") == {
        "access-control-allow-origin": "https://b.example:8443",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,x-thing",
        "access-control-max-age": "80000",
    }


def test_a_response_gets_origin_credentials_and_exposed_headers() -> None:
    assert response(FULL, "https://a.example") == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-total,etag",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "http://a.example",
        "https://a.example:8443",
        "https://a.example.evil.example",
        "https://evil-a.example",
        "null",
        "",
        "*",
        "https://a.example/",
        "https://a.example, https://b.example:8443",
    ],
)
def test_a_disallowed_origin_gets_nothing(origin: str) -> None:
    assert preflight(FULL, origin) == {}
    assert response(FULL, origin) == {}


@pytest.mark.parametrize(
    ("allowed", "origin", "answered"),
    [
        ("*", "https://any.example", "*"),
        ("*", "null", "*"),
        ("https://*", "https://any.example", "https://any.example"),
        ("https://*", "http://any.example", None),
        ("http://*", "http://any.example", "http://any.example"),
        ("http://*", "https://any.example", None),
        ("https://*.example", "https://a.example", None),
        ("HTTP://WWW.EXAMPLE.ORG", "http://www.example.org", "http://www.example.org"),
    ],
)
def test_wildcards(allowed: str, origin: str, answered: str | None) -> None:
    assert response(Cors(allow_origins=(allowed,)), origin).get("access-control-allow-origin") == answered


@pytest.mark.parametrize(("max_age", "answered"), [(None, None), (-1, "-1"), (0, "0"), (86_400, "86400")])
def test_the_age_is_told_as_configured(max_age: int | None, answered: str | None) -> None:
    cors = Cors(allow_origins=("*",), max_age=max_age)
    assert preflight(cors, "https://a.example").get("access-control-max-age") == answered


def test_what_is_not_configured_is_not_told() -> None:
    assert preflight(Cors(allow_origins=("*",)), "https://a.example") == {"access-control-allow-origin": "*"}


def test_stars_are_told_as_they_are() -> None:
    cors = Cors(allow_origins=("*",), allow_methods=("*",), allow_headers=("*",))
    assert preflight(cors, "x")["access-control-allow-methods"] == "*"
    assert preflight(cors, "x")["access-control-allow-headers"] == "*"
