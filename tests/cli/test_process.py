"""A child imports our packages whatever the current folder holds, and an error reads well and safely in both languages."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import grpc
import pytest

from cli.process import shuniu_command
from cli.reasons import ADDRESS_TAKEN, NO_HUB
from shuniu.cli.output import ExitCode, report
from shuniu.errors import FetchError, IdentityError
from tests.cli.processes import ROOT


@pytest.mark.parametrize("arguments", [("--version",), ("serve", "--help")])
def test_a_folder_with_the_name_of_one_of_our_packages_is_not_imported_by_a_child(tmp_path, arguments):
    for name in ("cli", "hub", "shuniu", "web"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('poison')", encoding="utf-8")
    done = subprocess.run(shuniu_command(*arguments), cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "poison" not in done.stdout + done.stderr
    assert "shuniu" in done.stdout


OURS = ("benchmarks", "cli", "hub", "server", "shuniu", "web", "click", "grpc", "json")


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder that holds a program of the name of everything that we import."""
    for name in OURS:
        (tmp_path / f"{name}.py").write_text("import os\nos._exit(66)", encoding="utf-8")
    (tmp_path / "shuniu").mkdir()
    (tmp_path / "shuniu/__init__.py").write_text("import os\nos._exit(66)", encoding="utf-8")
    return tmp_path


def ended(trap: Path, command: list[str]) -> str:
    done = subprocess.run(command, cwd=trap, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_nothing_in_the_current_folder_is_run_by_the_console_script_or_the_demo_and_its_children(trap: Path):
    script = str(Path(sysconfig.get_path("scripts")) / "shuniu")
    assert "shuniu" in ended(trap, [sys.executable, script, "--version"])
    assert "provide" in ended(trap, [sys.executable, script, "provide", "--help"])
    ended(trap, [sys.executable, script, "demo", "--once", "--out", str(trap / "out"), "--entries", "20"])


def test_every_process_that_we_start_keeps_the_current_folder_off_the_path():
    """Wherever our own source starts the interpreter, it says -P, or -I, which means that too."""
    found = []
    for path in (
        path for name in ("cli", "hub", "seals", "web", "benchmarks", "shuniu", "licenses", "audit") for path in (ROOT / name).rglob("*.py")
    ):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "sys.executable" in line:
                found.append(path.name)
                assert '"-P"' in line or '"-I"' in line, (path, line)
    assert {"process.py", "served.py"} <= set(found)


def test_an_error_says_what_is_wrong_and_what_to_do_next_in_both_languages(capsys):
    assert report(NO_HUB(data="/srv/hub")) is ExitCode.WRONG_INPUT
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "错误 error [CONFIG NO_HUB] the data folder /srv/hub holds no hub"
    assert lines[1].strip() == "数据目录 /srv/hub 中没有枢纽"
    assert lines[2].startswith("下一步: 请修正配置项 `data`")
    assert lines[3].startswith("next: correct `data` in the configuration")


def test_an_error_of_the_sdk_is_shown_in_the_same_way(capsys):
    error = IdentityError("no key", message_zh="没有私钥", next_action="run `shuniu join`", next_action_zh="请执行 `shuniu join`")
    assert report(error) is ExitCode.WRONG_INPUT
    assert capsys.readouterr().err.splitlines()[1:] == ["          没有私钥", "下一步: 请执行 `shuniu join`", "next: run `shuniu join`"]


def test_a_command_that_is_the_next_action_is_printed_once(capsys):
    report(IdentityError("readable by others", message_zh="可被其他用户读取", next_action="chmod 600 key.pem"))
    assert capsys.readouterr().err.splitlines()[2:] == ["下一步 next: chmod 600 key.pem"]


def test_no_text_of_an_error_steers_the_terminal(capsys):
    steering = "\x1b]0;title\x07\x1b[2J\r\n\x9b31m"
    error = FetchError(
        grpc.StatusCode.UNAVAILABLE,
        "BAD",
        f"bad{steering}",
        message_zh=f"坏{steering}",
        next_action=f"next{steering}",
        next_action_zh=f"下{steering}",
    )
    assert report(error) is ExitCode.UNKNOWN
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 4
    assert printed.replace("\n", "").isprintable()


def test_the_refusal_of_an_address_names_key_address_and_the_command_that_helps():
    error = ADDRESS_TAKEN(key="web", address="127.0.0.1:80", port="80", problem="")
    assert (error.reason, error.message) == ("ADDRESS", "web 127.0.0.1:80 is in use by another program")
    assert error.next_action.startswith("ss -ltnp 'sport = :80'")
