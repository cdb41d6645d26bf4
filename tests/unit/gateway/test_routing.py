"""The order of routes: facts/api-gateway.md section 1, and the choice of a stage, section 2."""

from __future__ import annotations

import pytest

from hatoba.gateway.routing import Router, choose_stage

DOCUMENTED = ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


def router(*keys: str) -> Router[str]:
    return Router((key, key) for key in keys)


def chosen(method: str, path: str, *keys: str) -> str | None:
    match = router(*keys).match(method, path)
    return None if match is None else match.route


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
        ("POST", "/pets/dog/1", "ANY /{proxy+}"),
    ],
)
@pytest.mark.parametrize("keys", [DOCUMENTED, DOCUMENTED[::-1]])
def test_the_documented_example_whatever_the_order_of_creation(
    method: str, path: str, expected: str, keys: tuple[str, ...]
) -> None:
    assert chosen(method, path, *keys) == expected


@pytest.mark.parametrize(
    ("keys", "method", "path", "expected"),
    [
        (("GET /a", "ANY /a"), "GET", "/a", "GET /a"),
        (("GET /a", "ANY /a"), "POST", "/a", "ANY /a"),
        (("GET /a/{x}", "ANY /a/{x}"), "GET", "/a/1", "GET /a/{x}"),
        (("GET /{p+}", "ANY /{p+}"), "GET", "/a/1", "GET /{p+}"),
        (("GET /{p+}", "ANY /{p+}"), "PUT", "/a/1", "ANY /{p+}"),
        (("ANY /a/b", "GET /a/{x}"), "GET", "/a/b", "ANY /a/b"),
        (("POST /a/b", "GET /a/{x}"), "GET", "/a/b", "GET /a/{x}"),
        (("GET /a/{x}/c", "GET /a/b/{p+}"), "GET", "/a/b/c", "GET /a/{x}/c"),
        (("GET /a/mine/{x}", "GET /a/{id}/toys"), "GET", "/a/mine/toys", "GET /a/mine/{x}"),
        (("GET /a/{p+}", "GET /a/b/{p+}"), "GET", "/a/b/c/d", "GET /a/b/{p+}"),
        (("GET /a/{p+}", "POST /a/b/{p+}"), "GET", "/a/b/c/d", "GET /a/{p+}"),
        (("GET /a/b/c", "$default"), "GET", "/a/b", "$default"),
        (("$default",), "OPTIONS", "/anything/at/all", "$default"),
    ],
)
def test_the_more_specific_route_wins(keys: tuple[str, ...], method: str, path: str, expected: str) -> None:
    assert chosen(method, path, *keys) == expected


@pytest.mark.parametrize(
    ("key", "method", "path"),
    [
        ("GET /a", "HEAD", "/a"),
        ("GET /a", "POST", "/a"),
        ("GET /a", "GET", "/a/"),
        ("GET /a", "GET", "/A"),
        ("GET /a", "GET", "/a/b"),
        ("GET /a", "GET", "//a"),
        ("GET /a/{x}", "GET", "/a/"),
        ("GET /a/{x}", "GET", "/a/1/"),
        ("GET /a/{x}", "GET", "/a/1/2"),
        ("GET /a/{p+}", "GET", "/a"),
        ("GET /{p+}", "OPTIONS", "/a"),
    ],
)
def test_what_a_route_does_not_take(key: str, method: str, path: str) -> None:
    assert chosen(method, path, key) is None


@pytest.mark.parametrize("path", ["/", "/a", "/a/", "/a//b", "/../x", "/%2F"])
def test_a_greedy_variable_at_the_root_takes_every_path(path: str) -> None:
    match = router("ANY /{proxy+}").match("HEAD", path)
    assert match is not None
    assert match.variables == {"proxy": path[1:]}


def test_a_greedy_variable_may_be_empty_after_a_slash() -> None:
    match = router("GET /metrics/{proxy+}").match("GET", "/metrics/")
    assert match is not None
    assert match.variables == {"proxy": ""}


def test_variables_stay_encoded_and_an_encoded_slash_does_not_separate() -> None:
    match = router("GET /a/{x}/c/{p+}").match("GET", "/a/1%2F2/c/d%20e/f")
    assert match is not None
    assert match.variables == {"x": "1%2F2", "p": "d%20e/f"}


def test_an_encoded_literal_is_the_literal() -> None:
    assert chosen("GET", "/p%65ts/x", "GET /pets/x") == "GET /pets/x"


def test_many_routes_with_variables_cost_no_time_to_miss() -> None:
    keys = [
        f"GET {''.join('/{v}' if at >> bit & 1 else '/a' for bit in range(8))}/end{at}" for at in range(256)
    ]
    assert chosen("GET", "/a" * 8 + "/none", *keys) is None


@pytest.mark.parametrize(
    ("path", "names", "expected"),
    [
        ("/pets", {"$default"}, ("$default", "/pets")),
        ("/prod/pets", {"$default"}, ("$default", "/prod/pets")),
        ("/prod/pets", {"$default", "prod"}, ("prod", "/pets")),
        ("/prod", {"$default", "prod"}, ("prod", "/")),
        ("/prod/", {"prod"}, ("prod", "/")),
        ("/production", {"$default", "prod"}, ("$default", "/production")),
        ("/pets", {"prod"}, None),
        ("/", {"prod"}, None),
        ("/$default/pets", {"prod"}, None),
        ("/$default/pets", {"$default", "prod"}, ("$default", "/$default/pets")),
        ("/%70rod/pets", {"prod"}, ("prod", "/pets")),
        ("/pets", set(), None),
    ],
)
def test_the_first_segment_chooses_the_stage(
    path: str, names: set[str], expected: tuple[str, str] | None
) -> None:
    assert choose_stage(path, frozenset(names)) == expected
