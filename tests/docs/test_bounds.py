"""Every pool, queue and cache of the code is listed with its bound, its share and its error, so that none is added without one."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from hub.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "hub",
    "certs",
    "audit",
    "timing",
    "work",
    "catalog",
    "brokerage",
    "seals",
    "files",
    "questions",
    "exchange",
    "licenses",
    "web",
    "shuniu",
    "migrations",
)
MADE_OF = frozenset(
    {"Semaphore", "BoundedSemaphore", "ThreadPoolExecutor", "ProcessPoolExecutor", "Turns", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"}
    | {"deque", "OrderedDict", "lru_cache", "cache"}
)
CAP = re.compile(r"_?(?:MOST|WAITING|QUEUE|KEPT|LONGEST_QUEUE|LARGEST_BATCH|THREADS|MAX_MESSAGE)(?:_[A-Z_]+)?")
OF_ONE_CALL = ("catalog/", "timing/", "brokerage/", "seals/")  # their caps are of texts and lists, which the rules of the model refuse
PLAIN = (
    "the oldest goes",
    "none is added",
    "the next",
    "the rest",
    "read again",
    "everything is read again",
    "counted",
    "cut to it",
    "waits",
    "the page",
    "texts are cut",
    "the connection is closed",
    "the newest are closed",
    "damage by name",
    "an operator looks",
    "none waits",
    "all are looked up anew",
    "the patrol looks",
    "the outer ones",
    "the oldest waits",
    "closed by the next start",
    "told in the words",
    "forgotten at",
)


def sources() -> Iterator[Path]:
    yield ROOT / "server.py"
    for package in PACKAGES:
        yield from (path for path in sorted((ROOT / package).rglob("*.py")) if "v1" not in path.parts)


def made_in(path: Path) -> Iterator[str]:
    """Yield the scope of whatever holds many things, what begins empty and is filled, and the constants that bound them."""
    name = path.relative_to(ROOT).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for scope, node in _walked(tree, ()):
        if isinstance(node, ast.Call) and _name(node.func) in MADE_OF:
            yield f"{name}: {'.'.join(scope) or 'module'}"
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute) and _is_empty(node.value):
            yield f"{name}: {scope[0]}.{node.target.attr}"
        for decorator in getattr(node, "decorator_list", ()):
            if _name(decorator) in MADE_OF:
                yield f"{name}: {'.'.join((*scope, node.name))}"  # type: ignore[attr-defined]
    if not name.startswith(OF_ONE_CALL):
        for statement in tree.body:
            target = getattr(statement, "target", None) or next(iter(getattr(statement, "targets", ())), None)
            if isinstance(target, ast.Name) and CAP.fullmatch(target.id) and not _is_time(statement):
                yield f"{name}: {target.id}"


def _walked(node: ast.AST, scope: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield scope, child
        inside = (*scope, child.name) if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else scope
        yield from _walked(child, inside)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call | ast.Subscript):
        return _name(node.func if isinstance(node, ast.Call) else node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_empty(value: ast.expr | None) -> bool:
    """Tell whether it is a list, a dictionary or a set that begins empty."""
    if isinstance(value, ast.Call):
        return _name(value) in {"set", "dict", "list", "Counter", "defaultdict"} and not value.args
    return (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Dict) and not value.keys)


def _is_time(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    return _name(getattr(value, "func", ast.Name(""))) == "timedelta" or isinstance(getattr(value, "value", None), float)


def listed() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "bounds.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {row[0].replace("`", "").replace("[limits]", "limits"): row[1:] for row in rows}


def test_every_pool_queue_cache_and_limit_stands_in_the_list_and_nothing_else_does():
    found = {one for path in sources() for one in made_in(path)} | {f"limits: {item.name}" for item in fields(Limits)}
    assert sorted(found - set(listed())) == []
    assert sorted(set(listed()) - found) == []


def test_each_row_says_how_much_whose_share_and_what_is_heard_beyond_it():
    reasons = set(re.findall(r"`([A-Z][A-Z_0-9]+)`", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")))
    known = reasons | {"RESOURCE_EXHAUSTED", "INTERRUPTED"}
    for where, row in listed().items():
        assert len(row) == 3, where
        how_much, share, beyond = row
        assert how_much, where
        assert share, where
        codes = re.findall(r"`([A-Z][A-Z_]+)`", beyond)
        assert set(codes) <= known, where
        assert codes or beyond.startswith(PLAIN), where


def test_the_list_names_the_defaults_of_the_limits():
    for item in fields(Limits):
        value = getattr(Limits(), item.name)
        said = listed()[f"limits: {item.name}"][0].replace(",", "")
        spelled = {f"{value:g}", f"{value // 1024} KiB", f"{value // 1024**2} MiB"} if isinstance(value, int) else {f"{value:g}", "a fifth"}
        assert any(one in said for one in spelled), item.name
