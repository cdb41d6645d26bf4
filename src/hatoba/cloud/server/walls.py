"""Security groups as walls between the parts of the cloud. Opt-in, by ``--enforce-security-groups``.

::

    VPC link ─→ task                    the gateway leaves it out and says why
    VPC link ─→ load balancer ─→ task   so here; and the load balancer's health checks fail
    task ─→ task                        processes by guards, containers by walls of their networks
                                        (:mod:`hatoba.cloud.ecs.act.guards`, :mod:`hatoba.runtime.wall`)

What decides is :mod:`hatoba.cloud.ec2.control.reach`; here stands who is meant by a connection's two ends.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ec2.control.addresses import RESERVED_AT_START
from hatoba.cloud.ec2.control.reach import End, missing_rule
from hatoba.cloud.ec2.model import NetworkInterface, SecurityGroup, Subnet
from hatoba.cloud.ecs.model import Task
from hatoba.cloud.loadbalancing.model import Listener, LoadBalancer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.model import Endpoint
    from hatoba.cloud.state import Scope, State
    from hatoba.cloud.world import DiscoveredInstance


class SecurityGroups:
    """Judges by the groups as they are kept now: all of ``Walls`` in :mod:`hatoba.cloud.world`."""

    kinds = ("ec2.security_group", "ecs.task", "apigateway.vpclink", "loadbalancing.balancer")

    def __init__(self, state: State) -> None:
        self._groups = state.table("ec2.security_group", SecurityGroup)
        self._interfaces = state.table("ec2.network_interface", NetworkInterface)
        self._subnets = state.table("ec2.subnet", Subnet)
        self._tasks = state.table("ecs.task", Task)
        self._balancers = state.table("loadbalancing.balancer", LoadBalancer)
        self._listeners = state.table("loadbalancing.listener", Listener)

    def behind_guard(self, scope: Scope, instance: DiscoveredInstance) -> DiscoveredInstance:
        """Return a task's instance at the task's own port: what the gateway may reach is judged here."""
        task = self._task_of(scope, instance)
        port = instance.attributes.get("AWS_INSTANCE_PORT")
        own = (each.port for each in task.endpoints if str(each.guard) == port) if task else iter(())
        found = next(own, None)
        if found is None:
            return instance
        return replace(instance, attributes={**instance.attributes, "AWS_INSTANCE_PORT": str(found)})

    def instance_refusal(
        self, scope: Scope, groups: Sequence[str], source_ip: str, instance: DiscoveredInstance
    ) -> str | None:
        """Return which rule is missing between a link and an instance; None when it is reached."""
        task = self._task_of(scope, instance)
        if task is None:
            return None  # not of ECS: nobody knows its groups
        port = _container_port(task, instance.attributes.get("AWS_INSTANCE_PORT", ""))
        link = self._end(scope, "the VPC link", groups, source_ip)
        return missing_rule(link, self._task(scope, task), "tcp", port)

    def listener_refusal(
        self, scope: Scope, groups: Sequence[str], source_ip: str, listener_arn: str
    ) -> str | None:
        """Return which rule is missing between a link and a load balancer; None when it is reached."""
        listener = self._listeners.get(scope, listener_arn)
        balancer = self._balancers.get(scope, listener.load_balancer_arn) if listener else None
        if listener is None or balancer is None:
            return None
        link = self._end(scope, "the VPC link", groups, source_ip)
        return missing_rule(link, self._balancer(scope, balancer), "tcp", listener.port)

    def target_refusal(self, scope: Scope, balancer_arn: str, host: str, port: int) -> str | None:
        """Return which rule is missing between a load balancer and a target; None when it is reached."""
        balancer = self._balancers.get(scope, balancer_arn)
        found = self._at(scope, host, port)
        if balancer is None or found is None:
            return None
        task, endpoint = found
        source = self._balancer(scope, balancer)
        return missing_rule(source, self._task(scope, task), "tcp", endpoint.container_port)

    def task_refusal(
        self, source: tuple[Scope, str], target: tuple[Scope, str], protocol: str, port: int
    ) -> str | None:
        """Return which rule is missing between two tasks, given by scope and key; None when it is reached."""
        sending, listening = self._tasks.get(*source), self._tasks.get(*target)
        if sending is None or listening is None or source == target:
            return None
        return missing_rule(self._task(source[0], sending), self._task(target[0], listening), protocol, port)

    def _task_of(self, scope: Scope, instance: DiscoveredInstance) -> Task | None:
        cluster = instance.attributes.get("ECS_CLUSTER_NAME")
        return self._tasks.get(scope, f"{cluster}/{instance.instance_id}") if cluster else None

    def _task(self, scope: Scope, task: Task) -> End:
        """Return a task with the groups of its interface: its VPC's own where it named none."""
        interface = self._interfaces.get(scope, task.attachment.interface_id or "")
        groups = interface.group_ids if interface else task.network.security_groups
        name = f"service {task.service}" if task.service else f"task {task.id}"
        return self._end(scope, name, groups, task.attachment.private_ip)

    def _balancer(self, scope: Scope, balancer: LoadBalancer) -> End:
        """Return a load balancer, at the second address of its first subnet: VPC links have the first."""
        subnet = self._subnets.get(scope, balancer.zones[0].subnet_id) if balancer.zones else None
        address = str(ip_network(subnet.cidr)[RESERVED_AT_START + 1]) if subnet else None
        return self._end(scope, f"load balancer {balancer.name}", balancer.security_groups, address)

    def _end(self, scope: Scope, name: str, groups: Sequence[str], address: str | None) -> End:
        found = (self._groups.get(scope, each) for each in groups)
        rules = (rule for group in found if group is not None for rule in group.rules)
        return End(name, tuple(groups), tuple(rules), address)

    def _at(self, scope: Scope, host: str, port: int) -> tuple[Task, Endpoint] | None:
        """Find the task that listens at an address of this machine."""
        for task in self._tasks.list(scope):
            for endpoint in task.endpoints:
                if (endpoint.host, endpoint.port) == (host, port) and task.last_status != "STOPPED":
                    return task, endpoint
        return None


def _container_port(task: Task, registered: str) -> int:
    """Return the port that rules speak of: the container's, wherever it is reached on this machine."""
    found = (
        each.container_port for each in task.endpoints if registered in {str(each.port), str(each.guard)}
    )
    return next(found, int(registered) if registered else 0)
