"""The one door to AWS's API: botocore clients, for AWS or for the cloud on this machine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from hatoba.deploy.errors import CallFailed, DeployError, WrongAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.config import Config
    from botocore.session import Session
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_sts import STSClient

    from hatoba.definition.environments import Environment

LOCAL_POLL_S = 0.03
AWS_POLL_S = 3.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Endpoint:
    """Where the local cloud listens, and the keys it takes. A 12-digit access key is the account it shows."""

    url: str
    access_key: str = "000000000000"
    secret_key: str = field(default="local", repr=False)


def _no_other(service: str) -> Any:
    raise DeployError(f"This connection has no client for {service}.", "Make one with connect().")


@dataclass(frozen=True)
class Connection:
    """Clients for one environment, and how often they may ask.

    ``sts`` makes its client when it is needed, ``client`` makes one for any other service by its name.
    ``bucket`` takes templates that are too large for a call.
    """

    cloudformation: CloudFormationClient
    sts: Callable[[], STSClient]
    poll_s: float
    client: Callable[[str], Any] = _no_other
    bucket: str | None = None


def connect(environment: Environment, endpoint: Endpoint | None = None) -> Connection:
    """Connect to the local cloud at ``endpoint``, or to AWS with the standard chain of credentials.

    Raises:
        DeployError: The environment is ``local`` and no endpoint was given: AWS is never reached by accident.
        CallFailed: The settings of AWS's tools, such as the profile, cannot be read.
    """
    if endpoint is None and environment.is_local:
        raise DeployError("Environment local needs the local cloud's endpoint.", "Start it: hatoba up.")
    with told():
        session = _aws_session() if endpoint is None else _local_session(endpoint)
        make = partial(
            session.create_client,
            region_name=environment.region,
            endpoint_url=endpoint.url if endpoint else None,
        )
        cloudformation = cast("CloudFormationClient", make("cloudformation", config=_config(endpoint)))
    # AWS_ENDPOINT_URL or the profile may have led here as well.
    is_here = urlsplit(cloudformation.meta.endpoint_url).hostname in _LOOPBACK
    other = partial(make, config=_config(endpoint, is_here=is_here))

    def sts() -> STSClient:
        return cast("STSClient", other("sts"))

    poll_s = LOCAL_POLL_S if is_here else AWS_POLL_S
    return Connection(cloudformation, sts, poll_s, other, environment.bucket)


def _config(endpoint: Endpoint | None, *, is_here: bool = False) -> Config:
    from botocore.config import Config

    # botocore puts `data-` before the host of Cloud Map's data operations: on loopback that is nobody.
    prefix = {"inject_host_prefix": False} if is_here else {}
    if endpoint is not None:
        return Config(retries={"total_max_attempts": 1}, proxies={}, **prefix)  # type: ignore[arg-type] # one option
    return Config(retries={"mode": "standard", "total_max_attempts": 6}, **prefix)  # type: ignore[arg-type] # one option


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
        elsewhere = os.environ.get("AWS_ENDPOINT_URL")
        raise WrongAccount(
            f"Environment {environment.name} is account {environment.account}, "
            f"but the credentials belong to {account}.",
            f"AWS_ENDPOINT_URL leads to {elsewhere} here: unset it, and what `hatoba env` set with it."
            if elsewhere
            else "Choose the credentials of the environment's account, for example with AWS_PROFILE.",
        )


@contextmanager
def told() -> Iterator[None]:
    """Turn botocore's errors into ours, with a remedy."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code, text = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        raise CallFailed(f"{error.operation_name}: {code}: {text}", remedy_of(code), code) from error
    except BotoCoreError as error:
        code = type(error).__name__
        raise CallFailed(str(error), remedy_of(code), code) from error


_EXPIRED = (
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
    "TokenRetrievalError",
    "PendingAuthorizationExpiredError",
)
_UNKNOWN_CALLER = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "ProfileNotFound",
    "ConfigNotFound",
    "ConfigParseError",
)
_UNREACHED = (
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ConnectionClosedError",
    "ReadTimeoutError",
    "ProxyConnectionError",
    "SSLError",
)


def remedy_of(code: str) -> str:
    """What to try about an error of AWS's API or of botocore."""
    if code in _EXPIRED:
        return "Your credentials have expired: sign in again, for example with aws sso login."
    if code in _UNKNOWN_CALLER:
        return "Give credentials the way AWS's tools take them, for example with AWS_PROFILE."
    if code.startswith(("AccessDenied", "UnauthorizedOperation")):
        return "The caller may not do this: ask for the permission, or use another role."
    if code in ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"):
        return "AWS takes no more calls for the moment: try again in a minute."
    if code in _UNREACHED:
        return "Look whether the endpoint can be reached; hatoba up starts the local cloud."
    return "Look at the message; hatoba doctor looks for common reasons."
