"""Security groups as walls: whether a VPC link reaches a task. Opt-in, by ``--enforce-security-groups``.

A connection passes when a rule of the link's groups lets it out and one of the task's groups lets it in.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from hatoba.cloud.ec2.model import NetworkInterface, SecurityGroup
from hatoba.cloud.ecs.model import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hatoba.cloud.ec2.model import Rule
    from hatoba.cloud.state import Scope, State
    from hatoba.cloud.world import DiscoveredInstance

_TCP = frozenset({"tcp", "6", "-1"})


class SecurityGroups:
    """Judges by the groups as they are kept now. See :class:`hatoba.cloud.world.Walls`."""

    kinds = ("ec2.security_group", "ecs.task", "apigateway.vpclink")

    def __init__(self, state: State) -> None:
        self._groups = state.table("ec2.security_group", SecurityGroup)
        self._interfaces = state.table("ec2.network_interface", NetworkInterface)
        self._tasks = state.table("ecs.task", Task)

    def refusal(
        self, scope: Scope, groups: Sequence[str], source_ip: str, instance: DiscoveredInstance
    ) -> str | None:
        """Return which rule is missing between a link and an instance; None when it is reached."""
        task = self._task(scope, instance)
        if task is None:
            return None  # not of ECS: nobody knows its groups
        port = _container_port(task, instance)
        theirs = self._groups_of(scope, task)
        if groups and not self._passes(scope, groups, theirs, port, task.attachment.private_ip, out=True):
            return (
                f"The VPC link's security groups ({_list(groups)}) let nothing out on TCP {port} to"
                f" {_list(theirs)}: add an egress rule"
            )
        if not self._passes(scope, theirs, groups, port, source_ip, out=False):
            return (
                f"The security groups of task {task.id} ({_list(theirs)}) let nothing in on TCP {port}"
                f" from the VPC link's ({_list(groups)}): add an ingress rule"
            )
        return None

    def _task(self, scope: Scope, instance: DiscoveredInstance) -> Task | None:
        cluster = instance.attributes.get("ECS_CLUSTER_NAME")
        return self._tasks.get(scope, f"{cluster}/{instance.instance_id}") if cluster else None

    def _groups_of(self, scope: Scope, task: Task) -> tuple[str, ...]:
        """Return the groups of the task's interface: its VPC's own where it named none."""
        interface = self._interfaces.get(scope, task.attachment.interface_id or "")
        return interface.group_ids if interface else task.network.security_groups

    def _passes(
        self,
        scope: Scope,
        groups: Sequence[str],
        peers: Sequence[str],
        port: int,
        address: str | None,
        *,
        out: bool,
    ) -> bool:
        return any(
            rule.is_egress == out and _covers(rule, port) and _means(rule, peers, address)
            for rule in self._rules(scope, groups)
        )

    def _rules(self, scope: Scope, groups: Sequence[str]) -> Iterable[Rule]:
        for identifier in groups:
            group = self._groups.get(scope, identifier)
            yield from group.rules if group else ()


def _container_port(task: Task, instance: DiscoveredInstance) -> int:
    """Return the port that rules speak of: the container's, wherever it is reached on this machine."""
    port = instance.attributes.get("AWS_INSTANCE_PORT", "")
    return next(
        (each.container_port for each in task.endpoints if str(each.port) == port), int(port) if port else 0
    )


def _covers(rule: Rule, port: int) -> bool:
    if rule.protocol not in _TCP:
        return False
    if rule.protocol == "-1" or rule.from_port in {None, -1}:
        return True
    return (rule.from_port or 0) <= port <= (rule.to_port or rule.from_port or 0)


def _means(rule: Rule, peers: Sequence[str], address: str | None) -> bool:
    """Say whether the other side is one of the rule's peers. Prefix lists are not known here."""
    if rule.group_id is not None:
        return rule.group_id in peers
    if rule.cidr_ipv4 is None or address is None:
        return False
    return ip_address(address) in ip_network(rule.cidr_ipv4)


def _list(groups: Sequence[str]) -> str:
    return ", ".join(groups) or "none"
