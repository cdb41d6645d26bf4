"""HTTPS and TLS listeners: their certificate, their policy, and what the gateway is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.loadbalancing.bench import CERTIFICATE, BalancingBench

CERTIFICATES = [{"CertificateArn": CERTIFICATE}]
OTHER = CERTIFICATE.replace("0c1d", "ffff")
OF_IAM = "arn:aws:iam::000000000000:server-certificate/mine"


def secure(bench: BalancingBench, **params: Any) -> str:
    given = {"Protocol": "HTTPS", "Port": 443, "Certificates": CERTIFICATES, **params}
    return bench.listener(bench.balancer(), bench.group(), **given)


def described(bench: BalancingBench, listener: str) -> dict[str, Any]:
    (found,) = bench.lb("DescribeListeners", ListenerArns=[listener])["Listeners"]
    return dict(found)


def test_an_https_listener_is_told_as_it_was_made(bench: BalancingBench) -> None:
    found = described(bench, secure(bench))
    assert (found["Protocol"], found["Port"]) == ("HTTPS", 443)
    assert found["Certificates"] == CERTIFICATES
    assert found["SslPolicy"] == "ELBSecurityPolicy-2016-08"


def test_the_gateway_is_told_the_names_of_the_certificate(bench: BalancingBench) -> None:
    picture = bench.picture(secure(bench))
    assert (picture.protocol, picture.certificate_names) == ("HTTPS", ("shop.example", "*.shop.example"))


def test_a_network_load_balancer_has_tls_listeners(bench: BalancingBench) -> None:
    balancer, group = bench.balancer("net", Type="network"), bench.group("tcp", Protocol="TCP")
    listener = bench.listener(balancer, group, Protocol="TLS", Port=443, Certificates=CERTIFICATES)
    assert bench.picture(listener).protocol == "TLS"
    names = {
        each["Key"] for each in bench.lb("DescribeListenerAttributes", ListenerArn=listener)["Attributes"]
    }
    assert names == {"tcp.idle_timeout.seconds"}


def test_policy_and_protocol_can_change_and_the_certificate_stays(bench: BalancingBench) -> None:
    listener = secure(bench)
    policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    bench.lb("ModifyListener", ListenerArn=listener, SslPolicy=policy)
    found = described(bench, listener)
    assert (found["SslPolicy"], found["Certificates"]) == (policy, CERTIFICATES)

    bench.lb("ModifyListener", ListenerArn=listener, Protocol="HTTP", Port=80)
    found = described(bench, listener)
    assert found["Protocol"] == "HTTP"
    assert "Certificates" not in {name for name, value in found.items() if value is not None}
    assert bench.picture(listener).certificate_names == ()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Certificates": []}, "ValidationError"),
        ({"Certificates": [*CERTIFICATES, {"CertificateArn": OTHER}]}, "ValidationError"),
        ({"Certificates": [{"CertificateArn": OTHER}]}, "CertificateNotFound"),
        ({"Certificates": [{"CertificateArn": "mine"}]}, "CertificateNotFound"),
        ({"Certificates": [{"CertificateArn": OF_IAM}]}, "NotImplementedException"),
        ({"SslPolicy": "mine"}, "SSLPolicyNotFound"),
        ({"MutualAuthentication": {"Mode": "verify"}}, "NotImplementedException"),
        ({"Protocol": "HTTP"}, "ValidationError"),
        ({"Protocol": "HTTP", "Certificates": [], "SslPolicy": "x"}, "ValidationError"),
        ({"Protocol": "TLS"}, "ValidationError"),
    ],
)
def test_a_secure_listener_that_cannot_be_is_refused(
    bench: BalancingBench, params: dict[str, Any], code: str
) -> None:
    balancer, group = bench.balancer(), bench.group()
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    given = {"Protocol": "HTTPS", "Port": 443, "Certificates": CERTIFICATES, **params}
    refused = bench.refused("CreateListener", LoadBalancerArn=balancer, DefaultActions=forward, **given)
    assert refused[0] == code


def test_an_alpn_policy_is_refused_by_name(bench: BalancingBench) -> None:
    listener = secure(bench)
    code, message = bench.refused("ModifyListener", ListenerArn=listener, AlpnPolicy=["HTTP2Only"])
    assert (code, "AlpnPolicy" in message) == ("NotImplementedException", True)
