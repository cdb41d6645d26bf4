"""A live system as AWS's API tells it, with all that differs between two that are alike put into names.

Ids, ARNs and the account become the names of what they are of; times, counters of tries and CloudFormation's
own tags go. What is left of two systems made from one definition must be equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Client = Callable[[str], Any]

GOES = frozenset(
    {
        *("ResponseMetadata", "CreatedDate", "LastUpdatedDate", "CreateDate", "creationTime", "createdAt"),
        *("registeredAt", "registeredBy", "updatedAt", "RoleLastUsed", "VpcLinkStatusMessage"),
        *(
            "CreatorRequestId",
            "storedBytes",
            "events",
            "deployments",
            "DeploymentId",
            "LastDeploymentStatusMessage",
        ),
        *(
            "revision",
            "createdBy",
            "UpdateDate",
            "ServiceCount",
            "InstanceCount",
            "RevisionId",
            "SecurityGroupRuleId",
        ),
        *("CreationTime", "CreationDate", "LastModificationDate", "LastModifiedDate", "ScalableTargetARN"),
        *(
            "AlarmARN",
            "AlarmName",
            "PolicyARN",
            "SecurityGroupRuleArn",
            "RoleId",
            "currentServiceDeployment",
            "currentServiceRevisions",
        ),
        *("statistics", "HostedZoneId", "logGroupArn", "SOA", "CreatedTime", "CanonicalHostedZoneId"),
    }
)
"""Members that no definition says: times, counters, ids of the moment."""


UNSAID = {
    "EnableECSManagedTags": False,
    "EnableExecuteCommand": False,
    "MaximumEventAgeInSeconds": 86_400,
    "DisableScaleIn": False,
    "ScaleInCooldown": 300,
    "ScaleOutCooldown": 300,
}
"""What Terraform says of schedules and policies with AWS's own defaults; CloudFormation leaves it out."""


@dataclass
class Seen:
    """What the API said, by kind and name, and the names that ids are replaced by."""

    client: Client
    names: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)

    def put(self, kind: str, name: str, said: Any, *ids: str) -> None:
        self.found[f"{kind} {name}"] = said
        self.names |= {each: f"<{kind} {name}>" for each in ids if each}


def live_system(client: Client, standing: Mapping[str, str]) -> dict[str, Any]:
    """Return all that stands in an account's region, normalised; ``standing`` names ids that were given."""
    seen = Seen(client, dict(standing))
    account = client("sts").get_caller_identity()["Account"]
    for look in (
        _logs,
        _roles,
        _groups,
        _names,
        _balancers,
        _tasks,
        _apis,
        _scaling,
        _schedules,
        _parameters,
    ):
        look(seen)
    text = json.dumps(seen.found, default=_plain, sort_keys=True)
    for known in sorted(seen.names, key=len, reverse=True):
        text = text.replace(known, seen.names[known])
    text = re.sub(r"(task-definition/[\w-]+):\d+", r"\1:N", text.replace(account, "<account>"))
    normal: dict[str, Any] = _normal(json.loads(text))
    return normal


def _plain(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _normal(value: Any) -> Any:
    """Sort what has no order, drop what goes, empty members and CloudFormation's tags."""
    if isinstance(value, dict):
        kept = {
            key: _normal(member)
            for key, member in value.items()
            if key not in GOES and UNSAID.get(key) != member and not key.startswith("aws:cloudformation:")
        }
        return {key: member for key, member in kept.items() if member not in (None, [], {}, "")}
    if isinstance(value, list):
        members = [_normal(each) for each in value if not _is_cloudformations(each)]
        return sorted(members, key=lambda each: json.dumps(each, sort_keys=True))
    # Access logs go to the same group with and without ":*" behind its ARN.
    return value.removesuffix(":*") if isinstance(value, str) else value


def _is_cloudformations(tag: Any) -> bool:
    key = tag.get("Key", tag.get("key", "")) if isinstance(tag, dict) else ""
    return str(key).startswith("aws:cloudformation:")


def _logs(seen: Seen) -> None:
    logs = seen.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        arn = group["logGroupArn"]
        tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
        seen.put("log group", group["logGroupName"], {**group, "tags": tags})


def _roles(seen: Seen) -> None:
    iam = seen.client("iam")
    for listed in iam.list_roles()["Roles"]:
        name = listed["RoleName"]
        if listed["Path"].startswith("/aws-service-role/"):
            continue
        role = iam.get_role(RoleName=name)["Role"]
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        said = {
            "role": role,
            "inline": {
                each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in names
            },
            "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
        }
        seen.put("role", name, said, role["RoleId"])


def _groups(seen: Seen) -> None:
    ec2 = seen.client("ec2")
    rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] != "default":
            own = [each for each in rules if each["GroupId"] == group["GroupId"]]
            seen.put("group", group["GroupName"], {"group": group, "rules": own}, group["GroupId"])


def _names(seen: Seen) -> None:
    cloudmap = seen.client("servicediscovery")
    for space in cloudmap.list_namespaces()["Namespaces"]:
        said = cloudmap.get_namespace(Id=space["Id"])["Namespace"]
        tags = cloudmap.list_tags_for_resource(ResourceARN=space["Arn"])["Tags"]
        seen.put("namespace", space["Name"], {"namespace": said, "tags": tags}, space["Id"])
    for service in cloudmap.list_services()["Services"]:
        said = cloudmap.get_service(Id=service["Id"])["Service"]
        tags = cloudmap.list_tags_for_resource(ResourceARN=service["Arn"])["Tags"]
        seen.put("discovery service", service["Name"], {"service": said, "tags": tags}, service["Id"])


def _balancers(seen: Seen) -> None:
    elb = seen.client("elbv2")
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        arn, given = balancer["LoadBalancerArn"], balancer.pop("LoadBalancerName")
        attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        tags = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        name = f"{balancer['Type']} of {_named(seen, balancer['SecurityGroups'][0])}"
        said = {"balancer": balancer, "attributes": attributes, "tags": tags}
        seen.put("balancer", name, said, arn, balancer["DNSName"], given)
        for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            seen.put("listener", f"{name} {listener['Port']}", listener, listener["ListenerArn"])
    for group in elb.describe_target_groups()["TargetGroups"]:
        arn, given = group["TargetGroupArn"], group.pop("TargetGroupName")
        attributes = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        tags = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        name = f"{group['Protocol']} {group['Port']} of {_named(seen, group['LoadBalancerArns'][0])}"
        seen.put("target group", name, {"group": group, "attributes": attributes, "tags": tags}, arn, given)


def _scaling(seen: Seen) -> None:
    scaling, of = seen.client("application-autoscaling"), {"ServiceNamespace": "ecs"}
    for target in scaling.describe_scalable_targets(**of)["ScalableTargets"]:
        seen.put("scalable target", target["ResourceId"], target)
    for policy in scaling.describe_scaling_policies(**of)["ScalingPolicies"]:
        seen.put("scaling policy", policy["PolicyName"], policy)


def _schedules(seen: Seen) -> None:
    scheduler = seen.client("scheduler")
    for listed in scheduler.list_schedules()["Schedules"]:
        seen.put("schedule", listed["Name"], scheduler.get_schedule(Name=listed["Name"]))


def _parameters(seen: Seen) -> None:
    ssm = seen.client("ssm")
    for parameter in ssm.describe_parameters()["Parameters"]:
        name = parameter["Name"]
        seen.put(
            "parameter", name, {**parameter, "value": ssm.get_parameter(Name=name)["Parameter"]["Value"]}
        )


def _tasks(seen: Seen) -> None:
    ecs = seen.client("ecs")
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        said = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        seen.put("task definition", said["taskDefinition"]["family"], said)
    for arn in ecs.list_clusters()["clusterArns"]:
        include = ["SETTINGS", "CONFIGURATIONS", "TAGS"]
        (cluster,) = ecs.describe_clusters(clusters=[arn], include=include)["clusters"]
        seen.put("cluster", cluster["clusterName"], cluster)
        for service_arn in ecs.list_services(cluster=arn)["serviceArns"]:
            (service,) = ecs.describe_services(cluster=arn, services=[service_arn], include=["TAGS"])[
                "services"
            ]
            seen.put("service", service["serviceName"], service)


def _apis(seen: Seen) -> None:
    gateway = seen.client("apigatewayv2")
    for link in _items(gateway.get_vpc_links()):
        seen.put("link", link["Name"], link, link["VpcLinkId"])
    for api in _items(gateway.get_apis()):
        of, name = {"ApiId": api["ApiId"]}, api["Name"]
        endpoint = api.pop("ApiEndpoint")
        seen.put("api", name, api, api["ApiId"], endpoint)
        for stage in _items(gateway.get_stages(**of)):
            seen.put("stage", f"{name} {stage['StageName']}", stage)
        for authorizer in _items(gateway.get_authorizers(**of)):
            seen.put("authorizer", f"{name} {authorizer['Name']}", authorizer, authorizer["AuthorizerId"])
        for integration in _items(gateway.get_integrations(**of)):
            to = _named(seen, f"{integration['IntegrationUri']} {integration['TimeoutInMillis']}")
            seen.put("integration", f"{name} {to}", integration, integration["IntegrationId"])
        for route in _items(gateway.get_routes(**of)):
            seen.put("route", f"{name} {route['RouteKey']}", route, route["RouteId"])


def _named(seen: Seen, text: str) -> str:
    for known in sorted(seen.names, key=len, reverse=True):
        text = text.replace(known, seen.names[known])
    return re.sub(r"\d{12}", "<account>", text)


def _items(said: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    assert "NextToken" not in said
    items: Iterable[dict[str, Any]] = said["Items"]
    return items
