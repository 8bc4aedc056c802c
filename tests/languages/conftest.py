"""A real hub, the archive of protos unpacked elsewhere, and the examples built from it; one of each for all tests here."""

import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shuniu.v1 import brokerage_pb2
from tests.judges import ROOT
from tests.languages.programs import BUILD, NEEDED, Program, Run, node, toolchain
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE, World

Query = Callable[..., Run]


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    with World(provider_timeout=4.0) as running:
        yield running


@pytest.fixture(scope="package")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of protos, unpacked outside of the repository."""
    place = tmp_path_factory.mktemp("kit")
    subprocess.run(["sh", "scripts/protos-kit.sh", str(place)], cwd=ROOT, check=True, capture_output=True, timeout=60)
    (packed,) = place.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(place, filter="data")
    return place / packed.name.removesuffix(".tar.gz")


@pytest.fixture(scope="package", params=sorted(NEEDED))
def program(request: pytest.FixtureRequest, unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The query program in each language."""
    toolchain(request.param)
    built: Program = BUILD[request.param](unpacked, tmp_path_factory.getbasetemp() / f"example-{request.param}")
    return built


@pytest.fixture(scope="package")
def node_provider(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    toolchain("node")
    return node(unpacked, tmp_path_factory.getbasetemp() / "example-node", "provider.js")


@pytest.fixture(scope="package")
def node_exchange(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    toolchain("node")
    return node(unpacked, tmp_path_factory.getbasetemp() / "example-node", "exchange.js")


@pytest.fixture
def query(program: Program, world: World, tmp_path: Path) -> Query:
    """Return a way to ask with the program, as the consuming department, a question that is right unless changed."""

    def ask(grant: brokerage_pb2.Grant, seconds: float = 10.0, identity: Path | None = None, **changed: Any) -> Run:
        said = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY, **changed}
        asked = tmp_path / "query.json"
        asked.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        return program.run(identity or world.member(CONSUMER).folder, asked, tmp_path / "kept.json", seconds)

    return ask
