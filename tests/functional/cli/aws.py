"""An environment "on AWS" that the local cloud stands in for: found by AWS_ENDPOINT_URL, account and all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from tests.support.cloud import RunningCloud
from tests.support.command import Hatoba

ACCOUNT = "111122223333"
REGION = "ap-northeast-1"

ENVIRONMENTS = """
[dev]
account = "{account}"
region = "{region}"

[dev.inputs]
vpc_id = "{vpc}"
private_subnet_ids = [{subnets}]
default_security_group_id = "{group}"
allow_origins = ["https://sales.example.com"]
cognito_user_pool_endpoint = "{pool}"
user_pool_client_ids = ["1example23456789"]
ecs_service = {{ desired_count = {desired}, http_methods = ["GET"] }}
"""


def credentials(endpoint: str, account: str = ACCOUNT) -> dict[str, str]:
    """What the shell of somebody with an account has; the endpoint is never AWS's."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "secret",
        **nowhere(),
    }


def nowhere() -> dict[str, str]:
    """Settings that leave no way to real credentials or to AWS."""
    return {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_MAX_ATTEMPTS": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }


def with_dev(cloud: RunningCloud, scratch: Path, *, desired: int = 0) -> Hatoba:
    """The reference system with an environment ``dev`` in the cloud's account 111122223333."""
    command = Hatoba.with_example("sales_support_system", scratch)
    command.variables = credentials(cloud.endpoint)
    ec2 = cloud.client("ec2", aws_access_key_id=ACCOUNT, region_name=REGION)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [f'"{each["SubnetId"]}"' for each in ec2.describe_subnets()["Subnets"]]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    pools = cloud.client("cognito-idp", aws_access_key_id=ACCOUNT, region_name=REGION)
    pool = pools.create_user_pool(PoolName="users")["UserPool"]["Id"]
    (command.folder / "environments.toml").write_text(
        ENVIRONMENTS.format(
            account=ACCOUNT,
            region=REGION,
            vpc=vpc,
            subnets=", ".join(subnets),
            group=group,
            pool=f"cognito-idp.{REGION}.amazonaws.com/{pool}",
            desired=desired,
        )
    )
    return command


class _Refusing(BaseHTTPRequestHandler):
    """Answers each action with the error that the test gave for it."""

    answers: Mapping[str, tuple[str, str]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        action = parse_qs(body)["Action"][0]
        code, message = self.answers.get(action, ("", ""))
        if code:
            error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            xml = f"<ErrorResponse>{error}</ErrorResponse>"
        else:
            xml = (
                f"<{action}Response><{action}Result><Account>{ACCOUNT}</Account></{action}Result>"
                f"</{action}Response>"
            )
        self.send_response(403 if code else 200)
        self.send_header("Content-Length", str(len(xml)))
        self.end_headers()
        self.wfile.write(xml.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@contextmanager
def refusing(answers: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """An endpoint that refuses actions as AWS does: action to code and message."""
    handler = type("Refusing", (_Refusing,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
