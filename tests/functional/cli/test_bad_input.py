"""Whatever is wrong gets one clear error with a remedy and its exit code, and leaves state as it was."""

from __future__ import annotations

import socket

from tests.support.command import Hatoba

UP = ("up", "--detach", "--runtime", "process", "--port", "0")


def change(hatoba: Hatoba, old: str, new: str) -> None:
    file = hatoba.folder / "hatobafile.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_definition_that_breaks_rules_shows_every_fault_with_place_and_remedy(hatoba: Hatoba) -> None:
    change(hatoba, "memory=512", "memory=513")
    change(hatoba, '"mz-dev-application-service.internal"', '"mz_dev.internal"')

    done = hatoba.run(*UP)

    assert done.returncode == 2
    assert "The definition has 2 faults." in done.stderr
    assert "hatobafile.py:" in done.stderr
    assert "512" in done.stderr
    assert "_" in done.stderr
    assert not (hatoba.folder / ".hatoba").exists()


def test_an_input_without_a_value_names_the_file_and_the_key(hatoba: Hatoba) -> None:
    change(hatoba, '(local=["http://localhost:3000"])', "()")

    done = hatoba.run(*UP)

    assert done.returncode == 2
    assert "allow_origins" in done.stderr
    assert "environments.toml" in done.stderr


def test_a_definition_that_is_no_python_says_where(hatoba: Hatoba) -> None:
    change(hatoba, "given = SalesSupport()", "given = = SalesSupport()")

    done = hatoba.run("validate")

    assert done.returncode == 2
    assert "hatobafile.py:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_definition_says_so(hatoba: Hatoba) -> None:
    (hatoba.folder / "hatobafile.py").rename(hatoba.folder / "elsewhere.py")

    done = hatoba.run("ps")

    assert done.returncode == 2
    assert "there is no hatobafile.py" in done.stderr
    assert "hatoba init" in done.stderr
    (hatoba.folder / "elsewhere.py").rename(hatoba.folder / "hatobafile.py")


def test_a_port_that_is_taken_is_named_with_a_way_out(hatoba: Hatoba) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = hatoba.run("up", "--detach", "--port", str(port))

    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "--port 0" in done.stderr
    assert not (hatoba.folder / ".hatoba").exists()


def test_a_second_up_is_refused_and_the_first_goes_on(hatoba: Hatoba) -> None:
    hatoba(*UP)

    done = hatoba.run(*UP)

    assert done.returncode == 5
    assert "is up already" in done.stderr
    assert "hatoba deploy" in done.stderr
    assert hatoba.json("status")["status"] == "CREATE_COMPLETE"


def test_an_image_that_cannot_be_had_says_why_and_leaves_nothing(hatoba: Hatoba) -> None:
    change(hatoba, '    local_command=["python", "page.py"],\n', "")

    done = hatoba.run(*UP)

    assert done.returncode == 1
    assert "CannotPullContainerError" in done.stderr
    assert "local command" in done.stderr
    assert not (hatoba.folder / ".hatoba").exists()


def test_a_task_that_exits_at_once_shows_its_exit_code_and_its_last_lines(hatoba: Hatoba) -> None:
    change(hatoba, '["python", "page.py"]', '["python", "-c", "print(7 * 6, \'is the answer\'); exit(3)"]')

    done = hatoba.run(*UP)

    assert done.returncode == 1
    assert "exit code 3" in done.stderr
    assert "42 is the answer" in done.stderr
    assert not (hatoba.folder / ".hatoba").exists()


def test_a_failed_change_is_rolled_back_and_the_system_goes_on(hatoba: Hatoba) -> None:
    hatoba(*UP)
    before = hatoba.json("ps")["tasks"]
    change(hatoba, "httpd:latest", "httpd:no-such-tag")
    change(hatoba, '    local_command=["python", "page.py"],\n', "")

    done = hatoba.run("deploy")

    assert done.returncode == 1
    assert "CannotPullContainerError" in done.stderr
    assert hatoba.json("status")["status"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [task["revision"] for task in hatoba.json("ps")["tasks"]] == [before[0]["revision"]]


def test_commands_for_a_system_that_is_not_up_say_how_to_start_it(hatoba: Hatoba) -> None:
    for command in ("ps", "logs", "token", "env", "status", "deploy"):
        done = hatoba.run(command)

        assert done.returncode == 1, command
        assert "hatoba up" in done.stderr, command


def test_words_that_are_wrong_exit_with_2(hatoba: Hatoba) -> None:
    assert hatoba.run("up", "--runtime", "kubernetes").returncode == 2
    assert hatoba.run("up", "--no-such-option").returncode == 2
    assert hatoba.run("frobnicate").returncode == 2


def test_of_two_ups_at_the_same_moment_one_comes_up_and_the_other_is_told(hatoba: Hatoba) -> None:
    both = [hatoba.start(*UP) for _ in range(2)]

    ends = sorted((process.wait(60), process.communicate()[1]) for process in both)

    assert [code for code, _ in ends] in ([0, 1], [0, 5])
    assert "hatoba down" in ends[1][1]
    assert hatoba.json("status")["status"] == "CREATE_COMPLETE"
