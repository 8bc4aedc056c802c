"""The wheels, built once, and an environment of each interpreter of this machine in which nothing of this repository is but the wheel `shuniu`.

What the wheel needs is installed once into `.wheels/` and kept while its list does not change; the wheel itself is installed anew for each run.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MINORS = (9, 10, 11, 12, 13)
TESTING = ("pytest>=8", "hypothesis>=6.100", "cbor2>=5.6", "base45>=0.4.4", "asn1crypto>=1.5")
PATIENCE = 600


def interpreter(minor: int) -> str | None:
    """Return Python 3.minor: of the path, or of pyenv, where that is installed."""
    if sys.version_info[:2] == (3, minor):
        return sys.executable
    folder = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    candidates = [shutil.which(f"python3.{minor}"), *sorted(folder.glob(f"3.{minor}.*/bin/python"), reverse=True)]
    return next((str(one) for one in candidates if one and runs(str(one), minor)), None)


def runs(python: str, minor: int) -> bool:
    """Tell whether a program is that interpreter; a shim of pyenv may stand for none."""
    says = [python, "-I", "-c", f"import sys, ensurepip, sqlite3; sys.exit(sys.version_info[:2] != (3, {minor}))"]
    return subprocess.run(says, capture_output=True, check=False).returncode == 0


def build(place: Path) -> dict[str, Path]:
    """Build both wheels; return them by the names of their projects."""
    subprocess.run(["sh", "scripts/wheels.sh", str(place)], cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE)
    return {path.name.partition("-")[0]: path for path in place.glob("*.whl")}


@dataclass(frozen=True)
class Environment:
    """An environment with the wheel, and how its programs are run: outside the repository."""

    folder: Path
    away: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def start(self, *command: object, module: str = "shuniu.cli") -> list[str]:
        """Return the command line of a program of this environment."""
        return [self.python, "-I", "-m", module, *map(str, command)]

    def run(self, *command: object, module: str = "shuniu.cli", given: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run a program to its end."""
        return self.process(self.start(*command, module=module), given)

    def shuniu(self, *command: object, given: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run the command that the wheel has put beside the interpreter."""
        return self.process([str(self.folder / "bin" / "shuniu"), *map(str, command)], given)

    def process(self, command: list[str], given: str | None = None) -> "subprocess.CompletedProcess[str]":
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "SHUNIU_"))}
        return subprocess.run(command, cwd=self.away, env=bare, input=given, capture_output=True, text=True, timeout=PATIENCE, check=False)


def environment(python: str, minor: int, wheel: Path, away: Path) -> Environment:
    """Return the environment of an interpreter with the wheel and its extras `table` and `verify` in it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = hashlib.sha256(repr((project["dependencies"], project["optional-dependencies"], TESTING)).encode()).hexdigest()
    folder = ROOT / ".wheels" / f"3.{minor}"
    stamp = folder / ".needs"
    made = Environment(folder, away)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != needs:
        shutil.rmtree(folder, ignore_errors=True)
        done([python, "-m", "venv", str(folder)])
        done([made.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[table,verify]", *TESTING])
        stamp.write_text(needs, encoding="utf-8")
    done([made.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall", str(wheel)])
    return made


def done(command: list[str]) -> None:
    ended = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
