from __future__ import annotations

import asyncio

from hatoba.cloud.loop import reconcile_forever
from hatoba.cloud.state import Change, Feed, Scope

CHANGE = Change("test.ship", Scope("1", "r"), "maru")


def test_waiting_ends_with_a_change() -> None:
    async def story() -> tuple[Change, ...]:
        feed = Feed()
        subscription = feed.subscribe("test.ship")
        asyncio.get_running_loop().call_soon(feed.publish, (CHANGE,))
        return await subscription.wait(10)

    assert asyncio.run(story()) == (CHANGE,)


def test_waiting_ends_with_the_time_out() -> None:
    async def story() -> tuple[Change, ...]:
        return await Feed().subscribe("test.ship").wait(0.001)

    assert asyncio.run(story()) == ()


def test_other_kinds_are_not_delivered_and_an_unsubscribed_one_neither() -> None:
    feed = Feed()
    ships, ports = feed.subscribe("test.ship"), feed.subscribe("test.port")
    feed.publish((CHANGE,))

    assert ports.take() == ()
    assert ships.take() == (CHANGE,)
    feed.unsubscribe(ships)
    feed.publish((CHANGE,))
    assert ships.take() == ()


def test_a_loop_goes_on_after_a_failed_step() -> None:
    async def story() -> int:
        feed = Feed()
        steps = 0
        done = asyncio.Event()

        async def step(_: tuple[Change, ...]) -> float | None:
            nonlocal steps
            steps += 1
            if steps == 1:
                raise RuntimeError("the first step fails")
            done.set()
            return None

        loop = asyncio.create_task(reconcile_forever("test", feed.subscribe("test.ship"), step))
        await asyncio.wait_for(done.wait(), 5)
        loop.cancel()
        return steps

    assert asyncio.run(story()) == 2
