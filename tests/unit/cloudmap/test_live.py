"""What stands now, followed by the feed."""

from __future__ import annotations

import asyncio

from hatoba.cloud.cloudmap.live import Live
from hatoba.cloud.cloudmap.store import Store
from tests.support.waiting import eventually
from tests.unit.cloudmap.bench import A_RECORD, SCOPE, CloudMapBench


def test_what_is_unchanged_stays_the_same_object(cloud: CloudMapBench) -> None:
    live = Live(Store(cloud.state), cloud.state)
    namespace_id = cloud.namespace()
    one = cloud.service(namespace_id, "one", DnsConfig=A_RECORD)
    two = cloud.service(namespace_id, "two", DnsConfig=A_RECORD)
    before = live.instances_of(SCOPE, one)

    cloud.register(two, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")
    assert live.instances_of(SCOPE, one) is before
    cloud.register(one, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")
    assert [each.id for each in live.instances_of(SCOPE, one)] == ["i-1"]


def test_a_write_that_was_taken_back_is_never_seen(cloud: CloudMapBench) -> None:
    live = Live(Store(cloud.state), cloud.state)
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)
    assert live.instances_of(SCOPE, service_id) == ()

    cloud.refused("RegisterInstance", ServiceId=service_id, InstanceId="i-1", Attributes={})

    assert live.instances_of(SCOPE, service_id) == ()


def test_a_service_that_was_made_again_begins_empty(cloud: CloudMapBench) -> None:
    live = Live(Store(cloud.state), cloud.state)
    namespace_id = cloud.namespace()
    service_id = cloud.service(namespace_id, DnsConfig=A_RECORD)
    cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")
    assert len(live.instances_of(SCOPE, service_id)) == 1

    cloud.done("DeregisterInstance", ServiceId=service_id, InstanceId="i-1")
    cloud("DeleteService", Id=service_id)
    cloud.service(namespace_id, DnsConfig=A_RECORD)

    assert live.instances_of(SCOPE, service_id) == ()


def test_changes_do_not_pile_up_while_nobody_asks(cloud: CloudMapBench) -> None:
    async def scenario() -> None:
        service_id = await made(cloud)
        (keep_up,) = cloud.cloud_map.loops()
        loop = asyncio.ensure_future(keep_up())
        await asyncio.sleep(0)
        live = cloud.cloud_map._live

        await cloud.acall(
            "servicediscovery",
            "RegisterInstance",
            ServiceId=service_id,
            InstanceId="i-1",
            Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1"},
        )

        await eventually(lambda: not live._changes._pending, what="the loop to take the change")
        loop.cancel()

    asyncio.run(scenario())


async def made(cloud: CloudMapBench) -> str:
    operation = await cloud.acall(
        "servicediscovery", "CreatePrivateDnsNamespace", Name="app.internal", Vpc="vpc-1"
    )
    done = await cloud.acall("servicediscovery", "GetOperation", OperationId=operation["OperationId"])
    service = await cloud.acall(
        "servicediscovery",
        "CreateService",
        Name="web",
        NamespaceId=done["Operation"]["Targets"]["NAMESPACE"],
        DnsConfig=A_RECORD,
    )
    service_id: str = service["Service"]["Id"]
    return service_id
