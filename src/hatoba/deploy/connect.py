"""The one door to AWS's API: botocore clients, for AWS or for the cloud on this machine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from hatoba.deploy.errors import CallFailed, DeployError, WrongAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.session import Session
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_sts import STSClient

    from hatoba.definition.environments import Environment

LOCAL_POLL_S = 0.03
AWS_POLL_S = 3.0


@dataclass(frozen=True)
class Endpoint:
    """Where the local cloud listens, and the keys it takes. A 12-digit access key is the account it shows."""

    url: str
    access_key: str = "000000000000"
    secret_key: str = field(default="local", repr=False)


@dataclass(frozen=True)
class Connection:
    """Clients for one environment, and how often they may ask. ``sts`` makes its client when it is needed."""

    cloudformation: CloudFormationClient
    sts: Callable[[], STSClient]
    poll_s: float


def connect(environment: Environment, endpoint: Endpoint | None = None) -> Connection:
    """Connect to the local cloud at ``endpoint``, or to AWS with the standard chain of credentials.

    Raises:
        DeployError: The environment is ``local`` and no endpoint was given: AWS is never reached by accident.
    """
    from botocore.config import Config

    if endpoint is None:
        if environment.is_local:
            raise DeployError("Environment local needs the local cloud's endpoint.", "Start it: hatoba up.")
        session = _aws_session()
        config = Config(retries={"mode": "standard", "total_max_attempts": 6})
    else:
        session = _local_session(endpoint)
        config = Config(retries={"total_max_attempts": 1}, proxies={})
    make = partial(
        session.create_client,
        region_name=environment.region,
        endpoint_url=endpoint.url if endpoint else None,
        config=config,
    )
    cloudformation = cast("CloudFormationClient", make("cloudformation"))

    def sts() -> STSClient:
        return cast("STSClient", make("sts"))

    return Connection(cloudformation, sts, AWS_POLL_S if endpoint is None else LOCAL_POLL_S)


def _aws_session() -> Session:
    from botocore.session import Session

    return Session()


def _local_session(endpoint: Endpoint) -> Session:
    from botocore.session import Session

    # A profile or a config file of the user's, right or wrong, has no part in talking to this machine.
    session = Session(session_vars={"profile": (None, None, None, None)})
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    session.set_credentials(endpoint.access_key, endpoint.secret_key)
    return session


def check_account(connection: Connection, environment: Environment) -> None:
    """Make sure that the credentials belong to the account that the environment names.

    Raises:
        WrongAccount: They do not.
        CallFailed: AWS did not say.
    """
    if environment.account is None:
        return
    with told():
        account = connection.sts().get_caller_identity()["Account"]
    if account != environment.account:
        raise WrongAccount(
            f"Environment {environment.name} is account {environment.account}, "
            f"but the credentials belong to {account}.",
            "Choose the credentials of the environment's account, for example with AWS_PROFILE.",
        )


@contextmanager
def told() -> Iterator[None]:
    """Turn botocore's errors into ours, with a remedy."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code, text = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        raise CallFailed(f"{error.operation_name}: {code}: {text}", _remedy(code), code) from error
    except BotoCoreError as error:
        code = type(error).__name__
        raise CallFailed(str(error), _remedy(code), code) from error


def _remedy(code: str) -> str:
    if code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "SSOTokenLoadError"):
        return "Your credentials have expired: sign in again, for example with aws sso login."
    if code in ("NoCredentialsError", "PartialCredentialsError", "InvalidClientTokenId", "ProfileNotFound"):
        return "Give credentials the way AWS's tools take them, for example with AWS_PROFILE."
    if code.startswith(("AccessDenied", "UnauthorizedOperation")):
        return "The caller may not do this: ask for the permission, or use another role."
    if code in (
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "ReadTimeoutError",
    ):
        return "Look whether the endpoint can be reached; hatoba up starts the local cloud."
    return "Look at the message; hatoba doctor looks for common reasons."
