"""Every operation that Terraform, CDK, SAM, the AWS CLI and boto3 call for such a system is answered here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.coverage import still_cloud
from hatoba.cloud.wire import Operations, ServiceError
from hatoba.cloud.wire.models import operation_model
from tests.functional.cloudformation.cloud import SmallCloud
from tests.unit.wire.samples import TEXT, sample

CALLED: dict[str, str] = {
    "apigatewayv2": (
        "CreateApi CreateAuthorizer CreateDeployment CreateIntegration CreateRoute CreateStage"
        " CreateVpcLink DeleteApi DeleteAuthorizer DeleteCorsConfiguration DeleteIntegration"
        " DeleteRoute DeleteStage DeleteVpcLink GetApi GetApis GetAuthorizer GetAuthorizers"
        " GetDeployments GetIntegration GetIntegrations GetRoute GetRoutes GetStage GetStages"
        " GetTags GetVpcLink GetVpcLinks TagResource UntagResource UpdateApi UpdateAuthorizer"
        " UpdateIntegration UpdateRoute UpdateStage UpdateVpcLink"
    ),
    "application-autoscaling": (
        "DeleteScalingPolicy DeregisterScalableTarget DescribeScalableTargets"
        " DescribeScalingPolicies ListTagsForResource PutScalingPolicy RegisterScalableTarget"
    ),
    "cloudformation": (
        "ContinueUpdateRollback CreateChangeSet CreateStack DeleteChangeSet DeleteStack"
        " DescribeChangeSet DescribeEvents DescribeStackEvents DescribeStackResource"
        " DescribeStackResources DescribeStacks ExecuteChangeSet GetTemplate GetTemplateSummary"
        " ListChangeSets ListExports ListImports ListStackResources ListStacks RollbackStack"
        " UpdateStack UpdateTerminationProtection ValidateTemplate"
    ),
    "cognito-idp": (
        "CreateResourceServer CreateUserPool CreateUserPoolClient CreateUserPoolDomain"
        " DeleteResourceServer DeleteUserPool DeleteUserPoolClient DeleteUserPoolDomain"
        " DescribeResourceServer DescribeUserPool DescribeUserPoolClient DescribeUserPoolDomain"
        " GetUserPoolMfaConfig UpdateUserPool UpdateUserPoolClient"
    ),
    "ec2": (
        "AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress"
        " AuthorizeSecurityGroupIngress CreateInternetGateway CreateRoute CreateRouteTable"
        " CreateSecurityGroup CreateSubnet CreateTags CreateVpc DeleteInternetGateway"
        " DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc"
        " DescribeAvailabilityZones DescribeInternetGateways DescribeNetworkAcls"
        " DescribeNetworkInterfaces DescribeRouteTables DescribeSecurityGroupRules"
        " DescribeSecurityGroups DescribeSubnets DescribeTags DescribeVpcAttribute DescribeVpcs"
        " DetachInternetGateway DisassociateRouteTable ModifyVpcAttribute RevokeSecurityGroupEgress"
        " RevokeSecurityGroupIngress"
    ),
    "ecr": (
        "CreateRepository DeleteRepository DescribeImages DescribeRepositories"
        " GetAuthorizationToken ListTagsForResource PutImageTagMutability"
    ),
    "ecs": (
        "CreateCluster CreateService DeleteCluster DeleteService DeregisterTaskDefinition"
        " DescribeClusters DescribeServices DescribeTaskDefinition DescribeTasks ListClusters"
        " ListServices ListTagsForResource ListTaskDefinitionFamilies ListTaskDefinitions ListTasks"
        " PutClusterCapacityProviders RegisterTaskDefinition RunTask StopTask TagResource"
        " UntagResource UpdateService"
    ),
    "elbv2": (
        "CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener"
        " DeleteLoadBalancer DeleteRule DeleteTargetGroup DescribeCapacityReservation"
        " DescribeListenerAttributes DescribeListeners DescribeLoadBalancerAttributes"
        " DescribeLoadBalancers DescribeRules DescribeTags DescribeTargetGroupAttributes"
        " DescribeTargetGroups ModifyLoadBalancerAttributes ModifyTargetGroupAttributes"
    ),
    "iam": (
        "AttachRolePolicy CreatePolicy CreateRole DeletePolicy DeleteRole DeleteRolePolicy"
        " DetachRolePolicy GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies"
        " ListInstanceProfilesForRole ListPolicyVersions ListRolePolicies ListRoleTags PutRolePolicy"
        " TagRole UntagRole UpdateAssumeRolePolicy UpdateRole"
    ),
    "logs": (
        "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DescribeLogGroups DescribeLogStreams"
        " FilterLogEvents GetLogEvents ListTagsForResource PutRetentionPolicy TagResource"
        " UntagResource"
    ),
    "s3": (
        "CreateBucket DeleteBucket DeleteObject DeleteObjects GetBucketEncryption GetBucketLocation"
        " GetObject HeadBucket HeadObject ListObjectVersions ListObjectsV2 PutObject"
    ),
    "scheduler": ("CreateSchedule DeleteSchedule GetSchedule UpdateSchedule"),
    "secretsmanager": (
        "CreateSecret DeleteSecret DescribeSecret GetResourcePolicy GetSecretValue PutSecretValue"
        " UpdateSecret"
    ),
    "servicediscovery": (
        "CreateHttpNamespace CreatePrivateDnsNamespace CreateService DeleteNamespace DeleteService"
        " DeregisterInstance DiscoverInstances GetInstancesHealthStatus GetNamespace GetOperation"
        " GetService ListInstances ListNamespaces ListOperations ListServices ListTagsForResource"
        " RegisterInstance TagResource UntagResource UpdateInstanceCustomHealthStatus UpdateService"
    ),
    "ssm": ("DeleteParameter DescribeParameters GetParameter ListTagsForResource PutParameter"),
    "sts": ("AssumeRole GetCallerIdentity"),
}
"""Service to the operations that the clients were seen to call, or that scripts need."""

UNKNOWN = ("NotImplementedException", "UnknownOperationException", "InvalidAction")


def plain(value: Any) -> Any:
    """Return parameters without characters that paths have to escape."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.replace(TEXT, "none") if isinstance(value, str) else value


async def refusals(service: str) -> dict[str, str]:
    """Call each operation with as little as it takes; return those that moto says not to have."""
    found: dict[str, str] = {}
    async with SmallCloud().running() as cloud:
        for operation in CALLED[service].split():
            shape = operation_model(service, operation).input_shape
            params = {} if shape is None else plain(sample(shape, required_only=True))
            try:
                await cloud.call(service, operation, **params)
            except ServiceError as error:
                if error.code in UNKNOWN:
                    found[operation] = error.message
    return found


@pytest.fixture(scope="module")
def ours() -> Mapping[str, Operations]:
    return still_cloud().dispatcher.services


@pytest.mark.parametrize("service", sorted(CALLED))
def test_each_operation_that_clients_call_is_answered(service: str, ours: Mapping[str, Operations]) -> None:
    if service in ours:
        assert [name for name in CALLED[service].split() if ours[service].get(name) is None] == []
    else:
        assert asyncio.run(refusals(service)) == {}
