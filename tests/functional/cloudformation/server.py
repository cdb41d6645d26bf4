"""The whole cloud as a process of its own, and boto3's clients for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.functional.cloudformation.cloud import REFERENCE, parameters

REGION = "ap-northeast-1"


def without_authorizer(text: str) -> str:
    """Leave the JWT authorizer out: its issuer would be looked for on the internet."""
    start = text.index("  Authorizer:\n")
    text = text[:start] + text[text.index("  GetRoute:\n") :]
    kept = (line for line in text.splitlines() if "AuthorizationType" not in line)
    return "\n".join(line for line in kept if "AuthorizerId" not in line)


TEMPLATE = without_authorizer(REFERENCE)


class Server:
    """One running cloud. Calling it gives a client of a service."""

    def __init__(self, folder: Path, *flags: str) -> None:
        ports = [part for name in ("port", "gateway-port", "dns-port") for part in (f"--{name}", "0")]
        command = [sys.executable, "-m", "hatoba.cloud.server", "--runtime", "simulated", *ports, *flags]
        self.process = subprocess.Popen(
            [*command, "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.endpoint = f"http://127.0.0.1:{json.loads(self.process.stdout.readline())['ready']['port']}"

    def __call__(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def end(self) -> None:
        self.process.terminate()
        self._reap()

    def _reap(self) -> None:
        self.process.wait(timeout=60)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def network(self) -> list[Any]:
        """Return the template's parameters: what stands in the default VPC."""
        ec2 = self("ec2")
        groups = ec2.describe_security_groups()["SecurityGroups"]
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
        return parameters(
            VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"],
            DefaultSecurityGroupId=next(item["GroupId"] for item in groups if item["GroupName"] == "default"),
            PrivateSubnetIds=",".join(subnets),
        )
