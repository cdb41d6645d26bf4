"""Custom domain names: which mapping a path goes to, and what is left of the path."""

from __future__ import annotations

import pytest

from hatoba.gateway.answers import Answer
from hatoba.gateway.context import Context, lookup
from hatoba.gateway.decide import decide
from hatoba.gateway.picture import compile_picture
from hatoba.gateway.request import Head, Request, RequestLine
from hatoba.gateway.served import Forward, Picture
from hatoba.gateway.snapshot import Api, ApiMapping, Domain, Integration, Route, Snapshot, Stage

INTEGRATION = Integration("i", url="http://b.example/")
ROUTES = (Route("r", "ANY /{proxy+}", INTEGRATION), Route("r", "ANY /", INTEGRATION))
APIS = tuple(
    Api(
        name,
        "0",
        "r",
        0,
        (),
        (Stage("$default", ROUTES), Stage("dev", ROUTES, by_domain_only=name == "hidden")),
    )
    for name in ("root", "orders", "items", "hidden")
)
DOMAIN = Domain(
    "Api.Example.com",
    (
        ApiMapping("", "root", "dev"),
        ApiMapping("orders", "orders", "$default"),
        ApiMapping("orders/v1/items", "items", "dev"),
        ApiMapping("hidden", "hidden", "dev"),
    ),
)


@pytest.fixture(scope="module")
def picture() -> Picture:
    return compile_picture(Snapshot(1, "127.0.0.1", 0, APIS, {}, (DOMAIN,)), Picture(), 0.0)


def asked(target: str, host: bytes = b"api.example.com:4580") -> Request:
    return Request(RequestLine("GET", target.encode()), Head.of([(b"host", host)], "1.1"))


@pytest.mark.parametrize(
    ("path", "api", "stage", "within", "base_path"),
    [
        ("/", "root", "dev", "/", None),
        ("/customers", "root", "dev", "/customers", None),
        ("/dev/x", "root", "dev", "/dev/x", None),
        ("/ordersx", "root", "dev", "/ordersx", None),
        ("/orders", "orders", "$default", "/", "orders"),
        ("/orders/", "orders", "$default", "/", "orders"),
        ("/orders/v1/item", "orders", "$default", "/v1/item", "orders"),
        ("/orders/v1/items", "items", "dev", "/", "orders/v1/items"),
        ("/orders/v1/items/5", "items", "dev", "/5", "orders/v1/items"),
        ("/hidden/5", "hidden", "dev", "/5", "hidden"),
    ],
)
def test_the_longest_mapping_takes_the_path(  # noqa: PLR0917 - a row of the table
    picture: Picture, path: str, api: str, stage: str, within: str, base_path: str | None
) -> None:
    request = asked(path)
    served = picture.named(request)
    assert served is not None
    context = Context(request, "id", "127.0.0.1", 0.0)

    outcome = decide(served, context, 0.0, 0.0)

    assert isinstance(outcome, Forward)
    assert (served.api_id, context.stage, outcome.path) == (api, stage, within)
    matched = lookup("customDomain.basePathMatched")
    assert matched is not None
    assert matched(context) == base_path


def test_a_path_without_a_mapping_and_a_name_without_a_domain_lead_nowhere() -> None:
    only = Domain(
        "api.example.com", (ApiMapping("orders", "orders", "dev"), ApiMapping("x", "orders", "gone"))
    )
    picture = compile_picture(Snapshot(1, "127.0.0.1", 0, APIS, {}, (only,)), Picture(), 0.0)

    assert picture.named(asked("/customers")) is None
    assert picture.named(asked("/x")) is None
    assert picture.named(asked("/orders", b"other.example.com")) is None


def test_a_stage_for_the_domain_only_is_not_served_by_the_apis_own_endpoint() -> None:
    api = Api("hidden", "0", "r", 8081, (), (Stage("$default", ROUTES, by_domain_only=True),))
    picture = compile_picture(Snapshot(1, "127.0.0.1", 0, (api,)), Picture(), 0.0)
    request = asked("/x", b"127.0.0.1:8081")

    outcome = decide(picture.by_port[8081], Context(request, "id", "127.0.0.1", 0.0), 0.0, 0.0)

    assert isinstance(outcome, Answer)
    assert outcome.status == 404
