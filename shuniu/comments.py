"""The protos' comments at run time. Descriptors carry none; the typed stubs beside the generated modules carry all, so they are read there."""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from shuniu import v1

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PACKAGE: Final = "shuniu.v1."
_STUB: Final = "Stub"
_VALUES: Final = "EnumTypeWrapper"


def comment_of(file: str, name: str) -> str:
    """Return the comment on what has this full name (`shuniu.v1.Terms.fields`) in a proto file (`shuniu/v1/brokerage.proto`), empty for none."""
    module = file.rpartition("/")[2].replace(".proto", "_pb2")
    wanted = name.replace(_PACKAGE, "", 1)
    return _comments(module).get(wanted, "") or _comments(f"{module}_grpc").get(wanted, "")


@cache
def _comments(module: str) -> Mapping[str, str]:
    stub = files(v1.__package__ or "").joinpath(f"{module}.pyi")
    return dict(_of_body(ast.parse(stub.read_text("utf-8")).body, "")) if stub.is_file() else {}


def _of_body(body: list[ast.stmt], inside: str) -> Iterator[tuple[str, str]]:
    """Yield names with their comments: a docstring in a class or a property, a text behind a value."""
    for node, after in zip(body, [*body[1:], None]):
        if isinstance(node, ast.ClassDef):
            name = f"{inside}{_called(node.name)}"
            yield name, _plain(ast.get_docstring(node))
            yield from _of_body(node.body, "" if node.name.endswith(_VALUES) and not inside else f"{name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{inside}{node.name}", _plain(ast.get_docstring(node))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            yield f"{inside}{node.target.id}", _plain(text if isinstance(text, str) else "")


def _called(name: str) -> str:
    """Return the service of a stub's class; every other class is called like its message."""
    return name.removesuffix(_STUB)


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())
