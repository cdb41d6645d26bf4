"""Where a system runs, and the values of its inputs there: ``environments.toml`` beside the definition.

::

    [dev]
    account = "111122223333"
    region = "ap-northeast-1"

    [dev.inputs]
    vpc_id = "vpc-0a1b2c3d4e5f60718"
    ecs_task = { memory = 1024, cpu = 512 }
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hatoba.definition.faults import DefinitionError, Fault, Place
from hatoba.definition.inputs import BUCKET, Input

FILE_NAME = "environments.toml"
LOCAL = "local"
LOCAL_REGION = "ap-northeast-1"
LOCAL_BUCKET = "hatoba-templates"
"""Where large templates go in the local cloud; on AWS an environment names a bucket of its own."""

_KEYS = ("account", "region", "template_bucket", "inputs")
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|secret|token|api_?key|private_key|credentials)$", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(AKIA|ASIA)[A-Z0-9]{16}\b")
_REFERENCE = re.compile(r"arn:[\w-]+:(secretsmanager|ssm):|/\S+$|\{\{resolve:")


@dataclass(frozen=True)
class Environment:
    """One environment. ``values`` holds what its file says, by the input's name (``ecs_task.memory``).

    ``account`` is None only in ``local``: everywhere else the caller's account is compared with it.
    """

    name: str
    region: str
    account: str | None
    values: Mapping[str, object]
    file: Path
    template_bucket: str | None = None

    @property
    def bucket(self) -> str | None:
        """The S3 bucket that takes templates too large for a call, None where there is none."""
        return LOCAL_BUCKET if self.is_local else self.template_bucket

    @property
    def is_local(self) -> bool:
        """Whether the environment is this machine."""
        return self.name == LOCAL

    def value_of(self, given: Input[Any]) -> object | None:
        """An input's value here: the file's, then the one for this machine, then the default."""
        if given.name in self.values:
            return self.values[given.name]
        if self.is_local and given.local is not None:
            return given.local  # type: ignore[no-any-return]  # inputs of every kind
        return given.default  # type: ignore[no-any-return]  # the same

    def is_filled(self, given: Input[Any]) -> bool:
        """Whether an input without a value gets one from what stands in the local cloud."""
        return self.is_local and given.kind.standing is not None

    def place(self, *key: str) -> Place:
        """A key of the environment in its file."""
        return Place(str(self.file), key=".".join((self.name, *key)))


def read_environment(file: Path, name: str, inputs: Iterable[Input[Any]]) -> Environment:
    """Read one environment.

    Raises:
        DefinitionError: The file or the environment is missing where it must be there, a key is unknown,
            or a value is not what the input takes. All faults of the environment are in it.
    """
    tables = _tables(file)
    if name not in tables and name != LOCAL:
        raise DefinitionError([_unknown_environment(file, name, tables)])
    table = tables.get(name, {})
    if not isinstance(table, dict):
        fault = Fault(
            Place(str(file), key=name), f"{name} is not a table", f"Write [{name}] on a line alone."
        )
        raise DefinitionError([fault])
    environment = Environment(
        name=name,
        region=str(table.get("region", LOCAL_REGION if name == LOCAL else "")),
        account=table.get("account"),
        values={},
        file=file,
        template_bucket=table.get("template_bucket"),
    )
    values: dict[str, object] = {}
    declared = {given.name: given for given in inputs}
    faults = [
        *_check_keys(environment, table),
        *_check_where(environment),
        *_read_values(environment, declared, table.get("inputs", {}), (), values),
    ]
    if faults:
        raise DefinitionError(faults)
    return replace(environment, values=values)


def region_of(folder: Path, name: str = LOCAL) -> str:
    """The region of an environment of the definition in a folder, without looking at anything else.

    Raises:
        DefinitionError: The file is not TOML.
    """
    table = _tables(folder / FILE_NAME).get(name, {})
    region = table.get("region", LOCAL_REGION) if isinstance(table, dict) else LOCAL_REGION
    return region if isinstance(region, str) else LOCAL_REGION


def environment_names(file: Path) -> tuple[str, ...]:
    """The environments in a file, ``local`` among them even if the file does not name it."""
    return tuple(dict.fromkeys((LOCAL, *_tables(file))))


def _tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"at line (\d+)", str(error))
        place = Place(str(file), line=int(line[1]) if line else None)
        remedy = "See https://toml.io for how values are written."
        raise DefinitionError([Fault(place, f"this is not TOML: {error}", remedy)]) from error


def _unknown_environment(file: Path, name: str, tables: Mapping[str, object]) -> Fault:
    known = ", ".join(dict.fromkeys((LOCAL, *tables)))
    return Fault(
        Place(str(file), key=name),
        f"there is no environment {name}; there is {known}",
        f"Add [{name}] with account, region and [{name}.inputs] to {file.name}.",
    )


def _check_keys(environment: Environment, table: Mapping[str, object]) -> Iterator[Fault]:
    for key in table:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Values of inputs belong into "
            yield Fault(
                environment.place(key),
                f"an environment has no key {key}; it has {', '.join(_KEYS)}",
                remedy if near else f"{remedy}[{environment.name}.inputs].",
            )


def _check_where(environment: Environment) -> Iterator[Fault]:
    if not _REGION.fullmatch(environment.region):
        yield Fault(
            environment.place("region"),
            "an environment names the AWS region that it is in",
            'Write region = "ap-northeast-1", or the region you use.',
        )
    bucket = environment.template_bucket
    if bucket is not None and BUCKET.wrong(bucket) is not None:
        yield Fault(
            environment.place("template_bucket"),
            f"template_bucket is {bucket!r}: it should be {BUCKET.wrong(bucket)}",
            "Name a bucket of the environment's account and region.",
        )
    if environment.is_local:
        if environment.account is not None:
            yield Fault(
                environment.place("account"),
                "local is this machine and has no AWS account",
                "Remove account; HATOBA_ACCOUNT_ID changes the account that the local cloud shows.",
            )
    elif not isinstance(environment.account, str) or not _ACCOUNT.fullmatch(environment.account):
        yield Fault(
            environment.place("account"),
            "an environment on AWS names its account, 12 digits in quotes, so that no other is ever touched",
            'Write account = "111122223333" with your account id.',
        )


def _read_values(
    environment: Environment,
    declared: Mapping[str, Input[Any]],
    table: object,
    path: tuple[str, ...],
    values: dict[str, object],
) -> Iterator[Fault]:
    if not isinstance(table, dict):
        yield Fault(
            environment.place("inputs", *path),
            f"{'.'.join(('inputs', *path))} is a table of values",
            "Write { name = value, … }.",
        )
        return
    for key, value in table.items():
        name = ".".join((*path, key))
        if name in declared:
            wrong = declared[name].wrong(value)
            if wrong is None and _is_secret(key, value):
                yield _written_secret(environment, name)
            elif wrong is None:
                values[name] = value
            else:
                yield Fault(
                    environment.place("inputs", name),
                    f"{name} is {value!r}: it should be {wrong}",
                    "Correct it.",
                )
        elif any(other.startswith(f"{name}.") for other in declared):
            yield from _read_values(environment, declared, value, (*path, key), values)
        else:
            yield _unknown_input(environment, declared, name)


def _is_secret(key: str, value: object) -> bool:
    """Whether a value is a secret itself, by its shape or its input's name, and not a reference to one."""
    if not isinstance(value, str):
        return False
    if _SECRET_VALUE.search(value):
        return True
    return bool(_SECRET_NAME.search(key)) and not _REFERENCE.match(value)


def _written_secret(environment: Environment, name: str) -> Fault:
    return Fault(
        environment.place("inputs", name),
        f"{name} is a secret, and none is ever written here: the file is shared, CloudFormation shows it",
        "Put it into Secrets Manager or Parameter Store, write its ARN (or /name) here, and give the "
        "input to a container's secrets.",
    )


def _unknown_input(environment: Environment, declared: Mapping[str, Input[Any]], name: str) -> Fault:
    near = difflib.get_close_matches(name, declared, n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"Inputs are {', '.join(declared) or 'none'}."
    return Fault(environment.place("inputs", name), f"the definition has no input {name}", remedy)
