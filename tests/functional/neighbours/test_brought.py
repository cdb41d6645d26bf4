"""What stands in our own services is there for neighbours: networks, zones, services that scale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hatoba.cloud.state import Scope
from tests.support.cloud import RunningCloud, running_cloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    folder: Path = tmp_path_factory.mktemp("brought") / "cloud"
    with running_cloud(folder, "--runtime", "simulated") as running:
        yield running


def test_a_load_balancer_stands_in_our_own_subnets(cloud: RunningCloud) -> None:
    ec2, elbv2 = cloud.client("ec2"), cloud.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    zones = [each["ZoneName"] for each in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate(zones)
    ]
    group = ec2.create_security_group(GroupName="lb", Description="lb", VpcId=vpc)["GroupId"]

    made = elbv2.create_load_balancer(Name="lb", Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]
    target = elbv2.create_target_group(Name="lb", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ][0]
    listener = elbv2.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroupArn"]}],
    )["Listeners"][0]

    assert made["VpcId"] == vpc
    assert {(each["SubnetId"], each["ZoneName"]) for each in made["AvailabilityZones"]} == set(
        zip(subnets, zones, strict=True)
    )
    assert made["SecurityGroups"] == [group]
    assert target["VpcId"] == vpc
    assert listener["LoadBalancerArn"] == made["LoadBalancerArn"]
    assert {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]} >= {vpc}


def test_a_load_balancer_in_an_unknown_subnet_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.client("elbv2").create_load_balancer(Name="nowhere", Subnets=["subnet-0123456789abcdef0"])

    assert caught.value.response["Error"]["Code"] in {"SubnetNotFound", "InvalidSubnetID.NotFound"}


def test_a_namespaces_zone_stands_in_route_53_with_its_records(cloud: RunningCloud) -> None:
    cloud_map, route53 = cloud.client("servicediscovery"), cloud.client("route53")
    vpc = cloud.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    cloud_map.create_private_dns_namespace(Name="zone.internal", Vpc=vpc)
    [namespace] = cloud_map.list_namespaces()["Namespaces"]
    zone = namespace["Properties"]["DnsProperties"]["HostedZoneId"]
    service = cloud_map.create_service(
        Name="app",
        NamespaceId=namespace["Id"],
        DnsConfig={"DnsRecords": [{"Type": "SRV", "TTL": 300}]},
    )["Service"]["Id"]
    for number in (1, 2):
        registered = cloud_map.register_instance(
            ServiceId=service,
            InstanceId=f"i{number}",
            Attributes={"AWS_INSTANCE_IPV4": f"10.0.0.{number}", "AWS_INSTANCE_PORT": "8080"},
        )
    targets = cloud_map.get_operation(OperationId=registered["OperationId"])["Operation"]["Targets"]
    change = route53.get_change(Id=targets["ROUTE_53_CHANGE_ID"])["ChangeInfo"]
    assert (change["Id"], change["Status"]) == (targets["ROUTE_53_CHANGE_ID"], "INSYNC")

    found = route53.get_hosted_zone(Id=zone)
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]

    assert found["HostedZone"]["Name"] == "zone.internal."
    assert found["HostedZone"]["Config"]["PrivateZone"] is True
    assert found["VPCs"] == [{"VPCRegion": cloud.run.region, "VPCId": vpc}]
    srv = {each["SetIdentifier"]: each for each in records if each["Type"] == "SRV"}
    assert set(srv) == {"i1", "i2"}
    assert srv["i1"]["Name"] == "app.zone.internal."
    assert srv["i1"]["TTL"] == 300
    assert srv["i1"]["ResourceRecords"] == [{"Value": "1 1 8080 i1.app.zone.internal."}]
    assert [(each["Name"], each["ResourceRecords"]) for each in records if each["Type"] == "A"] == [
        (f"i{number}.app.zone.internal.", [{"Value": f"10.0.0.{number}"}]) for number in (1, 2)
    ]
    assert {each["Type"] for each in records} == {"A", "SRV", "NS", "SOA"}

    with pytest.raises(ClientError, match="can only be managed through AWS Cloud Map") as caught:
        route53.delete_hosted_zone(Id=zone)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"

    for number in (1, 2):
        cloud_map.deregister_instance(ServiceId=service, InstanceId=f"i{number}")
    cloud_map.delete_service(Id=service)
    assert {
        each["Type"] for each in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    } == {"NS", "SOA"}
    cloud_map.delete_namespace(Id=namespace["Id"])
    with pytest.raises(ClientError) as gone:
        route53.get_hosted_zone(Id=zone)
    assert gone.value.response["Error"]["Code"] == "NoSuchHostedZone"


def test_a_zone_that_a_user_made_is_left_alone(cloud: RunningCloud) -> None:
    route53 = cloud.client("route53")
    zone = route53.create_hosted_zone(Name="users.example", CallerReference="u")["HostedZone"]["Id"]

    assert zone in [each["Id"] for each in route53.list_hosted_zones()["HostedZones"]]
    route53.delete_hosted_zone(Id=zone)
    assert zone not in [each["Id"] for each in route53.list_hosted_zones()["HostedZones"]]


SCALED = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
TRACKED = {
    "TargetValue": 60.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}


def make_service(cloud: RunningCloud, cluster: str, name: str) -> str:
    """Make a service without tasks and return how scaling names it."""
    ecs = cloud.client("ecs")
    ecs.create_cluster(clusterName=cluster)
    ecs.register_task_definition(
        family=name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "c", "image": "httpd"}],
    )
    subnet = cloud.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    ecs.create_service(
        cluster=cluster,
        serviceName=name,
        taskDefinition=name,
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )
    return f"service/{cluster}/{name}"


def test_a_service_is_registered_for_scaling_with_a_policy_and_taken_out_again(cloud: RunningCloud) -> None:
    scaling = cloud.client("application-autoscaling")
    target = SCALED | {"ResourceId": make_service(cloud, "scaled", "app")}

    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
    policy = scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKED,
    )

    [registered] = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (registered["ResourceId"], registered["MinCapacity"], registered["MaxCapacity"]) == (
        target["ResourceId"],
        1,
        4,
    )
    [put] = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert put["PolicyARN"] == policy["PolicyARN"]
    assert put["TargetTrackingScalingPolicyConfiguration"] == TRACKED
    alarms = {each["AlarmName"] for each in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert {each["AlarmName"] for each in policy["Alarms"]} == alarms

    scaling.delete_scaling_policy(**target, PolicyName="cpu")
    scaling.deregister_scalable_target(**target)
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []


def test_scaling_of_a_service_that_does_not_stand_any_more_is_refused(cloud: RunningCloud) -> None:
    scaling = cloud.client("application-autoscaling")
    gone = SCALED | {"ResourceId": make_service(cloud, "left", "gone")}
    scaling.register_scalable_target(**gone, MinCapacity=0, MaxCapacity=2)
    cloud.client("ecs").delete_service(cluster="left", service="gone")

    for resource in (gone["ResourceId"], "service/left/unknown", "service/unknown/app"):
        with pytest.raises(ClientError) as caught:
            scaling.register_scalable_target(
                **SCALED | {"ResourceId": resource}, MinCapacity=0, MaxCapacity=2
            )
        assert caught.value.response["Error"] == {
            "Code": "ValidationException",
            "Message": f"ECS service doesn't exist: {resource}",
        }

    [kept] = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert kept["ResourceId"] == gone["ResourceId"]
    scaling.deregister_scalable_target(**gone)


def test_only_our_own_services_come_and_go_in_motos_ecs() -> None:
    from hatoba.cloud.neighbours.backends import backend_of
    from hatoba.cloud.neighbours.bring.containers import bring_containers

    scope = Scope("111111111111", "eu-west-1")
    backend: Any = backend_of("ecs", scope.account, scope.region)
    backend.create_cluster("of-its-batch")

    bring_containers(scope, {"ours": ("app", "job"), "left": ()})
    assert set(backend.clusters) == {"of-its-batch", "ours", "left"}
    assert [each.name for each in backend.describe_services("ours", ["app", "job"])[0]] == ["app", "job"]

    bring_containers(scope, {"ours": ("job",)})
    assert set(backend.clusters) == {"of-its-batch", "ours"}
    assert [each.name for each in backend.describe_services("ours", ["app", "job"])[0]] == ["job"]
