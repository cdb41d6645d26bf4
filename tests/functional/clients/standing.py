"""What stands in a cloud, as each service's list operations tell it, less what every new account has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.cloud import RunningCloud

Names = list[str]
Walk = Callable[[Any], Names]


def _stacks(client: Any) -> Names:
    found = client.list_stacks()["StackSummaries"]
    return [each["StackName"] for each in found if each["StackStatus"] != "DELETE_COMPLETE"]


def _apis(client: Any) -> Names:
    return [each["Name"] for each in client.get_apis()["Items"]]


def _links(client: Any) -> Names:
    return [each["Name"] for each in client.get_vpc_links()["Items"]]


def _groups(client: Any) -> Names:
    found = client.describe_security_groups()["SecurityGroups"]
    return [each["GroupName"] for each in found if each["GroupName"] != "default"]


def _own_roles(client: Any) -> Names:
    found = client.list_roles()["Roles"]
    return [each["RoleName"] for each in found if not each["Path"].startswith("/aws-service-role/")]


WALKS: dict[str, tuple[str, Walk]] = {
    "stacks": ("cloudformation", _stacks),
    "APIs": ("apigatewayv2", _apis),
    "VPC links": ("apigatewayv2", _links),
    "clusters": ("ecs", lambda client: list(client.list_clusters()["clusterArns"])),
    "task definitions": ("ecs", lambda client: list(client.list_task_definitions()["taskDefinitionArns"])),
    "namespaces": (
        "servicediscovery",
        lambda client: [each["Name"] for each in client.list_namespaces()["Namespaces"]],
    ),
    "discovery services": (
        "servicediscovery",
        lambda client: [each["Name"] for each in client.list_services()["Services"]],
    ),
    "log groups": (
        "logs",
        lambda client: [each["logGroupName"] for each in client.describe_log_groups()["logGroups"]],
    ),
    "roles": ("iam", _own_roles),
    "policies": (
        "iam",
        lambda client: [each["PolicyName"] for each in client.list_policies(Scope="Local")["Policies"]],
    ),
    "security groups": ("ec2", _groups),
    "network interfaces": (
        "ec2",
        lambda client: [
            each["NetworkInterfaceId"] for each in client.describe_network_interfaces()["NetworkInterfaces"]
        ],
    ),
}


def what_stands(cloud: RunningCloud) -> dict[str, Names]:
    """Return the names of what is there, by kind; a kind of which there is nothing is left out."""
    found = {kind: walk(cloud.client(service)) for kind, (service, walk) in WALKS.items()}
    return {kind: names for kind, names in found.items() if names}
