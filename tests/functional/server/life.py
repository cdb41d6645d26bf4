"""A scripted life of a cloud: steps that change something, and how each is seen afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.cloud import RunningCloud

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
IMAGE = "public.ecr.aws/docker/library/httpd:latest"


@dataclass(frozen=True)
class Fact:
    """What a call acknowledged, and how to read it again."""

    what: str
    read: Callable[[RunningCloud], object]
    expected: object

    def check(self, cloud: RunningCloud) -> None:
        assert self.read(cloud) == self.expected, self.what


def steps(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    """Make one change after the other; each fact is given out as soon as the change is acknowledged.

    ``cloud`` gives the one that runs now: it is another one after a kill.
    """
    yield from _network(cloud)
    yield from _roles_and_logs(cloud)
    yield from _discovery_and_entry(cloud)
    yield from _containers(cloud)
    yield from _neighbours(cloud)
    yield from _deletions(cloud)


def _network(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    vpc = cloud().client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    yield Fact("VPC", lambda now: _one(now.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"])["VpcId"], vpc)
    group = cloud().client("ec2").create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
    }
    made = cloud().client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    yield Fact(
        "security group rule",
        lambda now: [
            each["SecurityGroupRuleId"]
            for each in now.client("ec2").describe_security_group_rules(
                Filters=[{"Name": "group-id", "Values": [group]}]
            )["SecurityGroupRules"]
            if not each["IsEgress"]
        ],
        [made["SecurityGroupRules"][0]["SecurityGroupRuleId"]],
    )


def _roles_and_logs(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    role = cloud().client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument=TRUST)["Role"]
    yield Fact(
        "role", lambda now: now.client("iam").get_role(RoleName="kept")["Role"]["RoleId"], role["RoleId"]
    )
    session = cloud().client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")
    keys = session["Credentials"]
    yield Fact(
        "assumed role",
        lambda now: now.client(
            "sts",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        ).get_caller_identity()["Arn"],
        session["AssumedRoleUser"]["Arn"],
    )
    logs = cloud().client("logs")
    logs.create_log_group(logGroupName="/kept")
    logs.create_log_stream(logGroupName="/kept", logStreamName="s")
    now_ms = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName="/kept", logStreamName="s", logEvents=[{"timestamp": now_ms, "message": "kept"}]
    )
    yield Fact(
        "log event",
        lambda now: [
            (each["timestamp"], each["message"])
            for each in now.client("logs").filter_log_events(logGroupName="/kept")["events"]
        ],
        [(now_ms, "kept")],
    )


def _discovery_and_entry(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    vpc = cloud().client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = cloud().client("servicediscovery").create_private_dns_namespace(Name="kept.internal", Vpc=vpc)
    yield Fact(
        "operation",
        lambda now: now.client("servicediscovery").get_operation(OperationId=made["OperationId"])[
            "Operation"
        ]["Status"],
        "SUCCESS",
    )
    cloud_map = cloud().client("servicediscovery")
    namespace = _one(cloud_map.list_namespaces()["Namespaces"])["Id"]
    service = cloud_map.create_service(
        Name="app", NamespaceId=namespace, DnsConfig={"DnsRecords": [{"Type": "SRV", "TTL": 60}]}
    )["Service"]["Id"]
    cloud_map.register_instance(
        ServiceId=service,
        InstanceId="i",
        Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "80"},
    )
    yield Fact(
        "instance",
        lambda now: [
            each["InstanceId"]
            for each in now.client("servicediscovery").discover_instances(
                NamespaceName="kept.internal", ServiceName="app"
            )["Instances"]
        ],
        ["i"],
    )
    gateway = cloud().client("apigatewayv2")
    api = gateway.create_api(Name="kept", ProtocolType="HTTP")["ApiId"]
    route = gateway.create_route(ApiId=api, RouteKey="GET /kept")["RouteId"]
    yield Fact(
        "route",
        lambda now: now.client("apigatewayv2").get_route(ApiId=api, RouteId=route)["RouteKey"],
        "GET /kept",
    )


def _containers(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    ecs = cloud().client("ecs")
    ecs.create_cluster(clusterName="kept")
    revision = ecs.register_task_definition(
        family="kept",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "c", "image": IMAGE, "portMappings": [{"containerPort": 80}]}],
    )["taskDefinition"]["taskDefinitionArn"]
    yield Fact(
        "task definition",
        lambda now: now.client("ecs").list_task_definitions()["taskDefinitionArns"],
        [revision],
    )
    subnet = cloud().client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    made = (
        cloud()
        .client("ecs")
        .create_service(
            cluster="kept",
            serviceName="app",
            taskDefinition="kept",
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        )["service"]
    )
    yield Fact(
        "service",
        lambda now: [
            (each["serviceArn"], each["createdAt"], each["desiredCount"])
            for each in now.client("ecs").describe_services(cluster="kept", services=["app"])["services"]
        ],
        [(made["serviceArn"], made["createdAt"], 2)],
    )


def _neighbours(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    version = cloud().client("ssm").put_parameter(Name="/kept", Value="v", Type="String")["Version"]
    yield Fact(
        "parameter",
        lambda now: now.client("ssm").get_parameter(Name="/kept")["Parameter"]["Version"],
        version,
    )
    secret = cloud().client("secretsmanager").create_secret(Name="kept", SecretString="hush")["ARN"]
    yield Fact(
        "secret",
        lambda now: now.client("secretsmanager").describe_secret(SecretId="kept")["ARN"],
        secret,
    )


def _deletions(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    cloud().client("logs").create_log_group(logGroupName="/gone")
    cloud().client("logs").delete_log_group(logGroupName="/gone")
    yield Fact(
        "deleted log group",
        lambda now: now.client("logs").describe_log_groups(logGroupNamePrefix="/gone")["logGroups"],
        [],
    )
    cloud().client("ssm").put_parameter(Name="/gone", Value="v", Type="String")
    cloud().client("ssm").delete_parameter(Name="/gone")
    yield Fact(
        "deleted parameter",
        lambda now: [each["Name"] for each in now.client("ssm").describe_parameters()["Parameters"]],
        ["/kept"],
    )


def _one(found: list[Any]) -> Any:
    assert len(found) == 1
    return found[0]
