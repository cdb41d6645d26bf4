"""The compiler: from what is kept to what is served, without any I/O."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hatoba.cloud.apigateway.compile import Picture, Surroundings, compile_snapshot, issuers_of
from hatoba.cloud.apigateway.model import (
    AccessLogSettings,
    Api,
    Authorizer,
    Configuration,
    Cors,
    Integration,
    Route,
    RouteSettings,
    Stage,
)
from hatoba.cloud.world import IssuerKeys
from hatoba.gateway import snapshot as served
from tests.support.calls import SCOPE
from tests.unit.apigateway.fakes import ISSUER, LISTENER_ARN, LOG_GROUP_ARN, SERVICE_ARN, instance

API = Api("a1b2c3d4e5", "api", 0.0, 4600)
STAGE = Stage("a1b2c3d4e5", "$default", 0.0, 0.0, auto_deploy=True)
PUBLIC = Integration(
    "a1b2c3d4e5", "pub1234", integration_uri="https://backend.test/{proxy}", integration_method="GET"
)
PRIVATE = Integration(
    "a1b2c3d4e5",
    "prv1234",
    integration_uri=SERVICE_ARN,
    integration_method="ANY",
    connection_type="VPC_LINK",
    connection_id="link01",
)
ROUTE = Route("a1b2c3d4e5", "rte1234", "GET /{proxy+}", target="integrations/pub1234")
AROUND = Surroundings(
    keys={ISSUER: IssuerKeys(({"kid": "k1"},))},
    instances={SERVICE_ARN: (instance("one"),)},
    links={(SCOPE, "link01"): "10.0.1.4"},
)


def compiled(
    configuration: Configuration, stage: Stage = STAGE, around: Surroundings = AROUND
) -> served.Snapshot:
    return compile_snapshot(7, "127.0.0.1", 4580, [Picture(SCOPE, API, ((stage, configuration),))], around)


def stage_of(configuration: Configuration, stage: Stage = STAGE) -> served.Stage:
    (found,) = compiled(configuration, stage).apis[0].stages
    return found


def route_of(configuration: Configuration, stage: Stage = STAGE) -> served.Route:
    (found,) = stage_of(configuration, stage).routes
    return found


def endpoints(around: Surroundings) -> tuple[served.Endpoint, ...]:
    (target,) = compiled(Configuration(integrations=(PRIVATE,)), around=around).targets.values()
    return target.endpoints


def test_a_snapshot_names_where_it_is_served() -> None:
    snapshot = compiled(Configuration())

    assert (snapshot.version, snapshot.host, snapshot.port) == (7, "127.0.0.1", 4580)
    (api,) = snapshot.apis
    assert (api.account, api.region, api.port) == ("000000000000", "ap-northeast-1", 4600)


def test_an_api_without_a_stage_is_served_without_one() -> None:
    snapshot = compile_snapshot(1, "127.0.0.1", 4580, [Picture(SCOPE, API, ())], AROUND)

    assert snapshot.apis[0].stages == ()


def test_a_public_integration_keeps_its_url_and_method() -> None:
    integration = route_of(Configuration((ROUTE,), (PUBLIC,))).integration

    assert integration is not None
    assert (integration.url, integration.method) == ("https://backend.test/{proxy}", "GET")
    assert integration.target is None


def test_stage_variables_in_a_url_are_resolved() -> None:
    public = replace(PUBLIC, integration_uri="https://${stageVariables.host}/${stageVariables.none}x")
    stage = replace(STAGE, stage_variables={"host": "a.test"})

    integration = route_of(Configuration((ROUTE,), (public,)), stage).integration

    assert integration is not None
    assert integration.url == "https://a.test/x"
    assert stage_of(Configuration(), stage).stage_variables == {"host": "a.test"}


def test_a_url_that_a_stage_variable_spoils_has_no_endpoint() -> None:
    public = replace(PUBLIC, integration_uri="https://${stageVariables.host}/x")
    snapshot = compiled(Configuration((ROUTE,), (public,)))

    integration = snapshot.apis[0].stages[0].routes[0].integration
    assert integration is not None
    assert integration.url is None
    assert snapshot.targets[integration.target or ""] == served.Target("https://${stageVariables.host}/x", ())


def test_a_private_integration_names_a_target_with_its_endpoints() -> None:
    snapshot = compiled(
        Configuration((replace(ROUTE, target="integrations/prv1234"),), (PRIVATE,)),
        around=replace(AROUND, instances={SERVICE_ARN: (instance("one"), instance("two", health="UNKNOWN"))}),
    )

    integration = snapshot.apis[0].stages[0].routes[0].integration
    assert integration is not None
    assert integration.url is None
    assert integration.tls is None
    target = snapshot.targets[integration.target or ""]
    assert target.arn == SERVICE_ARN
    assert [endpoint.instance_id for endpoint in target.endpoints] == ["one", "two"]


def test_unhealthy_instances_get_no_requests() -> None:
    found = (instance("one", health="UNHEALTHY"),)

    assert endpoints(replace(AROUND, instances={SERVICE_ARN: found})) == ()


@pytest.mark.parametrize(
    "attributes",
    [
        {"AWS_INSTANCE_IPV4": "127.0.0.1"},
        {"AWS_INSTANCE_PORT": "80"},
        {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": "http"},
        {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": "0"},
        {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": "65536"},
        {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": "٨٠"},
        {"AWS_INSTANCE_CNAME": "app.test"},
    ],
)
def test_an_instance_without_address_or_port_gets_no_requests(attributes: dict[str, str]) -> None:
    found = (instance("one", **attributes), instance("two"))

    assert [
        endpoint.instance_id for endpoint in endpoints(replace(AROUND, instances={SERVICE_ARN: found}))
    ] == ["two"]


def test_an_instance_may_have_an_ipv6_address() -> None:
    found = (instance("one", AWS_INSTANCE_IPV6="::1", AWS_INSTANCE_PORT="80"),)

    assert endpoints(replace(AROUND, instances={SERVICE_ARN: found})) == (served.Endpoint("one", "::1", 80),)


def test_nothing_passes_a_link_that_is_not_available() -> None:
    assert endpoints(replace(AROUND, links={})) == ()


def test_a_private_integration_to_a_listener_gets_its_rules_and_the_links_address() -> None:
    listener = served.Listener("application", 80, (served.ListenerRule(),))
    private = replace(PRIVATE, integration_uri=LISTENER_ARN)
    around = replace(AROUND, listeners={LISTENER_ARN: listener})

    (target,) = compiled(Configuration(integrations=(private,)), around=around).targets.values()

    assert target == served.Target(LISTENER_ARN, (), replace(listener, source_ip="10.0.1.4"))


def test_a_link_that_may_not_reach_a_listener_or_an_instance_has_the_reason_instead() -> None:
    listener = served.Listener("application", 80, (served.ListenerRule(),))
    around = replace(
        AROUND,
        listeners={LISTENER_ARN: listener},
        refusal=lambda _scope, _link, there: f"not to {there.instance_id}",
        listener_refusal=lambda _scope, _link, arn: f"not to {arn}",
    )
    to_listener = replace(PRIVATE, integration_uri=LISTENER_ARN)
    for private, arn, why in (
        (to_listener, LISTENER_ARN, f"not to {LISTENER_ARN}"),
        (PRIVATE, SERVICE_ARN, "not to one"),
    ):
        (target,) = compiled(Configuration(integrations=(private,)), around=around).targets.values()
        assert target == served.Target(arn, (), refusal=why)


def test_a_listener_that_is_gone_or_behind_an_unusable_link_leaves_nowhere_to_go() -> None:
    private = replace(PRIVATE, integration_uri=LISTENER_ARN)
    listener = served.Listener("application", 80, (served.ListenerRule(),))
    for around in (AROUND, replace(AROUND, listeners={LISTENER_ARN: listener}, links={})):
        (target,) = compiled(Configuration(integrations=(private,)), around=around).targets.values()
        assert target == served.Target(LISTENER_ARN, ())


HTTPS = served.Listener(
    "application", 443, (served.ListenerRule(),), protocol="HTTPS", certificate_names=("a.test", "*.b.test")
)


def reached(listener: served.Listener, name: str | None, *, tls: bool = True) -> served.Target:
    private = replace(PRIVATE, integration_uri=LISTENER_ARN, tls=tls, server_name_to_verify=name)
    around = replace(AROUND, listeners={LISTENER_ARN: listener})
    (target,) = compiled(Configuration(integrations=(private,)), around=around).targets.values()
    return target


@pytest.mark.parametrize("name", ["a.test", "A.test", "x.b.test", None])
def test_a_secure_listener_is_reached_by_a_name_of_its_certificate(name: str | None) -> None:
    assert reached(HTTPS, name).listener == replace(HTTPS, source_ip="10.0.1.4")


@pytest.mark.parametrize("name", ["b.test", "x.y.b.test", ".b.test", "a.test.evil", "xa.test"])
def test_a_secure_listener_is_not_reached_by_another_name_and_the_log_says_why(name: str) -> None:
    target = reached(HTTPS, name)
    assert target.listener is None
    assert target.arn == (
        f"{LISTENER_ARN} (TLS: the listener's certificate is for a.test, *.b.test, not for {name})"
    )


def test_plain_http_to_an_https_listener_gets_its_page() -> None:
    listener = reached(HTTPS, None, tls=False).listener
    assert listener is not None
    (rule,) = listener.rules
    assert rule.fixed is not None
    assert rule.fixed.status == 400
    assert "The plain HTTP request was sent to HTTPS port" in rule.fixed.body


def test_plain_http_to_a_tls_listener_reaches_nobody() -> None:
    listener = reached(replace(HTTPS, kind="network", protocol="TLS"), None, tls=False).listener
    assert listener is not None
    assert [each.endpoints for each in listener.rules[0].targets] == [()]


def test_tls_ends_at_a_secure_listener_and_passes_a_tcp_one() -> None:
    private = replace(PRIVATE, integration_uri=LISTENER_ARN, tls=True, server_name_to_verify="a.test")
    configuration = Configuration((replace(ROUTE, target="integrations/prv1234"),), (private,))
    for listener, tls in (
        (HTTPS, None),
        (replace(HTTPS, kind="network", protocol="TLS"), None),
        (replace(HTTPS, kind="network", protocol="TCP", certificate_names=()), served.Tls("a.test")),
    ):
        around = replace(AROUND, listeners={LISTENER_ARN: listener})
        api = compiled(configuration, around=around).apis[0]
        integration = api.stages[0].routes[0].integration
        assert integration is not None
        assert integration.tls == tls


def test_tls_to_a_listener_that_speaks_http_fails_and_the_log_says_why() -> None:
    target = reached(replace(HTTPS, protocol="HTTP"), "a.test")
    assert (target.listener, target.arn) == (None, f"{LISTENER_ARN} (TLS: the listener speaks HTTP)")


def test_tls_to_the_back_end_is_passed_on() -> None:
    private = replace(PRIVATE, tls=True, server_name_to_verify="app.test")

    integration = route_of(
        Configuration((replace(ROUTE, target="integrations/prv1234"),), (private,))
    ).integration

    assert integration is not None
    assert integration.tls == served.Tls("app.test")


def test_a_route_without_an_integration_is_served_without_one() -> None:
    assert route_of(Configuration((replace(ROUTE, target=None),))).integration is None


def test_an_authorizer_has_its_issuers_keys() -> None:
    authorizer = Authorizer(
        "a1b2c3d4e5", "aut123", "jwt", ("$request.header.Authorization",), ISSUER, ("client",)
    )
    route = replace(ROUTE, authorization_type="JWT", authorizer_id="aut123", authorization_scopes=("a/read",))
    configuration = Configuration((route,), (PUBLIC,), (authorizer,))

    compiled_route = route_of(configuration)

    assert compiled_route.scopes == ("a/read",)
    assert compiled_route.authorizer == served.JwtAuthorizer(
        authorizer_id="aut123",
        name="jwt",
        identity_source="$request.header.Authorization",
        issuer=ISSUER,
        audience=("client",),
        keys=({"kid": "k1"},),
    )
    assert issuers_of([Picture(SCOPE, API, ((STAGE, configuration),))]) == {ISSUER}


def test_an_issuer_without_keys_says_why() -> None:
    authorizer = Authorizer("a1b2c3d4e5", "aut123", "jwt", ("$request.header.a",), "https://issuer.test")
    route = replace(ROUTE, authorization_type="JWT", authorizer_id="aut123")

    found = route_of(Configuration((route,), (), (authorizer,))).authorizer

    assert found is not None
    assert (found.keys, found.keys_error) == ((), "OIDC discovery endpoint communication error")


def test_scopes_of_a_route_that_needs_no_token_say_nothing() -> None:
    route = replace(ROUTE, authorization_scopes=("a/read",))

    assert route_of(Configuration((route,))).scopes == ()


@pytest.mark.parametrize(
    ("default", "own", "expected"),
    [
        (RouteSettings(), None, None),
        (RouteSettings(None, 5, 2.5), None, served.Throttle(2.5, 5)),
        (RouteSettings(None, 5, 2.5), RouteSettings(None, 1, 1.0), served.Throttle(1.0, 1)),
        (RouteSettings(None, 5, 2.5), RouteSettings(None, 1, None), served.Throttle(2.5, 1)),
        (RouteSettings(None, 0, 0.0), None, served.Throttle(0.0, 0)),
        (RouteSettings(), RouteSettings(None, None, 3.0), served.Throttle(3.0, 5_000)),
        (RouteSettings(), RouteSettings(None, 7, None), served.Throttle(10_000.0, 7)),
    ],
)
def test_a_route_is_throttled_by_its_own_settings_then_by_its_stages(
    default: RouteSettings, own: RouteSettings | None, expected: served.Throttle | None
) -> None:
    stage = replace(
        STAGE, default_route_settings=default, route_settings={"GET /{proxy+}": own} if own else {}
    )

    assert route_of(Configuration((ROUTE,)), stage).throttle == expected


def test_cors_is_passed_on_with_empty_lists_for_what_is_not_set() -> None:
    assert stage_of(Configuration(cors=Cors(allow_origins=("*",), max_age=-1))).cors == served.Cors(
        allow_origins=("*",), max_age=-1
    )
    assert stage_of(Configuration()).cors is None


@pytest.mark.parametrize("arn", [LOG_GROUP_ARN, f"{LOG_GROUP_ARN}:*"])
def test_the_access_log_goes_to_the_group_without_its_star(arn: str) -> None:
    stage = replace(STAGE, access_log=AccessLogSettings(arn, "$context.requestId"))

    assert stage_of(Configuration(), stage).access_log == served.AccessLog(
        LOG_GROUP_ARN, "$context.requestId"
    )


def test_a_disabled_endpoint_serves_no_stage() -> None:
    assert compiled(Configuration(disable_execute_api_endpoint=True)).apis[0].stages == ()
