"""What systems without inotify and pidfd use (macOS), tried here too."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from hatoba.runtime.notify import _Polling
from hatoba.runtime.processes import _gone_by_polling
from hatoba.runtime.tail import OutputTail
from tests.support.waiting import eventually


def test_a_file_is_followed_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "app.out"
    path.write_text("one\n")
    lines: list[str] = []

    async def story() -> None:
        news = _Polling()
        tail = OutputTail(path, news, lambda told: lines.extend(text for _, text in told))
        await eventually(lambda: lines == ["one"])
        with path.open("a") as file:
            file.write("two\nthr")
        await eventually(lambda: lines == ["one", "two"])
        tail.close()
        tail = OutputTail(path, news, lambda told: lines.extend(text for _, text in told))
        with path.open("a") as file:
            file.write("ee")
        await tail.finish()
        news.close()

    asyncio.run(story())

    assert lines == ["one", "two", "three"]


def test_the_end_of_a_child_and_of_a_stranger_is_noticed() -> None:
    async def story() -> None:
        with subprocess.Popen(["sleep", "60"]) as child:  # noqa: ASYNC220 - starts at once
            waits = [
                asyncio.create_task(_gone_by_polling(child.pid, child)),
                asyncio.create_task(_gone_by_polling(child.pid, None)),
            ]
            await asyncio.sleep(0)
            assert not any(wait.done() for wait in waits)
            child.kill()
            async with asyncio.timeout(60):
                await asyncio.gather(*waits)

    asyncio.run(story())
