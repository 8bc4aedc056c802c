"""Figures of the code that are signs, not limits: `python scripts/figures.py [FOLDER]`. Generated code, tests and migrations are left out."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

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
    "cli",
    "shuniu",
)
PARTICIPLE = re.compile(r"_?[a-z]+(ed|told|kept|shown|made|given|taken|put|sent|held|found|sworn|written|seen|done)")
ADJECTIVES = {
    "signed",
    "expired",
    "granted",
    "masked",
    "named",
    "revoked",
    "published",
    "submitted",
    "nested",
    "sorted",
    "closed",
    "found",
    "need",
    "feed",
}
MANY = 5


def files(root: Path) -> Iterator[Path]:
    """Yield the hand-written modules of the product."""
    yield root / "server.py"
    for package in PACKAGES:
        yield from (path for path in sorted((root / package).rglob("*.py")) if "v1" not in path.parts)


def main(root: Path) -> None:
    """Count and print."""
    lines = comments = skips = anything = wide = participles = functions = long = 0
    for path in files(root):
        text = path.read_text(encoding="utf-8")
        code = text.splitlines()
        lines += len(code)
        long += len(code) > 300  # noqa: PLR2004 - house style, section 5
        skips += text.count("# fmt: skip")
        comments += sum(one.type == tokenize.COMMENT for one in tokenize.generate_tokens(io.StringIO(text).readline))
        anything += len(re.findall(r"\bAny\b", text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions += 1
                given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                wide += sum(one.arg not in {"self", "cls"} for one in given) > MANY
                participles += bool(PARTICIPLE.fullmatch(node.name)) and node.name.strip("_") not in ADJECTIVES
    print(f"lines {lines}, functions {functions}, files over 300 lines {long}")
    print(f"functions with more than five parameters: {wide}")
    print(f"Any per 1,000 lines: {anything / lines * 1000:.1f}")
    print(f"comments per 100 lines: {comments / lines * 100:.1f}")
    print(f"# fmt: skip: {skips}")
    print(f"functions named by a past participle: {participles}")


main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
