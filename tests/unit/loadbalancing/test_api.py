"""What Elastic Load Balancing's operations keep, tell and refuse."""

from typing import Any

import pytest

from tests.unit.loadbalancing.bench import BalancingBench, targets

FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "none"}}
PATH = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a/*"]}}


def test_a_load_balancer_is_active_in_the_zones_of_its_subnets(bench: BalancingBench) -> None:
    arn = bench.balancer(Scheme="internal")
    (found,) = bench.lb("DescribeLoadBalancers", LoadBalancerArns=[arn])["LoadBalancers"]
    assert arn.startswith("arn:aws:elasticloadbalancing:ap-northeast-1:000000000000:loadbalancer/app/lb/")
    assert found["State"] == {"Code": "active"}
    assert [each["SubnetId"] for each in found["AvailabilityZones"]] == bench.subnets
    assert found["DNSName"].startswith("internal-lb-")
    assert len(found["SecurityGroups"]) == 1
    assert found["VpcId"] == bench.vpc


def test_a_load_balancer_made_twice_alike_is_one_and_made_otherwise_is_refused(bench: BalancingBench) -> None:
    assert bench.balancer() == bench.balancer()
    assert bench.refused("CreateLoadBalancer", Name="lb", Subnets=bench.subnets, Scheme="internal")[0] == (
        "DuplicateLoadBalancerName"
    )


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}, "SubnetNotFound"),
        ({"Subnets": []}, "ValidationError"),
        ({"Type": "gateway"}, "NotImplementedException"),
        ({"IpAddressType": "dualstack"}, "NotImplementedException"),
        ({"SecurityGroups": ["sg-0123456789abcdef0"]}, "InvalidSecurityGroup"),
        ({"Name": "-lb"}, "ValidationError"),
        ({"Name": "x" * 33}, "ValidationError"),
        ({"SubnetMappings": [{"SubnetId": "s", "AllocationId": "e"}]}, "NotImplementedException"),
    ],
)
def test_a_load_balancer_that_cannot_be_is_refused(
    bench: BalancingBench, params: dict[str, Any], code: str
) -> None:
    given = {"Name": "lb", "Subnets": bench.subnets, **params}
    assert bench.refused("CreateLoadBalancer", **given)[0] == code


def test_an_application_load_balancer_needs_two_zones_and_a_network_one_does_not(
    bench: BalancingBench,
) -> None:
    one = bench.subnets[:1]
    code, message = bench.refused("CreateLoadBalancer", Name="lb", Subnets=one)
    assert (code, "two different Availability Zones" in message) == ("ValidationError", True)
    assert ":loadbalancer/net/lb/" in bench.balancer(Subnets=one, Type="network")


def test_subnets_and_groups_of_a_load_balancer_can_be_replaced(bench: BalancingBench) -> None:
    arn = bench.balancer()
    more = [each["SubnetId"] for each in bench.call("ec2", "DescribeSubnets")["Subnets"]]
    bench.lb("SetSubnets", LoadBalancerArn=arn, Subnets=more)
    group = bench.call("ec2", "CreateSecurityGroup", GroupName="g", Description="g", VpcId=bench.vpc)[
        "GroupId"
    ]
    bench.lb("SetSecurityGroups", LoadBalancerArn=arn, SecurityGroups=[group])
    (found,) = bench.lb("DescribeLoadBalancers", Names=["lb"])["LoadBalancers"]
    assert [each["SubnetId"] for each in found["AvailabilityZones"]] == more
    assert found["SecurityGroups"] == [group]


def test_a_protected_load_balancer_cannot_be_deleted(bench: BalancingBench) -> None:
    arn = bench.balancer()
    protect = {"Key": "deletion_protection.enabled", "Value": "true"}
    bench.lb("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=[protect])
    assert bench.refused("DeleteLoadBalancer", LoadBalancerArn=arn)[0] == "OperationNotPermitted"
    bench.lb("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=[{**protect, "Value": "false"}])
    bench.lb("DeleteLoadBalancer", LoadBalancerArn=arn)
    assert bench.refused("DescribeLoadBalancers", LoadBalancerArns=[arn])[0] == "LoadBalancerNotFound"
    assert bench.refused("DescribeLoadBalancers", Names=["lb"])[0] == "LoadBalancerNotFound"
    assert bench.lb("DeleteLoadBalancer", LoadBalancerArn=arn) == {}


def test_an_attribute_that_nobody_would_act_on_is_refused_by_name(bench: BalancingBench) -> None:
    group = bench.group()
    sticky = [{"Key": "stickiness.enabled", "Value": "true"}]
    code, message = bench.refused("ModifyTargetGroupAttributes", TargetGroupArn=group, Attributes=sticky)
    assert (code, "stickiness.enabled" in message) == ("NotImplementedException", True)
    unknown = [{"Key": "speed", "Value": "9"}]
    assert bench.refused("ModifyTargetGroupAttributes", TargetGroupArn=group, Attributes=unknown)[0] == (
        "InvalidConfigurationRequest"
    )
    late = [{"Key": "deregistration_delay.timeout_seconds", "Value": "3601"}]
    assert bench.refused("ModifyTargetGroupAttributes", TargetGroupArn=group, Attributes=late)[0] == (
        "InvalidConfigurationRequest"
    )


def test_attributes_are_told_with_their_defaults(bench: BalancingBench) -> None:
    group, balancer = bench.group(), bench.balancer()
    listener = bench.listener(balancer, group)
    bench.lb(
        "ModifyTargetGroupAttributes",
        TargetGroupArn=group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}],
    )
    of_group = bench.lb("DescribeTargetGroupAttributes", TargetGroupArn=group)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "5"} in of_group
    assert {"Key": "stickiness.enabled", "Value": "false"} in of_group
    of_balancer = bench.lb("DescribeLoadBalancerAttributes", LoadBalancerArn=balancer)["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "60"} in of_balancer
    assert bench.lb("DescribeListenerAttributes", ListenerArn=listener)["Attributes"]
    assert bench.lb("DescribeCapacityReservation", LoadBalancerArn=balancer)


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("HTTP", ("HTTP", "/", 30, 5, 5, 2, {"HttpCode": "200"})),
        ("TCP", ("TCP", None, 30, 10, 5, 2, None)),
    ],
)
def test_health_checks_have_awss_defaults(
    bench: BalancingBench, protocol: str, expected: tuple[object, ...]
) -> None:
    arn = bench.group(Protocol=protocol)
    (group,) = bench.lb("DescribeTargetGroups", TargetGroupArns=[arn])["TargetGroups"]
    assert (
        group["HealthCheckProtocol"],
        group.get("HealthCheckPath"),
        group["HealthCheckIntervalSeconds"],
        group["HealthCheckTimeoutSeconds"],
        group["HealthyThresholdCount"],
        group["UnhealthyThresholdCount"],
        group.get("Matcher"),
    ) == expected
    assert group["TargetType"] == "ip"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"TargetType": "instance"}, "NotImplementedException"),
        ({"TargetType": "lambda"}, "NotImplementedException"),
        ({"TargetType": "alb"}, "NotImplementedException"),
        ({"Protocol": "HTTPS"}, "NotImplementedException"),
        ({"Protocol": "UDP"}, "NotImplementedException"),
        ({"ProtocolVersion": "GRPC"}, "NotImplementedException"),
        ({"HealthCheckProtocol": "HTTPS"}, "NotImplementedException"),
        ({"HealthCheckProtocol": "TCP"}, "ValidationError"),
        ({"HealthCheckEnabled": False}, "ValidationError"),
        ({"HealthCheckPath": "health"}, "ValidationError"),
        ({"HealthCheckPath": "/a\r\nX: y"}, "ValidationError"),
        ({"HealthCheckTimeoutSeconds": 30}, "ValidationError"),
        ({"HealthCheckPort": "web"}, "ValidationError"),
        ({"Matcher": {"HttpCode": "600"}}, "InvalidConfigurationRequest"),
        ({"Matcher": {"GrpcCode": "0"}}, "NotImplementedException"),
        ({"VpcId": "vpc-0123456789abcdef0"}, "ValidationError"),
    ],
)
def test_a_target_group_that_cannot_be_is_refused(
    bench: BalancingBench, params: dict[str, Any], code: str
) -> None:
    given = {"Name": "g", "Protocol": "HTTP", "Port": 80, "VpcId": bench.vpc, "TargetType": "ip", **params}
    assert bench.refused("CreateTargetGroup", **given)[0] == code


def test_a_target_group_without_a_type_would_be_of_type_instance_and_is_refused(
    bench: BalancingBench,
) -> None:
    code, message = bench.refused("CreateTargetGroup", Name="g", Protocol="HTTP", Port=80, VpcId=bench.vpc)
    assert (code, "type instance" in message) == ("NotImplementedException", True)


def test_a_target_group_in_use_cannot_be_deleted(bench: BalancingBench) -> None:
    group, balancer = bench.group(), bench.balancer()
    listener = bench.listener(balancer, group)
    assert bench.lb("DescribeTargetGroups", LoadBalancerArn=balancer)["TargetGroups"][0][
        "LoadBalancerArns"
    ] == [balancer]
    assert bench.refused("DeleteTargetGroup", TargetGroupArn=group)[0] == "ResourceInUse"
    bench.lb("DeleteListener", ListenerArn=listener)
    bench.lb("DeleteTargetGroup", TargetGroupArn=group)
    assert bench.refused("DescribeTargetGroups", Names=["app"])[0] == "TargetGroupNotFound"


def test_targets_are_addresses(bench: BalancingBench) -> None:
    group = bench.group()
    for wrong in ("i-0123456789abcdef0", "shop.example", "fe80::1"):
        code, _ = bench.refused("RegisterTargets", TargetGroupArn=group, Targets=[{"Id": wrong}])
        assert code in {"InvalidTarget", "NotImplementedException"}
    assert bench.refused("DeregisterTargets", TargetGroupArn=group, Targets=targets(9))[0] == "InvalidTarget"
    bench.lb("RegisterTargets", TargetGroupArn=group, Targets=[{"Id": "10.0.0.9"}])
    assert list(bench.health(group)) == [80]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Protocol": "TCP"}, "ValidationError"),
        ({"DefaultActions": [{"Type": "authenticate-cognito"}]}, "NotImplementedException"),
        ({"DefaultActions": []}, "InvalidLoadBalancerAction"),
        ({"DefaultActions": [{"Type": "forward"}]}, "ValidationError"),
        ({"DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn:none"}]}, "TargetGroupNotFound"),
    ],
)
def test_a_listener_that_cannot_be_is_refused(
    bench: BalancingBench, params: dict[str, Any], code: str
) -> None:
    given = {"Protocol": "HTTP", "Port": 80, "DefaultActions": [FIXED], **params}
    assert bench.refused("CreateListener", LoadBalancerArn=bench.balancer(), **given)[0] == code


def test_a_port_has_one_listener_and_protocols_must_fit(bench: BalancingBench) -> None:
    balancer, group = bench.balancer(), bench.group()
    bench.listener(balancer, group)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    again = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": forward}
    assert bench.refused("CreateListener", **again)[0] == "DuplicateListener"
    network = bench.balancer("net", Type="network")
    given = {"Protocol": "TCP", "Port": 80}
    code, _ = bench.refused("CreateListener", LoadBalancerArn=network, DefaultActions=forward, **given)
    assert code == "IncompatibleProtocols"
    code, _ = bench.refused("CreateListener", LoadBalancerArn=network, DefaultActions=[FIXED], **given)
    assert code == "ValidationError"


def rule(listener: str, priority: int = 10, **params: Any) -> dict[str, Any]:
    return {"ListenerArn": listener, "Priority": priority, "Conditions": [PATH], "Actions": [FIXED], **params}


def test_rules_stand_by_priority_with_the_default_one_last(bench: BalancingBench) -> None:
    listener = bench.listener(bench.balancer(), bench.group())
    second = bench.lb("CreateRule", **rule(listener, 20))["Rules"][0]["RuleArn"]
    first = bench.lb("CreateRule", **rule(listener, 10))["Rules"][0]["RuleArn"]
    assert bench.refused("CreateRule", **rule(listener, 10))[0] == "PriorityInUse"
    found = bench.lb("DescribeRules", ListenerArn=listener)["Rules"]
    assert [each["Priority"] for each in found] == ["10", "20", "default"]
    assert [each["IsDefault"] for each in found] == [False, False, True]
    swap = [{"RuleArn": first, "Priority": 20}, {"RuleArn": second, "Priority": 10}]
    bench.lb("SetRulePriorities", RulePriorities=swap)
    assert [each["RuleArn"] for each in bench.lb("DescribeRules", ListenerArn=listener)["Rules"]][:2] == [
        second,
        first,
    ]
    default = found[2]["RuleArn"]
    assert bench.refused("DeleteRule", RuleArn=default)[0] == "OperationNotPermitted"
    assert bench.lb("DescribeRules", RuleArns=[default])["Rules"][0]["IsDefault"]
    bench.lb("DeleteRule", RuleArn=first)
    assert bench.refused("DescribeRules", RuleArns=[first])[0] == "RuleNotFound"


def test_rules_are_told_as_they_were_given(bench: BalancingBench) -> None:
    listener = bench.listener(bench.balancer(), bench.group())
    conditions = [
        {"Field": "host-header", "Values": ["a.example"]},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["1"]}},
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
        {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "k", "Value": "v"}]}},
        {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
    ]
    redirect = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Path": "/new"}}
    made = bench.lb("CreateRule", **rule(listener, Conditions=conditions, Actions=[redirect]))["Rules"][0]
    assert made["Conditions"][0] == {
        "Field": "host-header",
        "Values": ["a.example"],
        "HostHeaderConfig": {"Values": ["a.example"]},
    }
    assert made["Conditions"][3]["QueryStringConfig"] == {"Values": [{"Key": "k", "Value": "v"}]}
    assert made["Actions"][0]["RedirectConfig"] == {
        "Protocol": "#{protocol}",
        "Port": "#{port}",
        "Host": "#{host}",
        "Path": "/new",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    }
    changed = bench.lb("ModifyRule", RuleArn=made["RuleArn"], Conditions=[PATH], Actions=[FIXED])["Rules"][0]
    assert [each["Field"] for each in changed["Conditions"]] == ["path-pattern"]
    assert changed["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "404"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Conditions": []}, "ValidationError"),
        ({"Conditions": [{"Field": "weather", "Values": ["x"]}]}, "ValidationError"),
        ({"Conditions": [PATH, PATH]}, "ValidationError"),
        (
            {"Conditions": [{"Field": "path-pattern", "Values": [str(n) for n in range(6)]}]},
            "ValidationError",
        ),
        ({"Conditions": [{"Field": "path-pattern", "RegexValues": ["^/a"]}]}, "NotImplementedException"),
        ({"Conditions": [{"Field": "source-ip", "SourceIpConfig": {"Values": ["here"]}}]}, "ValidationError"),
        (
            {"Conditions": [{"Field": "http-header", "HttpHeaderConfig": {"Values": ["a"]}}]},
            "ValidationError",
        ),
        (
            {
                "Conditions": [
                    {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["get"]}}
                ]
            },
            "ValidationError",
        ),
        ({"Transforms": [{"Type": "url-rewrite"}]}, "NotImplementedException"),
        ({"Actions": [FIXED, FIXED]}, "InvalidLoadBalancerAction"),
        (
            {"Actions": [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302"}}]},
            "InvalidConfigurationRequest",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(bench: BalancingBench, params: dict[str, Any], code: str) -> None:
    listener = bench.listener(bench.balancer(), bench.group())
    assert bench.refused("CreateRule", **rule(listener, **params))[0] == code


@pytest.mark.parametrize(
    "part",
    [
        {"Host": "\u65e5\u672c.example"},
        {"Host": "new.example\r\nSet-Cookie: a=b"},
        {"Path": "/a b"},
        {"Path": "/\u00fc"},
        {"Query": "a=\u00fc"},
        {"Port": "0"},
        {"Port": "65536"},
        {"Port": "\u0661"},
        {"Protocol": "FTP"},
    ],
)
def test_a_redirect_that_no_location_can_tell_is_refused(bench: BalancingBench, part: dict[str, str]) -> None:
    redirect = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Host": "a.example", **part}}
    given = {"LoadBalancerArn": bench.balancer(), "Protocol": "HTTP", "Port": 80}
    assert bench.refused("CreateListener", **given, DefaultActions=[redirect])[0] == "ValidationError"


@pytest.mark.parametrize("name", ["\u65e5", "a b", "a:b", "x" * 41])
def test_a_header_that_cannot_be_is_no_condition(bench: BalancingBench, name: str) -> None:
    config = {"HttpHeaderName": name, "Values": ["x"]}
    given: dict[str, Any] = {"ListenerArn": bench.listener(bench.balancer(), bench.group()), "Priority": 1}
    conditions = [{"Field": "http-header", "HttpHeaderConfig": config}]
    refused = bench.refused("CreateRule", **given, Conditions=conditions, Actions=[FIXED])
    assert refused[0] == "ValidationError"


def test_a_forward_may_share_by_weight_but_not_stick(bench: BalancingBench) -> None:
    listener = bench.listener(bench.balancer(), bench.group())
    shares = [
        {"TargetGroupArn": bench.group(name), "Weight": weight} for name, weight in (("a", 3), ("b", 0))
    ]
    config: dict[str, Any] = {"TargetGroups": shares}
    forward = {"Type": "forward", "ForwardConfig": config}
    made = bench.lb("CreateRule", **rule(listener, Actions=[forward]))["Rules"][0]
    assert made["Actions"][0]["ForwardConfig"]["TargetGroups"] == shares
    assert [each.weight for each in bench.picture(listener).rules[0].targets] == [3, 0]
    sticky = {**config, "TargetGroupStickinessConfig": {"Enabled": True}}
    action = {"Type": "forward", "ForwardConfig": sticky}
    assert bench.refused("CreateRule", **rule(listener, 11, Actions=[action]))[0] == "NotImplementedException"


def test_rules_are_not_for_network_load_balancers(bench: BalancingBench) -> None:
    group = bench.group(Protocol="TCP")
    listener = bench.listener(bench.balancer(Type="network"), group, Protocol="TCP")
    assert bench.refused("CreateRule", **rule(listener))[0] == "UnsupportedProtocol"
    assert bench.picture(listener).kind == "network"


def test_tags_stand_on_everything(bench: BalancingBench) -> None:
    balancer = bench.balancer(Tags=[{"Key": "Owner", "Value": "mamezou"}])
    group = bench.group()
    listener = bench.listener(balancer, group)
    made = bench.lb("CreateRule", **rule(listener))["Rules"][0]["RuleArn"]
    everything = [balancer, group, listener, made]
    bench.lb("AddTags", ResourceArns=everything, Tags=[{"Key": "a", "Value": "1"}])
    bench.lb("RemoveTags", ResourceArns=[group], TagKeys=["a"])
    found = bench.lb("DescribeTags", ResourceArns=everything)["TagDescriptions"]
    assert [[each["Key"] for each in one["Tags"]] for one in found] == [["Owner", "a"], [], ["a"], ["a"]]
    assert bench.refused("DescribeTags", ResourceArns=["arn:aws:s3:::b"])[0] == "ValidationError"


def test_what_is_deleted_takes_its_parts_with_it(bench: BalancingBench) -> None:
    balancer, group = bench.balancer(), bench.group()
    listener = bench.listener(balancer, group)
    bench.lb("CreateRule", **rule(listener))
    bench.lb("DeleteLoadBalancer", LoadBalancerArn=balancer)
    assert bench.service.listener(listener) is None
    assert bench.refused("DescribeListeners", ListenerArns=[listener])[0] == "ListenerNotFound"
    assert bench.lb("DeleteTargetGroup", TargetGroupArn=group) == {}


def test_a_changed_listener_has_another_port_and_default(bench: BalancingBench) -> None:
    balancer = bench.balancer()
    listener = bench.listener(balancer, bench.group())
    bench.lb("ModifyListener", ListenerArn=listener, Port=8080, DefaultActions=[FIXED])
    (found,) = bench.lb("DescribeListeners", LoadBalancerArn=balancer)["Listeners"]
    assert (found["Port"], found["DefaultActions"][0]["Type"]) == (8080, "fixed-response")
    assert bench.picture(listener).port == 8080
