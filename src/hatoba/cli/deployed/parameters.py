"""Parameters of Systems Manager that a definition looks up: made in the local cloud before it is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.definition.environments import Environment
    from hatoba.definition.project import Project
    from hatoba.deploy import Connection, Defaults


def make_parameters(
    project: Project, environment: Environment, connection: Connection, defaults: Defaults
) -> None:
    """Make each parameter that does not stand yet and for which this machine has a value.

    One that stands is left as it is: a user may have made it. On AWS nothing is made, ever.
    """
    if not environment.is_local:
        return
    for given in project.system.inputs:
        if not given.kind.is_looked_up:
            continue
        value = given.seed
        if value is None and given.kind.looks_up is not None:
            value = getattr(defaults, given.kind.looks_up)
        if value is not None:
            _make(connection, str(environment.value_of(given)), value)


def _make(connection: Connection, name: str, value: object) -> None:
    from botocore.exceptions import ClientError

    ssm = connection.client("ssm")
    is_list = isinstance(value, (list, tuple))
    text = ",".join(value) if isinstance(value, (list, tuple)) else str(value)
    try:
        ssm.put_parameter(Name=name, Value=text, Type="StringList" if is_list else "String")
    except ClientError as error:
        if error.response["Error"].get("Code") != "ParameterAlreadyExists":
            raise
