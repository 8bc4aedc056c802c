"""What stands in a line of the log is ours: every call of a logger in the source gives it arguments of a known kind, and nothing that a caller chose.

The walk reads the source. A call says a constant text; its arguments are constants, kinds of errors, names of reasons, or stand in `KNOWN` with the
reason for which no caller can choose them (or can choose them only as the operator of this machine).
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from shuniu.cli.server_log import OURS
from tests.cli.processes import ROOT

LEVELS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
WRITERS: Final = frozenset({"print", "warn", "print_exc", "print_exception", "print_stack", "showwarning"})

PROGRAMS: Final = frozenset({"shuniu/codes/picture.py", "shuniu/lists/workbook.py", "files/sheet_program.py"})
"""Programs of their own, which speak to whoever started them by their standard output."""

NUMBER: Final = "a number, which %d demands"
BACKGROUND: Final = "the text of an error of the hub's own work: no request is being served where it is raised"
LOCAL: Final = "a file, an address or a setting of this machine, chosen by its operator"
TABLE: Final = "a name out of a table in the source"
SCHEMA: Final = "a name in the schema of the department's own database, read at the start"

KNOWN: Final = {
    ("audit/alarm.py", "what"): TABLE,
    ("audit/alarm.py", "found.first"): NUMBER,
    ("audit/alarm.py", "found.last"): NUMBER,
    ("audit/alarm.py", "error.message"): BACKGROUND,
    ("audit/cleaning.py", "tile.path"): LOCAL,
    ("audit/cleaning.py", "one.path"): LOCAL,
    ("audit/cleaning.py", "getattr(error, 'message', None) or getattr(error, 'strerror', '')"): BACKGROUND,
    ("audit/clock_check.py", "beijing_clock(now)"): "a time",
    ("audit/clock_check.py", "beijing_clock(self._known or now)"): "a time",
    ("audit/committer.py", "error.message"): "the text of DATABASE_UNAVAILABLE, which has no part that is filled in",
    ("audit/floods.py", "flood"): "a registered system, and counts by the names of reasons",
    ("audit/indexer.py", "error.message"): BACKGROUND,
    ("audit/instances.py", "error.message"): BACKGROUND,
    ("audit/instances.py", "max(1, self.open)"): NUMBER,
    ("audit/instances.py", "unclear[:20]"): "indexes of records",
    ("audit/instances.py", "one.instance"): "the random name that a hub process gave itself",
    ("audit/instances.py", "len(prepared)"): NUMBER,
    ("audit/memory.py", "error.message"): BACKGROUND,
    ("audit/moving.py", "error.message"): BACKGROUND,
    ("audit/moving.py", "moved"): NUMBER,
    ("audit/patrol.py", "tile.path"): LOCAL,
    ("audit/patrol.py", "'; it is written anew' if heal else ''"): "one of two constants",
    ("audit/patrol.py", "RECORD_RESTORED(index=index, by=erasure.index).message"): NUMBER,
    ("audit/publisher.py", "flaw.message"): BACKGROUND,
    ("audit/publisher.py", "flaw.next_action"): BACKGROUND,
    ("audit/row_check.py", "count"): NUMBER,
    ("audit/row_check.py", "error.message"): BACKGROUND,
    ("audit/row_check.py", "BOOK_NOT_AS_WRITTEN(tables=', '.join(wrong)).message"): TABLE,
    ("exchange/when_available.py", "failure.message"): "the text of a database that does not answer, or of a full queue",
    ("questions/rounds.py", "error.message"): BACKGROUND,
    ("shuniu/cli/provider_process.py", "facts"): LOCAL,
    ("shuniu/provider/server.py", "', '.join(provider.names)"): LOCAL,
    ("shuniu/provider/server.py", "running.port"): NUMBER,
    ("shuniu/cli/provider_process.py", "check.entry"): "what the hub of this department answers to its own call; it is escaped",
    ("shuniu/cli/provider_process.py", "check.version"): NUMBER,
    ("shuniu/cli/provider_process.py", "how"): "one of two constants",
    ("shuniu/cli/provider_process.py", "found.field or '-'"): "what the hub of this department answers to its own call; it is escaped",
    ("shuniu/cli/provider_process.py", "found.reason"): "what the hub of this department answers to its own call; it is escaped",
    ("shuniu/cli/provider_process.py", "found.message"): "what the hub of this department answers to its own call; it is escaped",
    ("shuniu/cli/provider_process.py", "len(answer.checks)"): NUMBER,
    ("shuniu/cli/provider_process.py", "error.message"): "what the hub of this department answers to its own call; it is escaped",
    ("certs/own.py", "name"): TABLE,
    ("certs/succeeding.py", "one.name"): "the number that the hub gave a succession",
    ("certs/succeeding.py", "error.message"): BACKGROUND,
    ("certs/own.py", "beijing_clock(end)"): "a time",
    ("certs/own.py", "beijing_clock(self._shown.not_after)"): "a time",
    ("cli/demo/late_hub.py", "clock.late"): "a time",
    ("exchange/breaker.py", "self.name"): "the name under which a provider's system is registered",
    ("exchange/breaker.py", "PAUSE"): NUMBER,
    ("exchange/breaker.py", "len(self._seen)"): NUMBER,
    ("exchange/ledger.py", "MOST_KEPT"): NUMBER,
    ("hub/counting.py", "count"): NUMBER,
    ("hub/counting.py", "'' if count == 1 else 's'"): "one of two constants",
    ("hub/day_rounds.py", "name"): TABLE,
    ("hub/day_rounds.py", "error.message"): BACKGROUND,
    ("hub/db/engine.py", "seq"): NUMBER,
    ("hub/db/engine.py", "newest"): NUMBER,
    ("hub/db/engine.py", "topic"): TABLE,
    ("hub/db/lock.py", "self.place"): LOCAL,
    ("hub/db/lock.py", "weak"): LOCAL,
    ("hub/db/lock.py", "mending_of(weak)"): TABLE,
    ("hub/db/lock.py", "error.message"): LOCAL,
    ("hub/db/lock.py", "holder"): "the name of another session of the hub's own database",
    ("hub/db/row_book.py", "flaw.message"): "a row of the register that is not as the log wrote it, by table and key",
    ("hub/descriptors.py", "descriptors"): NUMBER,
    ("hub/descriptors.py", "wanted(limits)"): NUMBER,
    ("hub/descriptors.py", "fitted.member_connections"): NUMBER,
    ("hub/descriptors.py", "fitted.public_connections"): NUMBER,
    ("hub/descriptors.py", "fitted.connections_per_address"): NUMBER,
    ("hub/housekeeping.py", "name"): TABLE,
    ("hub/housekeeping.py", "error.message"): BACKGROUND,
    ("hub/rpc.py", "path"): "the name of a method that is offered, not the path that was called",
    ("hub/watch.py", "error.message"): BACKGROUND,
    ("catalog/probe_rounds.py", "error.message"): BACKGROUND,
    ("catalog/probes.py", "entry.name"): "the id that the hub gave an entry",
    ("shuniu/provider/freshness.py", "name"): LOCAL,
    ("shuniu/provider/table/changes.py", "plan.name"): SCHEMA,
    ("shuniu/provider/table/changes.py", "served.source"): SCHEMA,
    ("shuniu/provider/table/freshness.py", "plan.name"): SCHEMA,
    ("shuniu/provider/table/freshness.py", "self._newest.source"): SCHEMA,
    ("work/sending.py", "error.message"): BACKGROUND,
    ("licenses/filling.py", "number"): NUMBER,
    ("licenses/filling.py", "error.message"): BACKGROUND,
    ("licenses/store/keys.py", "row.kid"): "the fingerprint of a key",
    ("licenses/store/keys.py", "flaw"): BACKGROUND,
    ("migrations/__init__.py", "place_of(url)"): LOCAL,
    ("migrations/__init__.py", "found or '(empty)'"): LOCAL,
    ("migrations/__init__.py", "newest_schema()"): TABLE,
    ("migrations/opening.py", "', '.join(new)"): TABLE,
    ("migrations/opening.py", "file"): LOCAL,
    ("server.py", "self.addresses"): LOCAL,
    ("shuniu/provider/files/loading.py", "name"): LOCAL,
    ("shuniu/provider/files/loading.py", "count"): NUMBER,
    ("shuniu/provider/files/loading.py", "what"): TABLE,
    ("shuniu/provider/files/loading.py", "census.rows"): NUMBER,
    ("shuniu/provider/files/provider.py", "self._plan.path.name"): LOCAL,
    ("shuniu/provider/files/provider.py", "error.message"): "a row of the catalogue: names of a file of this machine and of its columns",
    ("shuniu/provider/files/provider.py", "places_of(error)"): "places in the source, without the text of the error",
    ("shuniu/provider/http/provider.py", "plan.name"): LOCAL,
    ("shuniu/provider/http/provider.py", "server.host"): LOCAL,
    ("shuniu/provider/failures.py", "reason"): "the name of a reason, by its form",
    ("shuniu/provider/failures.py", "resource"): "the name of a resource that is served",
    ("shuniu/provider/failures.py", "column"): "the name of a column that is served",
    ("shuniu/provider/failures.py", "consumer if _CONSUMER.fullmatch(consumer) else '-'"): "18 digits and capitals: a department's code",
    ("shuniu/provider/failures.py", "seconds * 1000"): NUMBER,
    (
        "shuniu/provider/failures.py",
        "f'; {failure.cause}' if failure.cause else ''",
    ): "the class of an error, and a database's code or places in programs",
    (
        "shuniu/provider/failures.py",
        "f'; {known.more} more since the last such line' if known is not None and known.more else ''",
    ): "a number in words of ours, or nothing",
    ("shuniu/provider/table/provider.py", "self._columns.pop(name).source"): SCHEMA,
    ("shuniu/provider/table/provider.py", "self.name"): SCHEMA,
    ("shuniu/provider/certificates.py", "_moment(begin)"): "a time",
    ("shuniu/provider/certificates.py", "_moment(end)"): "a time",
    ("shuniu/provider/certificates.py", "_moment(now)"): "a time",
    ("shuniu/provider/certificates.py", "_moment(self._end)"): "a time",
    ("shuniu/provider/table/columns.py", "plan.name"): SCHEMA,
    ("shuniu/provider/table/columns.py", "source"): SCHEMA,
    ("shuniu/provider/table/columns.py", "columns[plan.key].source"): SCHEMA,
    ("shuniu/provider/table/columns.py", "mapped[source]"): SCHEMA,
    ("web/lines.py", "method"): "the method of a route, not of the request",
    ("web/lines.py", "pattern"): "the pattern of a route, not the address",
    ("web/lines.py", "status"): NUMBER,
    ("web/lines.py", "seconds * 1000"): NUMBER,
    ("web/lines.py", "left_out"): "a number in words of ours, or nothing",
}


@dataclass(frozen=True, slots=True)
class LogCall:
    """One call of a logger: where, its text, its arguments."""

    file: str
    line: int
    text: ast.expr
    arguments: list[str]


def sources() -> Iterator[Path]:
    for name in sorted(OURS - {"server"}):
        yield from (path for path in sorted((ROOT / name).rglob("*.py")) if "_pb2" not in path.name)
    yield ROOT / "server.py"


def calls_in(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Yield each call with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def log_calls(file: str, tree: ast.AST) -> Iterator[LogCall]:
    for call, name in calls_in(tree):
        if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name) or "log" not in call.func.value.id.lower():
            continue
        if name == "log":
            yield LogCall(file, call.lineno, call.args[1], [ast.unparse(one) for one in call.args[2:]])
        elif name in LEVELS:
            yield LogCall(file, call.lineno, call.args[0], [ast.unparse(one) for one in call.args[1:]])


def is_of_a_kind(argument: str) -> bool:
    """Tell whether an argument can hold nothing of anybody: a constant, the name of a type, of a reason, the places of an error."""
    node = ast.parse(argument, mode="eval").body
    if isinstance(node, ast.Attribute):
        is_name_of_type = node.attr == "__name__" and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "type"
        return is_name_of_type or node.attr == "reason"
    return isinstance(node, ast.Constant) or argument in {"places_of(error)", "reason"}


def all_calls() -> list[LogCall]:
    found: list[LogCall] = []
    for path in sources():
        file = str(path.relative_to(ROOT))
        found += log_calls(file, ast.parse(path.read_text(encoding="utf-8")))
    return found


def wrong_in(calls: list[LogCall]) -> list[str]:
    wrong = [f"{one.file}:{one.line} text" for one in calls if not (isinstance(one.text, ast.Constant) and isinstance(one.text.value, str))]
    for one in calls:
        wrong += [f"{one.file}:{one.line} {arg}" for arg in one.arguments if not is_of_a_kind(arg) and (one.file, arg) not in KNOWN]
    return wrong


def test_every_argument_of_every_log_line_is_of_a_known_kind():
    calls = all_calls()
    assert len(calls) > 50
    assert wrong_in(calls) == []


def test_nothing_in_the_list_is_superfluous():
    used = {(one.file, argument) for one in calls for argument in one.arguments} if (calls := all_calls()) else set()
    assert set(KNOWN) - used == set()


def test_a_number_is_written_as_one():
    for one in all_calls():
        assert isinstance(one.text, ast.Constant)
        forms = [part[0] for part in str(one.text.value).replace("%.0f", "%f").split("%")[1:]]
        for form, argument in zip(forms, one.arguments, strict=True):
            if KNOWN.get((one.file, argument)) == NUMBER and not argument.startswith("RECORD_RESTORED"):
                assert form in "df", (one.file, argument)


@pytest.mark.parametrize(
    "call",
    [
        "log.info(f'x {request.path}')",
        "log.error('x ' + text)",
        "log.error('%s', str(error))",
        "log.warning('%s', request.path)",
        "logger.log(1, '%s', x)",
    ],
)
def test_a_line_that_copies_something_is_found(call: str):
    assert wrong_in(list(log_calls("web/somewhere.py", ast.parse(call))))


def test_nothing_is_written_past_the_loggers():
    """The commands print to their user; everything else speaks through its logger."""
    past = []
    for path in sources():
        file = str(path.relative_to(ROOT))
        if file.startswith(("cli/", "shuniu/cli/")) or file in PROGRAMS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        past += [f"{file}:{call.lineno} {name}" for call, name in calls_in(tree) if name in WRITERS]
        past += [
            f"{file} {node.attr}" for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stderr", "sys.stdout"}
        ]
    assert past == []
