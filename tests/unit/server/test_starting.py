from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from hatoba.cloud.server import runfile
from hatoba.cloud.server.alone import only_one_in
from hatoba.cloud.server.ready import StartFailed, understand
from hatoba.cloud.server.settings import parse


def run_of(pid: int, created: float) -> runfile.RunFile:
    return runfile.RunFile(
        pid=pid,
        created=created,
        version="0",
        host="127.0.0.1",
        port=4566,
        gateway_port=4580,
        dns_port=4553,
        region="ap-northeast-1",
        account="000000000000",
        runtime="auto",
    )


def test_the_run_file_of_a_living_process_is_read_as_written(tmp_path: Path) -> None:
    run = run_of(os.getpid(), runfile.created_now())

    runfile.write(tmp_path, run)

    assert runfile.read(tmp_path) == run
    assert run.endpoint == "http://127.0.0.1:4566"


def test_a_process_that_got_the_same_id_later_is_not_taken_for_the_cloud(tmp_path: Path) -> None:
    runfile.write(tmp_path, run_of(os.getpid(), runfile.created_now() - 1))

    assert runfile.read(tmp_path) is None


def test_a_process_that_ended_is_no_cloud(tmp_path: Path) -> None:
    unused = next(pid for pid in range(300_000, 4_000_000) if not psutil.pid_exists(pid))

    runfile.write(tmp_path, run_of(unused, 1.0))

    assert runfile.read(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid": 1}'])
def test_a_file_that_cannot_be_read_is_no_cloud(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run").mkdir()
    runfile.path_in(tmp_path).write_bytes(content)

    assert runfile.read(tmp_path) is None


def test_removing_twice_is_no_error(tmp_path: Path) -> None:
    runfile.write(tmp_path, run_of(os.getpid(), runfile.created_now()))

    runfile.remove(tmp_path)
    runfile.remove(tmp_path)

    assert runfile.read(tmp_path) is None


def test_the_first_word_of_a_cloud_says_ready_or_why_not() -> None:
    understand(b'{"ready": {}}\n')
    with pytest.raises(StartFailed, match="Port 1") as raised:
        understand(b'{"failed": "Port 1 is taken.", "remedy": "Take another."}\n')
    assert raised.value.remedy == "Take another."


def test_a_cloud_that_ended_without_a_word_points_at_its_log() -> None:
    with pytest.raises(StartFailed) as raised:
        understand(b"")

    assert "cloud.log" in raised.value.remedy


def test_port_0_lets_the_system_choose_all_ports() -> None:
    settings = parse(["--folder", "x", "--port", "0"], {}).settings

    assert (settings.port, settings.gateway_port, settings.dns_port) == (0, 0, 0)


def test_without_words_the_ports_are_those_that_the_documents_name() -> None:
    settings = parse(["--folder", "x"], {}).settings

    assert (settings.port, settings.gateway_port, settings.dns_port) == (4566, 4580, 4553)
    assert settings.account == "000000000000"


@pytest.mark.parametrize("words", [[], ["--port", "0"], ["--port", "80"]])
def test_no_word_opens_a_port_to_other_machines(words: list[str]) -> None:
    assert parse(["--folder", "x", *words], {}).settings.host == "127.0.0.1"
    with pytest.raises(SystemExit):
        parse(["--folder", "x", "--host", "0.0.0.0"], {})


def test_the_account_can_be_another_one() -> None:
    assert parse(["--folder", "x"], {"HATOBA_ACCOUNT_ID": "111122223333"}).settings.account == "111122223333"


@pytest.mark.parametrize("account", ["", "12345678901", "11112222333a", "1111 22223333"])
def test_an_account_is_12_digits(account: str) -> None:
    with pytest.raises(StartFailed, match="12 digits"):
        parse(["--folder", "x"], {"HATOBA_ACCOUNT_ID": account})


def test_a_folder_has_one_cloud(tmp_path: Path) -> None:
    second = only_one_in(tmp_path)

    with only_one_in(tmp_path), pytest.raises(StartFailed, match="Another local cloud"):
        second.__enter__()

    with only_one_in(tmp_path):
        pass
