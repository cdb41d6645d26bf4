"""Every service of the cloud, made and tied to the others: the one place that knows them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.apigateway import ApiGateway
from hatoba.cloud.cloudformation import CloudFormation
from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.ecs import Ecs
from hatoba.cloud.events import Events
from hatoba.cloud.iam import Iam
from hatoba.cloud.identity import Identity
from hatoba.cloud.loadbalancing import LoadBalancing
from hatoba.cloud.logs import Logs
from hatoba.cloud.neighbours import Neighbours
from hatoba.cloud.neighbours.keys import token_keys
from hatoba.cloud.scaling import Scaling
from hatoba.cloud.schedules import Schedules
from hatoba.cloud.server.model import LocalCommandRecord
from hatoba.cloud.server.walls import SecurityGroups
from hatoba.cloud.state import Scope, State
from hatoba.cloud.sts import Sts
from hatoba.cloud.wire import Call, Caller, Dispatcher
from hatoba.cloud.world import World
from hatoba.discovery import DnsServer
from hatoba.runtime.machine import LocalCommands, MachineRuntimes
from hatoba.runtime.protocol import LocalCommand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.clock import Clock
    from hatoba.cloud.world import Loop, Service, Settings
    from hatoba.gateway.protocol import CountingGateway


class Cloud:
    """All services over one state. Made, it stands still: :mod:`hatoba.cloud.server.run` runs it."""

    def __init__(self, settings: Settings, clock: Clock, gateway: CountingGateway) -> None:
        self.settings = settings
        self.clock = clock
        self.state = State(None if settings.ephemeral else settings.folder / "state.db")
        self.home = Scope(settings.account, settings.region)
        self.dispatcher = Dispatcher({}, self.state.transaction, self._elsewhere)
        world = World(self.state, clock, settings, self.dispatcher, self.call_as)

        self.iam = Iam(world)
        self.sts = Sts(world)
        self.ec2 = Ec2(world)
        self.logs = Logs(world)
        self.cloudmap = CloudMap(world)
        walls = SecurityGroups(self.state) if settings.enforce_security_groups else None
        self.loadbalancing = LoadBalancing(world, flights=gateway, walls=walls)
        self.identity = Identity(world, token_keys)
        self.gateway = gateway
        self.apigateway = ApiGateway(
            world,
            gateway,
            self.cloudmap,
            self.identity,
            self.logs,
            listeners=self.loadbalancing,
            walls=walls,
        )
        self.commands = LocalCommands()
        self.runtimes = MachineRuntimes(settings.folder, settings.runtime, self.commands)
        self.events = Events(world, self.logs)
        self.ecs = Ecs(world, self.runtimes, self.logs, walls=walls, bus=self.events)
        self.runtimes.admit = self.ecs.admits if walls is not None else None
        self.cloudformation = CloudFormation(world)
        self.schedules = Schedules(world)
        self.scaling = Scaling(world, self.ecs, counter=gateway)
        companions = (self.schedules, self.events, self.scaling, self.ecs.session_manager)
        self.neighbours = Neighbours(world, self.identity, self.cloudmap.zones, companions)
        self.dns = DnsServer(settings.host, settings.dns_port, self.cloudmap.resolver)

        for service in self.services:
            self.dispatcher.services[service.operations.service] = service.operations
        self._kept_commands = self.state.table("server.local_command", LocalCommandRecord)
        self._use_commands()

    @property
    def services(self) -> tuple[Service, ...]:
        """Our nine services, in the order in which they start. They end in the reverse order."""
        return (
            self.iam,
            self.sts,
            self.ec2,
            self.logs,
            self.cloudmap,
            self.loadbalancing,
            self.apigateway,
            self.ecs,
            self.cloudformation,
        )

    @property
    def loops(self) -> tuple[Loop, ...]:
        """What runs from start to stop: the loops of our services, and of what goes with neighbours."""
        ours = (loop for service in self.services for loop in service.loops())
        return (*ours, *self.schedules.loops(), *self.events.loops(), *self.scaling.loops())

    def call_as(self, scope: Scope, service: str) -> Call:
        """Make the call of a loop that acts by itself, as AWS's own service roles do."""
        return Call(
            scope, Caller.root(scope.account), self.clock.now(), service, endpoint=self.settings.endpoint
        )

    def replace_local_commands(self, commands: Sequence[LocalCommand]) -> None:
        """Use these local commands from now on, and after a restart."""
        with self.state.transaction():
            for old in self._kept_commands.list(self.home):
                self._kept_commands.delete(self.home, old.key)
            self.add_local_commands(commands)
        self._use_commands()

    def add_local_commands(self, commands: Sequence[LocalCommand]) -> None:
        """Use these local commands beside the ones for other images."""
        with self.state.transaction():
            for new in commands:
                record = LocalCommandRecord(new.image, new.command, new.directory, new.environment)
                self._kept_commands.put(self.home, record)
        self._use_commands()

    def _use_commands(self) -> None:
        kept = self._kept_commands.list(self.home)
        self.commands.replace(
            [LocalCommand(each.image, each.command, each.directory, each.environment) for each in kept]
        )

    async def _elsewhere(self, call: Call, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self.neighbours.invoke(call, params)
