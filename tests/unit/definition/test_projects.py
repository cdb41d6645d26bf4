"""Projects and environments: found, loaded, checked; every failure has its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hatoba import DefinitionError, Fault, Place
from hatoba.definition.project import Project, load

EXAMPLE = Path(__file__).parents[3] / "examples" / "sales_support_system"

SMALL = """\
from hatoba import Input, Inputs, System, ecs

class Given(Inputs):
    vpc = Input.vpc()
    host = Input.string()
    size = ecs.TaskInputs(memory=512, cpu=256)

system = System("small", inputs=Given())
"""


def write(folder: Path, definition: str, environments: str | None = None) -> Path:
    (folder / "hatobafile.py").write_text(definition, encoding="utf-8")
    if environments is not None:
        (folder / "environments.toml").write_text(environments, encoding="utf-8")
    return folder / "hatobafile.py"


def only_fault(error: DefinitionError) -> Fault:
    (fault,) = error.faults
    return fault


def project(folder: Path, environments: str | None = None) -> Project:
    return load(write(folder, SMALL, environments))


def test_the_reference_system_fits_in_sixty_lines() -> None:
    assert len((EXAMPLE / "hatobafile.py").read_text(encoding="utf-8").splitlines()) <= 60


def test_the_reference_system_is_free_of_faults_in_every_environment() -> None:
    example = load(start=EXAMPLE)

    assert example.environment_names() == ("local", "dev")
    for name in example.environment_names():
        example.validate(example.environment(name))


def test_the_reference_system_needs_no_file_of_values(tmp_path: Path) -> None:
    (tmp_path / "hatobafile.py").write_bytes((EXAMPLE / "hatobafile.py").read_bytes())
    example = load(start=tmp_path)

    example.validate(example.environment())


def test_a_definition_is_found_from_a_folder_below(tmp_path: Path) -> None:
    file = write(tmp_path, SMALL)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    assert load(start=below).file == file


def test_hatoba_py_is_taken_where_there_is_no_hatobafile(tmp_path: Path) -> None:
    (tmp_path / "hatoba.py").write_text(SMALL, encoding="utf-8")
    assert load(start=tmp_path).file == tmp_path / "hatoba.py"

    better = write(tmp_path, SMALL)
    assert load(start=tmp_path).file == better


def test_a_folder_without_a_definition_says_so(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"there is no hatobafile.py here or in a folder above"):
        load(start=tmp_path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="there is no such file"):
        load(tmp_path / "elsewhere.py")


@pytest.mark.parametrize(
    ("definition", "line", "rule"),
    [
        ("x = 1\nif\n", 2, "this is not Python"),
        ("x = 1\n\nx.y\n", 3, "the definition stopped with AttributeError"),
        ("import nothing_of_this_name\n", 1, "the definition stopped with ModuleNotFoundError"),
        ("\nraise SystemExit(3)\n", 2, "the definition stopped with SystemExit: 3"),
        ("import helper\n", 2, "the definition stopped with ZeroDivisionError"),
        ("x = 1\n", None, "the file defines no system"),
    ],
)
def test_a_definition_that_does_not_run_has_its_line(
    tmp_path: Path, definition: str, line: int | None, rule: str
) -> None:
    (tmp_path / "helper.py").write_text("# broken\n1 / 0\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as failed:
        load(write(tmp_path, definition))

    fault = only_fault(failed.value)
    assert fault.rule.startswith(rule)
    assert fault.place.line == line
    assert fault.remedy


@pytest.mark.parametrize(
    ("definition", "remedy"),
    [
        ("from hatoba import ecs\necs.Clutser('c')\n", "Did you mean Cluster?"),
        ("cluster = 1\nprint(clutser)\n", "Did you mean cluster?"),
        ("print(nothing_like_it)\n", "Correct the line, or what it calls."),
    ],
)
def test_a_misspelt_name_gets_the_one_that_it_is_near_to(
    tmp_path: Path, definition: str, remedy: str
) -> None:
    with pytest.raises(DefinitionError) as failed:
        load(write(tmp_path, definition))

    assert only_fault(failed.value).remedy == remedy


def test_what_was_wrong_before_the_definition_stopped_is_shown_too(tmp_path: Path) -> None:
    definition = """\
from hatoba import ecs
app = ecs.Service("app", cluster=ecs.Cluster(1))
print(app.task_definition.family)
"""
    with pytest.raises(DefinitionError) as failed:
        load(write(tmp_path, definition))

    assert [(fault.place.line, fault.rule.split(":")[0]) for fault in failed.value.faults] == [
        (2, "name of ecs.Cluster is 1"),
        (2, "ecs.Service needs task_definition"),
        (2, "ecs.Service needs subnets"),
        (3, "the definition stopped with AttributeError"),
    ]


def test_two_systems_in_a_file_are_both_named(tmp_path: Path) -> None:
    both = 'from hatoba import System\na = System("a")\nb = System("b")\nagain = a\n'
    with pytest.raises(DefinitionError, match="defines 2 systems") as failed:
        load(write(tmp_path, both))

    assert [fault.place.line for fault in failed.value.faults] == [2, 3]


def test_a_definition_may_import_what_lies_beside_it_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text('name = "shop"\n', encoding="utf-8")
    path, modules = list(sys.path), set(sys.modules)
    loaded = load(
        write(tmp_path, "from hatoba import System\nimport beside_it\ns = System(beside_it.name)\n")
    )

    assert loaded.system.name == "shop"
    assert sys.path == path
    assert "hatobafile" not in set(sys.modules) - modules
    assert list(tmp_path.glob("__pycache__/hatobafile*")) == []


def test_all_faults_are_shown_together_in_the_order_of_the_file(tmp_path: Path) -> None:
    definition = """\
from hatoba import System, cloudmap, ecs
space = cloudmap.PrivateDnsNamespace("my_shop", "vpc-12345678")
task = ecs.TaskDefinition("f", [ecs.Container("a", "i", [80], memory=9000)], ecs.Size(256, 512))
app = ecs.Service("app", task, cluster=ecs.Cluster(1), subnets=[], registry=cloudmap.Service("a", space))
system = System("shop", services=[app], tags={"aws:a": "b"})
"""
    loaded = load(write(tmp_path, definition))
    with pytest.raises(DefinitionError) as failed:
        loaded.validate(loaded.environment())

    assert [(fault.place.line, fault.rule.split(":")[0]) for fault in failed.value.faults] == [
        (2, "namespace name 'my_shop' has an underscore"),
        (3, "container a asks for 9000 of the task's 512 memory"),
        (4, "name of ecs.Cluster is 1"),
        (4, "service app has 0 subnets; there are 1 to 16"),
        (5, "tag 'aws"),
    ]


def test_rules_use_the_values_of_the_environment(tmp_path: Path) -> None:
    definition = SMALL.replace(
        "system = System(",
        'given = Given()\ntask = ecs.TaskDefinition("f", [ecs.Container("a", "i")], given.size)\n'
        'app = ecs.Service("a", task, cluster=ecs.Cluster("c"), subnets=["subnet-12345678"])\n'
        "system = System(",
    ).replace("inputs=Given()", "inputs=given, services=[app]")
    toml = '[local.inputs]\nhost = "h"\n[big]\naccount = "111122223333"\nregion = "eu-west-1"\n'
    toml += '[big.inputs]\nvpc = "vpc-12345678"\nhost = "h"\nsize = { memory = 9999, cpu = 256 }\n'
    loaded = load(write(tmp_path, definition, toml))

    loaded.validate(loaded.environment("local"))
    with pytest.raises(DefinitionError, match="256 CPU units with 9999 MiB"):
        loaded.validate(loaded.environment("big"))


def test_a_missing_value_names_file_and_key(tmp_path: Path) -> None:
    loaded = project(
        tmp_path, '[dev]\naccount = "111122223333"\nregion = "eu-west-1"\n[dev.inputs]\nhost = "h"\n'
    )
    with pytest.raises(DefinitionError) as failed:
        loaded.validate(loaded.environment("dev"))

    fault = only_fault(failed.value)
    assert fault.place == Place(str(tmp_path / "environments.toml"), key="dev.inputs.vpc")
    assert "Add vpc = … below [dev.inputs] in environments.toml: an id such as vpc-" in fault.remedy


DEV = '[dev]\naccount = "111122223333"\nregion = "eu-west-1"\n'


@pytest.mark.parametrize(
    ("environments", "name", "key", "says"),
    [
        ("", "prod", "prod", "there is no environment prod; there is local"),
        (DEV, "prod", "prod", "there is local, dev"),
        ("dev = 1", "dev", "dev", "dev is not a table"),
        ('[dev]\nregion = "eu-west-1"', "dev", "dev.account", "names its account"),
        ("[dev]\naccount = 111122223333\nregion = 'eu-west-1'", "dev", "dev.account", "12 digits in quotes"),
        ('[dev]\naccount = "111122223333"', "dev", "dev.region", "names the AWS region"),
        ('[dev]\naccount = "111122223333"\nregion = "Tokyo"', "dev", "dev.region", "names the AWS region"),
        ('[local]\naccount = "111122223333"', "local", "local.account", "has no AWS account"),
        (DEV + 'acount = "1"', "dev", "dev.acount", "Did you mean account?"),
        (DEV + 'host = "h"', "dev", "dev.host", "Values of inputs belong into [dev.inputs]"),
        (DEV + 'inputs = "x"', "dev", "dev.inputs", "is a table of values"),
        (DEV + '[dev.inputs]\nhots = "h"', "dev", "dev.inputs.hots", "Did you mean host?"),
        (DEV + "[dev.inputs]\nhost = 1", "dev", "dev.inputs.host", "host is 1: it should be a text"),
        (DEV + '[dev.inputs]\nvpc = "main"', "dev", "dev.inputs.vpc", "an id such as vpc-"),
        (DEV + "[dev.inputs]\nsize = 1", "dev", "dev.inputs.size", "inputs.size is a table"),
        (DEV + "[dev.inputs]\nsize = { cpu = 1.5 }", "dev", "dev.inputs.size.cpu", "a whole number"),
        (DEV + "[dev.inputs]\nsize = { gpu = 1 }", "dev", "dev.inputs.size.gpu", "Did you mean size.cpu?"),
    ],
)
def test_a_wrong_environment_names_file_key_and_remedy(
    tmp_path: Path, environments: str, name: str, key: str, says: str
) -> None:
    with pytest.raises(DefinitionError) as failed:
        project(tmp_path, environments).environment(name)

    fault = only_fault(failed.value)
    assert fault.place == Place(str(tmp_path / "environments.toml"), key=key)
    assert says in f"{fault.rule} {fault.remedy}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("db_password", "hunter2"),
        ("stripe_api_key", "sk_live_1"),
        ("key", "AKIAIOSFODNN7EXAMPLE"),
        ("pem", "-----BEGIN RSA PRIVATE KEY-----"),
    ],
)
def test_a_secret_is_never_written_into_the_file(key: str, value: str, tmp_path: Path) -> None:
    text = SMALL.replace("host = Input.string()", f"{key} = Input.string()")
    loaded = load(write(tmp_path, text, f'[local.inputs]\n{key} = "{value}"\n'))

    with pytest.raises(DefinitionError) as error:
        loaded.environment()
    fault = only_fault(error.value)
    assert "is a secret" in fault.rule
    assert value not in f"{fault.rule}{fault.remedy}"
    assert "Secrets Manager" in fault.remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("db_password", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"),
        ("db_password", "/shop/db/password"),
        ("token_url", "https://issuer.example/token"),
    ],
)
def test_a_reference_to_a_secret_is_a_value_like_others(key: str, value: str, tmp_path: Path) -> None:
    text = SMALL.replace("host = Input.string()", f"{key} = Input.string()")
    loaded = load(write(tmp_path, text, f'[local.inputs]\n{key} = "{value}"\n'))

    assert loaded.environment().values[key] == value


def test_a_file_that_is_not_toml_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="this is not TOML") as failed:
        project(tmp_path, '[local]\nregion = "eu-west-1"\nhost == 1\n').environment()

    assert only_fault(failed.value).place.line == 3


def test_without_a_file_there_is_local(tmp_path: Path) -> None:
    here = project(tmp_path).environment()

    assert (here.name, here.is_local, here.account, here.region) == ("local", True, None, "ap-northeast-1")
    assert project(tmp_path).environment_names() == ("local",)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("a.py", 3), "a.py:3"),
        (Place("a.toml", key="dev.region"), "a.toml: dev.region"),
        (Place("a.py"), "a.py"),
    ],
)
def test_a_place_reads_as_editors_and_people_want(place: Place, text: str) -> None:
    assert str(place) == text


def test_an_error_says_place_rule_and_remedy_of_each_fault() -> None:
    error = DefinitionError(
        [Fault(Place("b.py", 2), "second", "do 2"), Fault(Place("b.py", 1), "first", "do 1")]
    )

    assert str(error) == "b.py:1: first\n    do 1\nb.py:2: second\n    do 2"
