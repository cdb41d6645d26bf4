"""A cloud in memory in which one of each thing stands, and words that name them, rightly and wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from hatoba.cloud.cloudformation import CloudFormation
from hatoba.cloud.coverage import still_cloud
from hatoba.cloud.server.assembly import Cloud
from hatoba.cloud.state import Scope
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.world import World

OWN = Scope("111122223333", "eu-west-1")
"""Whose the calls are."""
FOREIGN = Scope("999988887777", "us-east-1")
"""Whose things nobody else may see or touch."""

TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"ecs-tasks.amazonaws.com"}}]}'
)
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
TEMPLATE = '{"Resources": {"G": {"Type": "AWS::Logs::LogGroup"}}}'
TRICKS = (
    *(
        "",
        " ",
        ".",
        "..",
        "../../etc/passwd",
        "..\\..\\x",
        "a/../../b",
        "/",
        "//",
        "%2e%2e%2f",
        "%00",
        "\x00",
    ),
    *("a\nb", "-", "*", "$default", "${jndi:x}", "{proxy+}", "'; DROP TABLE x; --", "x" * 3000, "ü" * 200),
    *("arn:", "arn:aws:ecs", "arn:aws:s3:::", "arn:aws:iam::1:role/", "[]", "{}", "null", "true", "0", "-1"),
    *("999999999999999999999", "1e999", "NaN", TEMPLATE, TRUST, "10.0.0.0/16", "0.0.0.0/99", "::/0", "c,d"),
)


class Standing:
    """The cloud, the words by which its things are called, and how it is asked."""

    def __init__(self) -> None:
        self.cloud: Cloud = still_cloud()
        world = World(
            self.cloud.state,
            self.cloud.clock,
            self.cloud.settings,
            self.cloud.dispatcher,
            self.cloud.call_as,
        )
        quick = CloudFormation(world, grace_s=0)
        self.cloud.dispatcher.services["cloudformation"] = quick.operations
        self.app = WireApp(
            self.cloud.dispatcher, self.cloud.clock, self.cloud.settings, credentials=self.cloud.sts
        )
        self.loop = asyncio.new_event_loop()
        self.words = tuple(dict.fromkeys((*self._furnish(OWN), *self._furnish(FOREIGN), *TRICKS)))

    def close(self) -> None:
        self.loop.close()
        self.cloud.state.close()

    def call(self, scope: Scope, service: str, operation: str, /, **params: Any) -> Mapping[str, Any]:
        call = self.cloud.call_as(scope, service)
        return self.loop.run_until_complete(self.cloud.dispatcher(call, service, operation, params))

    def _furnish(self, scope: Scope) -> list[str]:
        """Make one of each thing; return their names, ids and ARNs."""
        made: list[Any] = []

        def make(service: str, operation: str, **params: Any) -> Any:
            made.append(params)
            made.append(self.call(scope, service, operation, **params))
            return made[-1]

        vpc = make("ec2", "DescribeVpcs")["Vpcs"][0]["VpcId"]
        subnet = make("ec2", "DescribeSubnets")["Subnets"][0]["SubnetId"]
        group = make("ec2", "CreateSecurityGroup", GroupName="g", Description="g", VpcId=vpc)["GroupId"]
        make("iam", "CreateRole", RoleName="role", AssumeRolePolicyDocument=TRUST)
        make(
            "iam",
            "CreatePolicy",
            PolicyName="policy",
            PolicyDocument=POLICY,
        )
        make("logs", "CreateLogGroup", logGroupName="/group")
        make("logs", "CreateLogStream", logGroupName="/group", logStreamName="stream")
        make("servicediscovery", "CreateHttpNamespace", Name="names")
        api = make("apigatewayv2", "CreateApi", Name="api", ProtocolType="HTTP")["ApiId"]
        make("apigatewayv2", "CreateRoute", ApiId=api, RouteKey="GET /")
        make("apigatewayv2", "CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
        make("apigatewayv2", "CreateVpcLink", Name="link", SubnetIds=[subnet], SecurityGroupIds=[group])
        make("ecs", "CreateCluster", clusterName="cluster")
        make(
            "ecs",
            "RegisterTaskDefinition",
            family="family",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "c", "image": "i"}],
        )
        network = {"awsvpcConfiguration": {"subnets": [subnet]}}
        make(
            "ecs",
            "CreateService",
            cluster="cluster",
            serviceName="service",
            taskDefinition="family",
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration=network,
        )
        make("cloudformation", "CreateStack", StackName="stack", TemplateBody=TEMPLATE)
        return list(_texts(made))

    def _tables(self) -> list[str]:
        found = self.cloud.state.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in found if not name.startswith("sqlite_")]

    @property
    def kinds(self) -> frozenset[str]:
        """All kinds of records, whose changes the feed tells."""
        return self.cloud.state.kinds

    def rows(self, scope: Scope | None = None) -> dict[str, Any]:
        """Return all that is kept of an account and region, or of all, as on disk; no table without a row."""
        found: dict[str, Any] = {}
        for name in self._tables():
            rows = self.cloud.state.execute(f"SELECT * FROM {name}")  # noqa: S608 - a table of our own
            found[name] = sorted(
                repr(tuple(row))
                for row in rows
                if scope is None or tuple(row)[:2] == (scope.account, scope.region)
            )
        # A table is made with its first record, whoever's: that changes nothing for the others.
        return {name: rows for name, rows in found.items() if rows}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if len(value) < 300 else []
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []
