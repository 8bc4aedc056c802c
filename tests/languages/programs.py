"""The examples in other languages, built outside of the repository from the archive of protos, and what a run of one says."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.judges import ROOT

EXAMPLES = ROOT / "examples"
DEBIAN = "sh scripts/languages.sh"
NEEDED = {
    "node": ("node", "npm"),
    "go": ("protoc", "go", "protoc-gen-go", "protoc-gen-go-grpc", "/usr/share/gocode/src/google.golang.org/grpc"),
    "java": (
        "protoc",
        "javac",
        "grpc_java_plugin",
        "/usr/share/java/grpc-netty.jar",
        "/usr/share/java/netty-tcnative.jar",
        "/usr/share/java/protobuf-util.jar",
    ),
}
PATIENCE = 60.0


def toolchain(language: str) -> None:
    """Skip where the language's tools are absent: they are too heavy for `make test` to install."""
    absent = [one for one in NEEDED[language] if not (shutil.which(one) or (one.startswith("/") and Path(one).exists()))]
    if absent:
        pytest.skip(f"{', '.join(absent)} absent; get it with: {DEBIAN}")


@dataclass(frozen=True)
class Run:
    """How a program ended: its lines `name: JSON`, those of a record apart."""

    returncode: int
    output: str

    @property
    def said(self) -> dict[str, Any]:
        """What is told by the lines that are JSON."""
        pairs = (line.partition(": ") for line in self.output.splitlines() if line[:1].isalpha())
        return {name: _read(text) for name, mark, text in pairs if mark}

    @property
    def fields(self) -> dict[str, tuple[str, Any]]:
        """The fields of the one record: type and value."""
        assert self.output.startswith("record 1\n"), self.output
        assert "record 2" not in self.output
        told = (line.strip().partition(": ") for line in self.output.splitlines() if line.startswith("  "))
        return {name: (kind, _read(text)) for name, _, rest in told for kind, _, text in [rest.partition(" ")]}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@dataclass(frozen=True)
class Program:
    """An example that was built."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, given: str = "") -> Run:
        """Run it to its end, with something on its standard input."""
        done = subprocess.run(
            [*self.command, *map(str, arguments)],
            env={**os.environ, **self.environment},
            cwd="/",
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start it; the caller ends it."""
        command = [*self.command, *map(str, arguments)]
        return subprocess.Popen(command, env={**os.environ, **self.environment}, cwd="/", stdout=subprocess.PIPE, text=True)


def node(kit: Path, out: Path, program: str = "query.js") -> Program:
    """Install what package-lock.json pins, beside a copy of the programs."""
    if not out.exists():
        shutil.copytree(EXAMPLES / "node", out, ignore=shutil.ignore_patterns("node_modules"))
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=out, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            pytest.skip(f"npm could not install the example's packages: {done.stderr[-300:]}")
    return Program(["node", str(out / program)], {"SHUNIU_PROTOS": str(kit)})


def go(kit: Path, out: Path) -> Program:
    """Build with Debian's packages."""
    _built("go", kit, out)
    return Program([str(out / "query")])


def java(kit: Path, out: Path) -> Program:
    """Build with Debian's packages."""
    _built("java", kit, out)
    return Program([str(out / "query")])


def _built(language: str, kit: Path, out: Path) -> None:
    # paths from where one stands, as the guide has them
    command = ["sh", str(EXAMPLES / language / "build.sh"), os.path.relpath(kit, out.parent), out.name]
    done = subprocess.run(command, cwd=out.parent, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


BUILD = {"node": node, "go": go, "java": java}
