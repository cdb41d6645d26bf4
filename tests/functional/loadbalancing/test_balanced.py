"""HTTP APIs in front of load balancers: boto3 makes them, a plain HTTP client asks, real servers answer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from botocore.exceptions import ClientError

from tests.functional.loadbalancing.backends import Backend, backend
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

WITHIN_S = 30.0


class _Stay(HTTPRedirectHandler):
    """Redirects are looked at, not followed."""

    def redirect_request(self, *_: object) -> None: ...


_OPENER = build_opener(_Stay)


class Site:
    """A VPC link, and an HTTP API for each listener that is put behind it."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.elb, self.gateway = cloud.client("elbv2"), cloud.client("apigatewayv2")
        subnets = cloud.client("ec2").describe_subnets()["Subnets"]
        self.vpc = subnets[0]["VpcId"]
        self.subnets = [each["SubnetId"] for each in subnets[:2]]
        self.link = self.gateway.create_vpc_link(Name="link", SubnetIds=self.subnets)["VpcLinkId"]
        self.count = 0

    def balancer(self, kind: str = "application") -> str:
        self.count += 1
        made = self.elb.create_load_balancer(
            Name=f"lb-{self.count}", Subnets=self.subnets, Type=kind, Scheme="internal"
        )
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def group(self, *backends: Backend, protocol: str = "HTTP", **params: Any) -> str:
        self.count += 1
        check = {"HealthCheckPath": "/health"} if protocol == "HTTP" else {}
        made = self.elb.create_target_group(
            Name=f"tg-{self.count}",
            Protocol=protocol,
            Port=80,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            **check,
            **params,
        )
        arn = str(made["TargetGroups"][0]["TargetGroupArn"])
        if backends:
            self.elb.register_targets(TargetGroupArn=arn, Targets=[target(each) for each in backends])
        return arn

    def listener(self, balancer: str, *actions: dict[str, Any], protocol: str = "HTTP", **params: Any) -> str:
        made = self.elb.create_listener(
            LoadBalancerArn=balancer, Protocol=protocol, Port=80, DefaultActions=list(actions), **params
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def api(self, listener: str, **params: Any) -> str:
        """Return the URL of an API all of whose requests go to the listener."""
        api = self.gateway.create_api(Name="api", ProtocolType="HTTP")
        integration = self.gateway.create_integration(
            ApiId=api["ApiId"],
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            ConnectionType="VPC_LINK",
            ConnectionId=self.link,
            IntegrationUri=listener,
            PayloadFormatVersion="1.0",
            **params,
        )
        target = f"integrations/{integration['IntegrationId']}"
        self.gateway.create_route(ApiId=api["ApiId"], RouteKey="$default", Target=target)
        self.gateway.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
        url = str(api["ApiEndpoint"])
        wait_until(lambda: listens(url), within_s=WITHIN_S)
        return url

    def states(self, group: str) -> dict[int, tuple[str, str | None]]:
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {
            each["Target"]["Port"]: (each["TargetHealth"]["State"], each["TargetHealth"].get("Reason"))
            for each in found
        }

    def wait_for(self, group: str, member: Backend, state: str) -> None:
        wait_until(lambda: self.states(group).get(member.port, ("gone",))[0] == state, within_s=WITHIN_S)


def target(member: Backend) -> dict[str, Any]:
    return {"Id": "127.0.0.1", "Port": member.port}


def forward(group: str) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": group}


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return ask(url)[0] != 404


def ask(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    try:
        with _OPENER.open(Request(url, headers=headers), timeout=60) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def names(url: str, count: int) -> set[str]:
    answers = [ask(url) for _ in range(count)]
    return {json.loads(body)["name"] for status, body, _ in answers if status == 200}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    folder: Path = tmp_path_factory.mktemp("balanced")
    with running_cloud(folder) as running:
        yield running


@pytest.fixture(scope="module")
def site(cloud: RunningCloud) -> Site:
    return Site(cloud)


@pytest.fixture(scope="module", autouse=True)
def refusing(site: Site) -> Iterator[tuple[str, Backend]]:
    """A target group of TCP behind a listener, with one target that refuses connections from the start."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening
        dead = Backend("dead", closed.getsockname()[1])
        group = site.group(dead, protocol="TCP")
        site.listener(site.balancer("network"), forward(group), protocol="TCP")
        yield group, dead


@pytest.fixture
def two() -> Iterator[tuple[Backend, Backend]]:
    with ExitStack() as stack:
        yield stack.enter_context(backend("one")), stack.enter_context(backend("two"))


def test_requests_reach_the_healthy_targets_of_an_application_load_balancer(
    site: Site, two: tuple[Backend, Backend]
) -> None:
    one, other = two
    group = site.group(one, other)
    url = site.api(site.listener(site.balancer(), forward(group)))
    for each in two:
        site.wait_for(group, each, "healthy")
    wait_until(lambda: names(url, 4) == {"one", "two"}, within_s=WITHIN_S)

    status, body, _ = ask(f"{url}/shop/1?q=2", **{"X-Forwarded-For": "203.0.113.7"})
    told = json.loads(body)
    assert (status, told["path"]) == (200, "/shop/1?q=2")
    assert told["headers"]["x-forwarded-for"].startswith("203.0.113.7, 172.31.")
    assert told["headers"]["x-forwarded-port"] == "80"
    assert told["headers"]["via"].endswith("AmazonAPIGateway")
    assert set(one.checks) == {"ELB-HealthChecker/2.0"}

    other.status = 503
    site.wait_for(group, other, "unhealthy")
    assert site.states(group)[other.port] == ("unhealthy", "Target.ResponseCodeMismatch")
    wait_until(lambda: names(url, 6) == {"one"}, within_s=WITHIN_S)

    site.elb.deregister_targets(TargetGroupArn=group, Targets=[target(one)])
    assert site.states(group)[one.port] == ("draining", "Target.DeregistrationInProgress")
    wait_until(
        lambda: names(url, 2) == {"two"}, within_s=WITHIN_S
    )  # fail-open: all that are left are unhealthy
    wait_until(lambda: one.port not in site.states(group), within_s=WITHIN_S)


def test_a_change_of_targets_reaches_traffic_in_a_tenth_of_a_second(
    site: Site, two: tuple[Backend, Backend]
) -> None:
    one, other = two
    group = site.group(one, other)
    url = site.api(site.listener(site.balancer(), forward(group)))
    for each in two:
        site.wait_for(group, each, "healthy")
    took: list[float] = []
    for each in (one, other, one, other, one):
        site.elb.deregister_targets(TargetGroupArn=group, Targets=[target(each)])
        began_at = time.perf_counter()
        wait_until(lambda: len(names(url, 2)) == 1, within_s=WITHIN_S)
        took.append(time.perf_counter() - began_at)
        site.elb.register_targets(TargetGroupArn=group, Targets=[target(each)])
        site.wait_for(group, each, "healthy")
        wait_until(lambda: len(names(url, 2)) == 2, within_s=WITHIN_S)
    assert min(took) < 0.1


def test_rules_choose_by_path_host_header_and_query(site: Site, two: tuple[Backend, Backend]) -> None:
    one, other = two
    first, second = site.group(one), site.group(other)
    listener = site.listener(site.balancer(), forward(first))
    url = site.api(listener)
    conditions: list[list[dict[str, Any]]] = [
        [{"Field": "path-pattern", "Values": ["/second/*"]}],
        [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Group", "Values": ["sec*"]}}],
        [{"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "group", "Value": "2"}]}}],
        [{"Field": "host-header", "Values": ["second.example"]}],
    ]
    for priority, each in enumerate(conditions, 10):
        site.elb.create_rule(
            ListenerArn=listener, Priority=priority, Conditions=each, Actions=[forward(second)]
        )
    maintenance = {
        "Type": "fixed-response",
        "FixedResponseConfig": {
            "StatusCode": "503",
            "ContentType": "application/json",
            "MessageBody": '{"why":"maintenance"}',
        },
    }
    moved = {
        "Type": "redirect",
        "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "new.example", "Path": "/#{path}"},
    }
    for priority, path, action in ((1, "/closed", maintenance), (2, "/old/*", moved)):
        site.elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[action],
        )
    site.wait_for(first, one, "healthy")
    site.wait_for(second, other, "healthy")
    wait_until(lambda: ask(f"{url}/old/a")[0] == 301, within_s=WITHIN_S)

    def name(path: str, **headers: str) -> str:
        return str(json.loads(ask(url + path, **headers)[1])["name"])

    wait_until(lambda: (name("/"), name("/second/a")) == ("one", "two"), within_s=WITHIN_S)
    assert name("/Second/a") == "one"
    assert name("/", **{"X-Group": "SECOND"}) == "two"
    assert name("/?group=2") == "two"
    assert name("/?group=3") == "one"
    status, body, headers = ask(f"{url}/closed")
    assert (status, body, headers["Content-Type"]) == (503, b'{"why":"maintenance"}', "application/json")
    _, _, headers = ask(f"{url}/old/a?b=c")
    assert headers["Location"] == "http://new.example:80/old/a?b=c"


def test_a_network_load_balancer_forwards_unchanged_to_targets_that_accept_connections(
    site: Site, two: tuple[Backend, Backend], refusing: tuple[str, Backend]
) -> None:
    group, dead = refusing
    site.wait_for(group, dead, "unhealthy")
    assert site.states(group)[dead.port] == ("unhealthy", "Target.FailedHealthChecks")
    (balancer,) = site.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0][
        "LoadBalancerArns"
    ]
    listener = site.elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
    url = site.api(listener)
    site.elb.register_targets(TargetGroupArn=group, Targets=[target(each) for each in two])
    for each in two:
        site.wait_for(group, each, "healthy")
    wait_until(lambda: names(url, 6) == {"one", "two"}, within_s=WITHIN_S)
    assert "x-forwarded-for" not in json.loads(ask(url)[1])["headers"]


def test_without_a_target_each_kind_of_load_balancer_fails_its_own_way(site: Site) -> None:
    empty, tcp = site.group(), site.group(protocol="TCP")
    application = site.api(site.listener(site.balancer(), forward(empty)))
    network = site.api(site.listener(site.balancer("network"), forward(tcp), protocol="TCP"))

    status, body, headers = ask(application)
    assert (status, headers["Content-Type"]) == (503, "text/html")
    assert b"503 Service Temporarily Unavailable" in body
    status, body, _ = ask(network)
    assert (status, body) == (503, b'{"message":"Service Unavailable"}')


def test_a_target_that_does_not_answer_is_a_bad_gateway_of_the_application_load_balancer(site: Site) -> None:
    with backend("gone") as gone:
        group = site.group(gone)
        url = site.api(site.listener(site.balancer(), forward(group)))
        site.wait_for(group, gone, "healthy")
        wait_until(lambda: ask(url)[0] == 200, within_s=WITHIN_S)
    wait_until(lambda: ask(url)[0] == 502, within_s=WITHIN_S)
    assert b"502 Bad Gateway" in ask(url)[1]


def test_a_listener_that_is_gone_gives_500(site: Site, two: tuple[Backend, Backend]) -> None:
    group = site.group(two[0])
    listener = site.listener(site.balancer(), forward(group))
    url = site.api(listener)
    site.elb.delete_listener(ListenerArn=listener)
    wait_until(lambda: ask(url)[0] == 500, within_s=WITHIN_S)
    assert ask(url)[1] == b'{"message":"Internal Server Error"}'
    with pytest.raises(ClientError, match="Unable to retrieve listener port"):
        site.api(listener)


def test_tls_asked_of_a_listener_that_speaks_http_gives_500(site: Site) -> None:
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    url = site.api(site.listener(site.balancer(), fixed), TlsConfig={"ServerNameToVerify": "shop.example"})
    assert ask(url)[0] == 500


def test_https_and_tls_listeners_are_reached_by_the_name_of_their_certificate(
    site: Site, cloud: RunningCloud, two: tuple[Backend, Backend]
) -> None:
    acm = cloud.client("acm")
    asked = {"DomainName": "shop.example", "SubjectAlternativeNames": ["*.shop.example"]}
    certificates = [{"CertificateArn": acm.request_certificate(**asked)["CertificateArn"]}]
    for kind, protocols in (("application", ("HTTP", "HTTPS")), ("network", ("TCP", "TLS"))):
        group = site.group(two[0], protocol=protocols[0])
        listener = site.listener(
            site.balancer(kind), forward(group), protocol=protocols[1], Certificates=certificates
        )
        good, wrong = (
            site.api(listener, TlsConfig={"ServerNameToVerify": name}) for name in ("a.shop.example", "other")
        )
        plain = site.api(listener)
        site.wait_for(group, two[0], "healthy")
        wait_until(lambda url=good: ask(url)[0] == 200, within_s=WITHIN_S)  # type: ignore[misc]
        told = json.loads(ask(good)[1])["headers"]
        assert told.get("x-forwarded-proto") == ("https" if kind == "application" else None)
        assert ask(wrong)[:2] == (500, b'{"message":"Internal Server Error"}')
        status, body, _ = ask(plain)
        assert status == (400 if kind == "application" else 503)
        assert (b"plain HTTP request was sent to HTTPS port" in body) == (kind == "application")


def test_what_stood_stands_again_after_a_restart(tmp_path: Path) -> None:
    with backend("one") as one:
        with running_cloud(tmp_path) as cloud:
            site = Site(cloud)
            group = site.group(one)
            listener = site.listener(site.balancer(), forward(group))
            site.api(listener)
            site.wait_for(group, one, "healthy")
        with running_cloud(tmp_path) as cloud:
            api = cloud.client("apigatewayv2").get_apis()["Items"][0]
            wait_until(
                lambda: listens(api["ApiEndpoint"]) and ask(api["ApiEndpoint"])[0] == 200, within_s=WITHIN_S
            )
            found = cloud.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"]
            assert found[0]["Port"] == 80
