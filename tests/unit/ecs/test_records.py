"""How tasks are kept: small, and readable by every later hatoba."""

from __future__ import annotations

import msgspec
from msgspec import structs

from hatoba.cloud.ecs.model import Attachment, Container, Network, Subnet, Task

BEFORE = (
    b'{"cluster":"c","id":"1","task_definition":"app:1","group":"service:s","created_at":1.0,'
    b'"network":{"subnets":[{"id":"subnet-a","zone":"a"}]},'
    b'"attachment":{"id":"2","subnet_id":"subnet-a","zone":"a"},'
    b'"containers":[{"name":"app","id":"3","image":"i"}],"cpu":"256","memory":"512"}'
)
"""A task that nothing has happened to yet, with nothing but what it must have."""


def task() -> Task:
    return Task(
        cluster="c",
        id="1",
        task_definition="app:1",
        group="service:s",
        created_at=1.0,
        network=Network((Subnet("subnet-a", "a"),)),
        attachment=Attachment("2", "subnet-a", "a"),
        containers=(Container("app", "3", "i"),),
        cpu="256",
        memory="512",
    )


def test_what_is_as_by_default_is_not_written() -> None:
    changed = structs.replace(task(), last_status="RUNNING", tags={"k": "v"})
    written = msgspec.json.encode(changed)
    assert b"stopped_reason" not in written
    assert b'"last_status":"RUNNING"' in written
    assert msgspec.json.decode(written, type=Task) == changed


def test_what_was_not_written_reads_as_it_was_meant_then() -> None:
    """Fails when a default changes: tasks on people's disks would change with it."""
    read = msgspec.json.decode(BEFORE, type=Task)
    assert read == task()
    container, attachment = read.containers[0], read.attachment
    assert (read.desired_status, read.last_status, read.version) == ("RUNNING", "PROVISIONING", 1)
    assert read.ephemeral_storage_gib == 20
    assert (read.health, read.target_health) == ("UNKNOWN", "UNKNOWN")
    assert (container.last_status, container.health, attachment.status) == (
        "PENDING",
        "UNKNOWN",
        "PRECREATED",
    )
    written = (10 + 6) + (3 + 2) + (3 + 1)  # of each: what it must have, and what is asked for above
    values = [each for record in (read, container, attachment) for each in structs.asdict(record).values()]
    assert sum(bool(each) for each in values) == written
