"""Only we write the log of a process that serves, and we escape it; of what libraries say only the place is told, once a minute."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub.reasons import INTERNAL
from shuniu.cli.server_log import OURS
from shuniu.cli.server_log.lines import CONTINUED, LONGEST_LINE, LineFormatter, escaped
from shuniu.cli.server_log.others import MINUTE, MOST_KINDS, Others, Said
from tests.cli.processes import ROOT

BEGINNING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR|CRITICAL) [a-z_.A-Z0-9]+: ")
FORGED = "x\n2026-11-26 09:00:00,000 INFO server: certificate revoked by operator 640200194712210830\r\n"
STEERING = "\x1b[2J\x07\x9b31m\x7f\x00\u2028\u2029\x85\u202e\u2066\ud800\ufeff\u00ad"


def lines_of(text: str, *, error: BaseException | None = None) -> list[str]:
    info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord("hub.rpc", logging.ERROR, "rpc.py", 1, "%s", (text,), info)
    return LineFormatter().format(record).splitlines()


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as told:
        return told


def test_no_text_begins_a_line_or_steers_a_terminal():
    (line,) = lines_of(FORGED + STEERING + "中文 stays")
    assert BEGINNING.match(line)
    assert line.isprintable()
    assert line.encode().decode() == line
    assert r"x\n2026".replace(r"\n", r"\x0a") in line
    assert all(spelt in line for spelt in (r"\x1b[2J", r"\x7f", r"\x9b31m", r"\u2028", r"\u202e", r"\ud800"))
    assert line.endswith("中文 stays")


def test_what_was_written_with_a_backslash_is_told_from_what_was_escaped():
    assert escaped("\n") == r"\x0a"
    assert escaped(r"\x0a") == r"\\x0a"
    assert escaped("\U000e0041") == r"\U000e0041"


@pytest.mark.parametrize("text", ["a" * 20_000_000, "中" * 100_000, "\x00" * 100_000])
def test_a_line_has_a_bound_however_much_is_said(text: str):
    (line,) = lines_of(text)
    assert len(line.encode()) <= LONGEST_LINE
    assert line.endswith("…")


def test_an_error_comes_with_kind_and_places_and_without_its_text():
    first, *rest = lines_of("it failed", error=raised(ValueError(FORGED), raised(OSError(28, FORGED))))
    assert BEGINNING.match(first)
    assert all(line.startswith(CONTINUED) for line in rest)
    assert rest[0] == f"{CONTINUED}ValueError"
    assert f"{CONTINUED}because of OSError [ENOSPC]" in rest
    assert any(f"{Path(__file__).name}:" in line for line in rest)
    assert "operator" not in "\n".join(rest)


def test_an_error_of_ours_is_named_by_its_reason_and_members_of_a_group_are_told():
    _, *rest = lines_of("x", error=ExceptionGroup(FORGED, [raised(INTERNAL()), KeyError(FORGED)]))
    told = "\n".join(rest)
    assert "one of them hub.errors.InternalError [INTERNAL]" in told or "[INTERNAL]" in told
    assert "one of them KeyError" in told
    assert "operator" not in told


def test_an_endless_recursion_has_some_lines_and_no_more():
    def again(depth: int) -> int:
        return again(depth + 1) + 1

    with pytest.raises(RecursionError) as endless:
        again(0)
    assert 3 < len(lines_of("x", error=endless.value)) < 40


class Ticking:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_same_thing_is_told_once_a_minute_with_how_often():
    told: list[str] = []
    clock = Ticking()
    others = Others(lambda _said, text: told.append(text), clock)
    for _ in range(1000):
        others.hear(Said("ERROR", "aiohttp.server", "web_protocol.py:548"))
    assert told == ["web_protocol.py:548"]
    others.tell()
    assert len(told) == 1
    clock.now = MINUTE
    others.tell()
    assert told[1:] == ["web_protocol.py:548: 999 more in the last minute"]
    others.hear(Said("ERROR", "aiohttp.server", "web_protocol.py:548"))
    others.close()
    assert told[2:] == ["web_protocol.py:548: 1 more in the last minute"]


def test_what_is_said_at_ever_new_places_takes_no_memory_and_few_lines():
    told: list[str] = []
    others = Others(lambda _said, text: told.append(text), Ticking())
    for number in range(10_000):
        others.hear(Said("ERROR", "grpc", f"x.cc:{number}"))
    assert len(told) == MOST_KINDS + 1
    others.close()
    assert told[-1].startswith("other lines: ")


def test_what_we_say_ourselves_is_never_counted_with_anything_else():
    told: list[str] = []
    others = Others(lambda _said, text: told.append(text), Ticking())
    for number in range(1000):
        for _ in range(2):
            others.hear_own(Said("ERROR", "hub.db.engine", f"line {number}"))
    assert {f"line {number}" for number in range(1000)} <= set(told)
    assert len(told) < 2000


PROGRAM = """
import asyncio, logging, os, sys, threading, time, warnings
from shuniu.cli.server_log import server_log
logging.getLogger('asyncio').setLevel('DEBUG')
with server_log('info') as events:
    ours, theirs = logging.getLogger('hub.rpc'), logging.getLogger('aiohttp.server')
    ours.info('served %s', TEXT)
    ours.debug('not at this level')
    ours.info('this has %d arguments too few', *())
    ours.info('%d', TEXT)
    theirs.info('library ' + TEXT)
    for _ in range(70):
        ours.warning('the database is away')
    for _ in range(50):
        theirs.error('library ' + TEXT, exc_info=ValueError(TEXT))
    warnings.warn(TEXT, RuntimeWarning)
    print(TEXT, file=sys.stderr)
    os.write(2, TEXT.encode('utf-8', 'surrogatepass') + b'\\xff\\n')
    os.write(2, b'E0000 00:00:1764197.123456    1234 ssl_transport_security.cc:1885] ' + TEXT.encode('utf-8', 'surrogatepass') + b'\\n')
    def fails(text):
        raise ValueError(text)
    thread = threading.Thread(target=fails, args=(TEXT,)); thread.start(); thread.join()
    class Final:
        def __del__(self):
            raise ValueError(TEXT)
    Final()
    with asyncio.Runner(loop_factory=events.loop) as runner:
        async def main():
            asyncio.get_running_loop().call_soon(fails, TEXT)
            await asyncio.sleep(0.01)
        runner.run(main())
    os.write(2, b'a' * 60000)
    for _ in range(100):
        try:
            os.write(2, b'flood ' * 1000)
        except BlockingIOError:
            pass
print('back', file=sys.stderr)
import ctypes
last = ctypes.CDLL(None).perror
ctypes.pythonapi.Py_AtExit(ctypes.cast(last, ctypes.c_void_p))
"""


def log_of(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"TEXT = {FORGED + STEERING!r}\n{program}"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), **environment},
        timeout=60,
    )
    return done.stderr.decode()  # strict: a reader of the log must not die of it


def test_everything_that_is_said_in_a_process_that_serves_has_our_form_and_no_words_but_ours():
    *lines, last = log_of(PROGRAM).splitlines()
    assert last == "back"  # what the process says afterwards is its own again
    assert lines
    for line in lines:
        assert BEGINNING.match(line) or line.startswith(CONTINUED), line
        assert line.isprintable()
    assert sum("operator" in line for line in lines) == 1  # where one of our own lines has it as an argument, and it is escaped there
    told = "\n".join(lines)
    for part in (
        "INFO hub.rpc: served x\\x0a",
        "has no line",
        "ERROR aiohttp.server: <string>",
        "WARNING hub.rpc: the database is away: 69 more in the last minute",
        "49 more in the last minute",
        "RuntimeWarning at ",
        "sys.stderr: standard error",
        "stderr: standard error",
        "ERROR grpc: ssl_transport_security.cc:1885",
        "an error ended a thread",
        "an error could not be raised",
        "nobody took an error in the event loop",
    ):
        assert part in told, (part, told)
    assert "not at this level" not in told
    assert "library" not in told
    assert len(told) < 20_000


def test_an_operator_who_asks_for_the_words_of_grpc_gets_them_escaped():
    lines = log_of(PROGRAM, GRPC_VERBOSITY="DEBUG").splitlines()
    assert "GRPC_VERBOSITY" in lines[0]
    assert any("ERROR grpc: ssl_transport_security.cc:1885: x" in line for line in lines)
    assert all((BEGINNING.match(line) or line.startswith(CONTINUED)) and line.isprintable() for line in lines[:-1])


@pytest.mark.parametrize("entry", ["import cli", "from cli.command import shuniu", "import cli.serving", "import shuniu.cli.providing"])
def test_grpc_is_told_to_write_its_errors_alone_before_it_is_loaded(entry: str):
    watch = "import builtins, os, sys\nreal = builtins.__import__\n"
    watch += "def look(name, *more, **named):\n    if name.partition('.')[0] == 'grpc': assert os.environ.get('GRPC_VERBOSITY') == WANTED, name\n"
    watch += "    return real(name, *more, **named)\nbuiltins.__import__ = look\n"
    for wanted, environment in (("ERROR", {}), ("INFO", {"GRPC_VERBOSITY": "INFO"})):
        log_of(f"WANTED = {wanted!r}\n{watch}{entry}\nassert os.environ['GRPC_VERBOSITY'] == WANTED", **environment)


def test_unit_and_image_say_so_too():
    for file in ("packaging/shuniu.service", "Dockerfile"):
        assert "GRPC_VERBOSITY=ERROR" in (ROOT / file).read_text(encoding="utf-8")


def test_our_loggers_are_those_of_our_packages():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages | {"server"} == OURS
