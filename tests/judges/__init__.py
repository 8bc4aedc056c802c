"""Foreign judges: programs by other hands that must agree with ours, where they are installed.

A judge that is absent skips its tests and says how to get it; with CI=true its absence is a failure.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".judges"
MAKE_IT = "python3 -m venv .judges && .judges/bin/pip install --require-hashes -r requirements-judges.lock"


def judge_python(library: str = "") -> Path:
    """The interpreter of the judges' own environment (their pins clash with ours), in which a library is to be."""
    interpreter = ENVIRONMENT / "bin" / "python"
    if not interpreter.exists():
        absent("the judges' environment .judges/ is absent", MAKE_IT)
    if library and subprocess.run([interpreter, "-c", f"import {library}"], capture_output=True, check=False).returncode:
        absent(f"{library} is absent from .judges/", MAKE_IT)
    return interpreter


def judge_program(name: str, package: str) -> str:
    """The path of an installed program that judges, by the name of its Debian package."""
    return shutil.which(name) or absent(f"{name} is absent", f"apt-get install {package}")


def absent(what: str, cure: str) -> NoReturn:
    """Skip the test, or fail it where everything must be there."""
    message = f"{what}; get it with: {cure}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
