"""Compose's services as services on Fargate; what Fargate has not is told."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from hatoba.importing.compose.members import (
    container_ports,
    environment,
    health_check,
    seconds,
    size,
    words,
)
from hatoba.importing.compose.read import Composed, read
from hatoba.importing.draft import Draft, given, identifier, shaped
from hatoba.importing.source import Assign, Call, Code, Given, Joined

if TYPE_CHECKING:
    from pathlib import Path

WHY = {
    "volumes": "a task's disk goes with it; keep data in S3, DynamoDB or RDS, or mount EFS by a raw resource",
    "build": "hatoba runs images; push it to a registry and give the input",
    "networks": "tasks are in the VPC; security groups say who may talk to whom",
    "secrets": "put the value into Secrets Manager or Parameter Store and name it in `secrets`",
    "configs": "put it into the image, or into Parameter Store and `secrets`",
    "env_file": "its values are not read; give them in `environment`",
    "restart": "ECS keeps the tasks of a service running",
    "container_name": "tasks have ids; services are found by their name in Cloud Map",
    "labels": "nothing of the definition reads them",
    "logging": "every container logs to a log group of CloudWatch",
    "privileged": "Fargate has no privileged containers",
    "network_mode": "Fargate has awsvpc alone",
    "profiles": "every service is drafted",
    "extends": "it is not followed; draft the whole file (`docker compose config`)",
}
"""Why a member of a Compose service is not carried."""


def draft(file: Path) -> Draft:
    """Draft a definition from a Compose file.

    Raises:
        ImportFailed: It cannot be read.
    """
    composed = read(file)
    made = Draft(f"What the Compose file {file.name} of {composed.name} runs.")
    for name in composed.unset:
        made.leave(f"${{{name}}}", "it has no default in the file: the text is empty where it stood")
    for part in composed.others:
        made.leave(part, WHY.get(part, "hatoba has nothing of this kind"))
    _Drafting(composed, made).run()
    return made


class _Drafting:
    """What the services of one file share."""

    def __init__(self, composed: Composed, made: Draft) -> None:
        self._composed, self._made = composed, made
        self._project = identifier(composed.name).replace("_", "-")
        self._names: dict[str, Code] = {}
        self._nameless: set[str] = set()
        self._entered: list[tuple[str, Code]] = []

    def run(self) -> None:
        """Write what is shared, then each service, then how requests enter."""
        made, project = self._made, self._project
        made.inputs.put(("vpc_id",), Given("vpc", description="The VPC that everything is in"))
        made.inputs.put(("private_subnet_ids",), Given("subnets", description="Where tasks and the link are"))
        made.inputs.put(("security_group_id",), Given("security_group", description="Of the VPC link"))
        self._cluster = made.add("cluster", Call("ecs.Cluster", (project,)))
        self._executor = made.add("executor", Call("iam.ExecutionRole", (f"{project}-executor",)))
        space = (f"{project}.internal", Code("given.vpc_id"))
        self._space = made.add("names", Call("cloudmap.PrivateDnsNamespace", space))
        for name, source in self._composed.services.items():
            if container_ports(source):
                # SRV records tell API Gateway the port; callers that know only DNS need A records.
                record = {} if source.get("ports") else {"record": "A"}
                registry = Call("cloudmap.Service", (name, self._space), record)
                self._names[name] = made.add(f"{name}_name", registry)
        services = []
        for name, source in self._composed.services.items():
            with shaped(partial("service {}".format, name)):
                services.append(self._service(name, dict(source)))
        self._enter(services)

    def _service(self, name: str, source: dict[str, Any]) -> Code:
        made = self._made
        ports = container_ports(source)
        container = self._container(name, source, ports)
        cpu, memory = size(source.pop("deploy", None), lambda what: made.leave(f"{name}: deploy", what))
        arguments = (f"{self._project}-{name}", [container], Call("ecs.Size", (cpu, memory)))
        task = made.add(
            f"{name}_task", Call("ecs.TaskDefinition", arguments, {"execution_role": self._executor})
        )
        rules = [Call("ec2.tcp", (port, "10.0.0.0/8")) for port in ports]
        group_arguments = (f"{self._project}-{name}", Code("given.vpc_id"), rules)
        group = made.add(
            f"{name}_group", Call("ec2.SecurityGroup", group_arguments if rules else group_arguments[:2])
        )
        named: dict[str, Any] = {
            "cluster": self._cluster,
            "subnets": Code("given.private_subnet_ids"),
            "security_groups": [group],
        }
        replicas = source.pop("scale", None) or self._replicas(name)
        if replicas not in (None, 1):
            named["desired_count"] = replicas
        if name in self._names:
            named["registry"] = self._names[name]
            if len(ports) > 1:
                named |= {"registry_container": name, "registry_port": ports[0]}
        service = made.add(f"{name}_service", Call("ecs.Service", (name, task), named))
        if self._composed.services[name].get("ports"):
            self._entered.append((name, service))
        self._tell(name, source)
        return service

    def _replicas(self, name: str) -> Any:
        deploy = self._composed.services[name].get("deploy")
        return deploy.get("replicas") if isinstance(deploy, dict) else None

    def _container(self, name: str, source: dict[str, Any], ports: list[int]) -> Call:
        made = self._made
        held, unknown = environment(source.pop("environment", None))
        for key in unknown:
            made.leave(
                f"{name}: environment {key}", "its value comes from the shell; give it in `environment`"
            )
        group = made.add(f"{name}_logs", Call("logs.LogGroup", (f"/{self._project}/{name}", 7)))
        named = given(
            entry_point=words(source.pop("entrypoint", None)),
            command=words(source.pop("command", None)),
            environment={key: self._with_names(name, value) for key, value in held.items()},
            health_check=health_check(source.pop("healthcheck", None)),
            user=source.pop("user", None),
            working_directory=source.pop("working_dir", None),
            readonly_root_filesystem=source.pop("read_only", None),
            stop_timeout=seconds(source.pop("stop_grace_period", None)),
            log=group,
        )
        image = self._image(name, source)
        for said in ("ports", "expose", "platform"):
            source.pop(said, None)
        return Call("ecs.Container", (name, image, ports) if ports else (name, image), named)

    def _image(self, name: str, source: dict[str, Any]) -> Any:
        image = source.pop("image", None)
        if "build" not in source:
            return image or name
        path = (f"{identifier(name)}_image",)
        what = f"The image of {name}, which Compose builds here"
        self._made.inputs.put(path, Given("string", local=image or f"{name}:latest", description=what))
        return Code("given." + path[0])

    def _with_names(self, of: str, value: str) -> Any:
        """A value in which other services are spoken of by their names in Cloud Map."""
        others = [re.escape(other) for other in self._composed.services if other != of]
        if not others:
            return value
        found = re.search(rf"(?:^|(?<=//)|(?<=@))({'|'.join(others)})(?=[:/]|$)", value)
        if found is None:
            return value
        if found[1] not in self._names:
            self._leave_nameless(found[1])
            return value
        if self._composed.services[found[1]].get("ports"):
            self._made.leave(
                f"{of}: environment",
                f"{found[1]} has SRV records for the API; by DNS alone it needs A records",
            )
        host = Code(f"{self._names[found[1]].text}.host")
        parts = (value[: found.start()], host, value[found.end() :])
        held = tuple(part for part in parts if part != "")
        return host if len(held) == 1 else Joined(held)

    def _leave_nameless(self, name: str) -> None:
        """Tell of a service that others call without its saying where: once, however many do."""
        if name not in self._nameless:
            self._nameless.add(name)
            self._made.leave(
                f"{name}: ports",
                "others call it, but without a port it has no name in Cloud Map, and its security group"
                " lets nothing in; give it `expose` and import again",
            )

    def _tell(self, name: str, source: dict[str, Any]) -> None:
        needed = source.pop("depends_on", None)
        if needed:
            for other in needed:
                if other in self._composed.services and other not in self._names:
                    self._leave_nameless(other)
            others = ", ".join(needed)
            why = (
                f"tasks of different services start in any order; let {name} try again until {others} answers"
            )
            self._made.leave(f"{name}: depends_on", why)
        for member in source:
            self._made.leave(f"{name}: {member}", WHY.get(member, "no construct has it"))

    def _enter(self, services: list[Code]) -> None:
        made, named = self._made, {"inputs": Code("given"), "services": services}
        if self._entered:
            groups = [Code("given.security_group_id")]
            link = made.add(
                "link",
                Call("apigateway.VpcLink", (self._project, Code("given.private_subnet_ids"), groups)),
            )
            alone = len(self._entered) == 1
            routes = [
                Call("apigateway.Route", ("/{proxy+}" if alone else f"/{name}/{{proxy+}}", service))
                for name, service in self._entered
            ]
            api = made.add("api", Call("apigateway.HttpApi", (self._project, routes), {"vpc_link": link}))
            made.leave(
                "ports", "published ports are routes of an HTTP API now, open to all: give them an authorizer"
            )
            named |= {"apis": [api], "outputs": {"endpoint": Code(f"{api.text}.endpoint")}}
        else:
            made.inputs.drop(("security_group_id",))
        made.statements.append(Assign("system", Call("System", (self._project,), named)))
