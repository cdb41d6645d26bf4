"""A task's network interface, made and removed by EC2's API.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs import names
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Attachment, Task
    from hatoba.cloud.state import Scope


async def attach(outside: Outside, scope: Scope, task: Task) -> Attachment:
    """Make the task's network interface and return the attachment with it.

    The attachment's id is the client token, so that asking again after a crash makes no second one.
    """
    attachment = task.attachment
    wanted: dict[str, object] = {
        "SubnetId": attachment.subnet_id,
        "Description": names.arn(scope, f"attachment/{attachment.id}"),
        "ClientToken": attachment.id,
    }
    if task.network.security_groups:
        wanted["Groups"] = list(task.network.security_groups)
    answer = await outside.ask(scope, "ec2", "CreateNetworkInterface", **wanted)
    made = answer["NetworkInterface"]
    return replace(
        attachment,
        status="ATTACHED",
        interface_id=made["NetworkInterfaceId"],
        mac_address=made.get("MacAddress"),
        private_dns_name=made.get("PrivateDnsName"),
        private_ip=made.get("PrivateIpAddress"),
    )


async def detach(outside: Outside, scope: Scope, attachment: Attachment) -> Attachment:
    """Remove the interface, if it is still there."""
    if attachment.interface_id is not None and attachment.status != "DELETED":
        try:
            await outside.ask(
                scope, "ec2", "DeleteNetworkInterface", NetworkInterfaceId=attachment.interface_id
            )
        except ServiceError as error:
            if error.code != "InvalidNetworkInterfaceID.NotFound":
                raise
    return replace(attachment, status="DELETED")
