"""What a killed cloud was doing, and the next one goes on with: waited for before a deployment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hatoba.cli import output

if TYPE_CHECKING:
    from hatoba.cloud.server.runfile import RunFile

WITHIN_S = 600.0
POLL_S = 0.05
_WAITS_FOR_US = "REVIEW_IN_PROGRESS"


def wait_for_what_goes_on(run: RunFile, stack: str) -> None:
    """Return when no operation of the stack runs any more, or at the latest after ten minutes."""
    from botocore.exceptions import ClientError

    from hatoba.cli import aws

    cloudformation = aws.client(run, "cloudformation")
    deadline = time.monotonic() + WITHIN_S
    is_said = False
    while time.monotonic() < deadline:
        try:
            status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except ClientError:  # there is none
            return
        if not status.endswith("_IN_PROGRESS") or status == _WAITS_FOR_US:
            return
        if not is_said:
            output.say(f"Stack {stack} is in {status}: the cloud goes on with what it was killed in")
            is_said = True
        time.sleep(POLL_S)
