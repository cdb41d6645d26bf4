"""Constructs: checked arguments that never stop the file, places, values known late, inputs."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import pytest

from hatoba import Input, Inputs, System, ecs, iam
from hatoba.definition.construct import Construct
from hatoba.definition.environments import Environment
from hatoba.definition.values import REGION, Joined
from tests.unit.definition import parts
from tests.unit.definition.parts import api, container, route, service, system, task


def here() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def texts(construct: Construct) -> list[tuple[str, str]]:
    return [(fault.rule, fault.remedy) for fault in construct.faults]


def test_a_construct_knows_the_line_it_was_written_on() -> None:
    cluster, line = ecs.Cluster("c"), here()

    assert (cluster.place.file, cluster.place.line) == (__file__, line)


def test_an_input_knows_the_line_it_was_written_on() -> None:
    given, line = Input.number(1), here()

    assert (given.place.file, given.place.line) == (__file__, line)


@pytest.mark.parametrize(
    ("made", "rule", "remedy"),
    [
        (lambda: ecs.Cluster(3), "name of ecs.Cluster is 3", "Give name as text in quotes."),  # type: ignore[arg-type]
        (ecs.Cluster, "ecs.Cluster needs name", "Add name=… to this ecs.Cluster."),
        (lambda: ecs.Cluster("c", tag={}), "ecs.Cluster has no argument tag", "Did you mean tags?"),  # type: ignore[call-arg]
        (lambda: ecs.Cluster("c", zzz=1), "has no argument zzz", "It takes name, capacity_providers"),  # type: ignore[call-arg]
        (lambda: ecs.Cluster("c", ["EC2"]), "capacity_providers of", "Give capacity_providers"),  # type: ignore[list-item]
        (lambda: ecs.Cluster("c", [], {}, 1), "too many positional arguments", "Give them by name."),  # type: ignore[call-arg]
        (lambda: ecs.Size("256", 512), "cpu of ecs.Size is '256'", "Give cpu as a whole number, or a number"),  # type: ignore[arg-type]
        (lambda: ecs.Size(True, 512), "cpu of ecs.Size is True", "Give cpu as a whole number"),
        (lambda: service(subnets="subnet-1"), "subnets of ecs.Service is 'subnet-1'", "a list of texts"),
        (lambda: ecs.Size(Input.string(), 512), "cpu of ecs.Size is input", "Give cpu as a whole number"),  # type: ignore[arg-type]
        (lambda: route(methods="GET"), "methods of apigateway.Route is 'GET'", "Give methods as list"),
        (lambda: api(route(), cors={"allow_origins": ["*"]}), "should be an instance of Cors", "Give cors"),
        (lambda: system(services=[task()]), "services of System is TaskDefinition", "Give services as"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_a_fault_with_a_remedy(made: Any, rule: str, remedy: str) -> None:
    faults = texts(made())

    assert any(rule in said and remedy in todo for said, todo in faults), faults


def test_several_wrong_arguments_are_several_faults() -> None:
    assert len(texts(ecs.Container(1, 2, ports=["x"]))) == 3  # type: ignore[arg-type, list-item]


def test_a_faulty_construct_keeps_what_it_was_given() -> None:
    role = iam.TaskRole("r")
    broken = ecs.TaskDefinition("f", [container()], "large", task_role=role)  # type: ignore[arg-type]

    assert broken.task_role is role
    assert broken.execution_role is None


def test_constructs_are_the_same_only_if_they_are_one_object() -> None:
    assert ecs.Cluster("c") != ecs.Cluster("c")


def test_a_construct_cannot_be_changed_later() -> None:
    with pytest.raises(AttributeError):
        ecs.Cluster("c").name = "d"  # type: ignore[misc]


def test_a_system_finds_everything_it_names_once_and_parts_before_wholes() -> None:
    whole = system(services=[service("a"), service("b")])
    found = list(whole.constructs())

    assert found[-1] is whole
    assert len({id(construct) for construct in found}) == len(found)
    assert all(
        found.index(child) < found.index(construct) for construct in found for child in construct.children()
    )


class Pool(Inputs):
    host = Input.string(description="Where it is")
    clients = Input.strings()


class Given(Inputs):
    pool = Pool()
    size = ecs.TaskInputs(memory=1024, cpu=512)
    other = ecs.TaskInputs(cpu=256)
    count = Input.number(1)


def test_inputs_are_named_by_where_they_are_assigned() -> None:
    names = [given.name for given in Given()]

    assert names == [
        "pool.host", "pool.clients", "size.memory", "size.cpu", "other.memory", "other.cpu", "count",
    ]  # fmt: skip


def test_a_group_used_twice_has_its_own_defaults() -> None:
    given = Given()

    assert (given.size.cpu.default, given.other.cpu.default, given.other.memory.default) == (512, 256, None)


def test_groups_lie_in_groups() -> None:
    class Outer(Inputs):
        inner = Given()

    assert Outer().inner.pool.host.name == "inner.pool.host"
    assert [given.name for given in Outer()][:1] == ["inner.pool.host"]


def test_text_is_joined_with_values_known_late() -> None:
    host = Given().pool.host
    joined = "https://" + host + "/" + REGION + "/x"

    assert isinstance(joined, Joined)
    assert joined.parts == ("https://", host, "/", REGION, "/x")


@pytest.mark.parametrize("use", [str, "{}".format, lambda value: f"https://{value}"])
def test_a_value_known_late_has_no_text_yet(use: Any) -> None:
    with pytest.raises(TypeError, match="has no text yet"):
        use(Given().pool.host)


def test_numbers_are_not_joined_by_mistake() -> None:
    with pytest.raises(TypeError, match="cannot be joined"):
        Given().pool.host + 1


def test_local_commands_are_run_by_the_interpreter_that_runs_hatoba() -> None:
    with_command = container(local_command=["python", "page.py"])
    other = container("other", image="go", local_command=["./serve", "-v"])
    found = system(services=[service(of=task(with_command, other), registry=None)]).local_commands()

    assert [command.argv for command in found] == [(sys.executable, "page.py"), ("./serve", "-v")]
    assert {command.directory for command in found} == {Path(parts.__file__).parent}


def test_an_image_may_be_an_input_of_its_local_command() -> None:
    class Images(Inputs):
        image = Input.string("app:1", local="app:dev")

    one = container(image=Images().image, local_command=["./run"])
    whole = system(services=[service(of=task(one), registry=None)], inputs=Images())
    there = Environment("local", "eu-west-1", None, {"image": "app:mine"}, Path("e.toml"))

    assert [command.image for command in whole.local_commands()] == ["app:dev"]
    assert [command.image for command in whole.local_commands(there)] == ["app:mine"]


def test_the_public_door_lists_what_it_opens() -> None:
    import hatoba

    assert all(getattr(hatoba, name) is not None for name in hatoba.__all__)
    assert dir(hatoba) == sorted(hatoba.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hatoba.nothing  # noqa: B018 - asking is the test


def test_a_system_without_a_name_is_a_fault_too() -> None:
    assert texts(System()) == [("System needs name", "Add name=… to this System.")]  # type: ignore[call-arg]
