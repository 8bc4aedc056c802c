"""`make protos-kit`: the archive of protos that a department takes away, the same bytes each time, read elsewhere by Debian's protoc."""

import hashlib
import os
import subprocess
import tarfile
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.rpc import error_details_pb2, status_pb2

import shuniu.v1
from tests.judges import ROOT, judge_program

OURS = tuple(import_module(f"shuniu.v1.{one.name}") for one in iter_modules(shuniu.v1.__path__) if one.name.endswith("_pb2"))
GOOGLE = (error_details_pb2, status_pb2)
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
NAME = f"shuniu-protos-{VERSION}"


def build(place: Path, umask: int = 0o022, **environment: str) -> bytes:
    """Build the archive into a folder; return its bytes."""
    script = ["sh", "-c", f'umask {umask:04o} && exec sh scripts/protos-kit.sh "$1"', "sh", str(place)]
    subprocess.run(script, cwd=ROOT, check=True, capture_output=True, timeout=60, env={**os.environ, **environment})
    return (place / f"{NAME}.tar.gz").read_bytes()


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dist")
    build(place)
    return place


@pytest.fixture(scope="module")
def kit(dist: Path) -> Path:
    with tarfile.open(dist / f"{NAME}.tar.gz") as archive:
        archive.extractall(dist, filter="data")
    return dist / NAME


def test_two_builds_are_the_same_byte_for_byte_whatever_mask_zone_and_language(dist: Path, tmp_path: Path):
    first = (dist / f"{NAME}.tar.gz").read_bytes()
    assert build(tmp_path, 0o077, TZ="Asia/Shanghai", LC_ALL="C", LANG="zh_CN.UTF-8") == first


def test_the_checksum_beside_it_is_the_archive_s(dist: Path):
    digest, name = (dist / f"{NAME}.tar.gz.sha256").read_text(encoding="ascii").split()
    assert name == f"{NAME}.tar.gz"
    assert digest == hashlib.sha256((dist / name).read_bytes()).hexdigest()


def test_it_holds_every_proto_of_ours_as_it_stands_and_what_a_stranger_needs_beside_it(kit: Path):
    ours = {path.name: path.read_bytes() for path in (ROOT / "protos" / "shuniu" / "v1").glob("*.proto")}
    assert {path.name: path.read_bytes() for path in (kit / "protos" / "shuniu" / "v1").iterdir()} == ours
    there = {str(path.relative_to(kit)) for path in kit.rglob("*") if path.is_file()}
    assert {"README.md", "README.zh-CN.md", "LICENSE", "third_party/LICENSE", "buf.yaml", "generate.sh"} <= there
    assert "Apache License" in (kit / "third_party" / "LICENSE").read_text(encoding="utf-8")


def test_debian_s_protoc_reads_it_and_sees_what_the_hub_serves(kit: Path, tmp_path: Path):
    files = [f"{package}/{path.name}" for package in ("shuniu/v1", "google/rpc") for path in kit.glob(f"*/{package}/*.proto")]
    assert len(files) == len(OURS) + 3
    command = [judge_program("protoc", "protobuf-compiler"), "-I", "protos", "-I", "third_party", f"--descriptor_set_out={tmp_path / 'all'}"]
    # the code of three languages is written by protoc itself, without plugins
    made = [f"--{language}_out={tmp_path}" for language in ("java", "csharp", "cpp")]
    subprocess.run([*command, *made, *files], cwd=kit, check=True, timeout=60)
    read = {file.name: file for file in FileDescriptorSet.FromString((tmp_path / "all").read_bytes()).file}
    for module in (*OURS, *GOOGLE):
        known, seen = module.DESCRIPTOR, read[module.DESCRIPTOR.name]
        assert [service.name for service in seen.service] == list(known.services_by_name)
        assert {message.name: {one.name: one.number for one in message.field} for message in seen.message_type} == {
            name: {one.name: one.number for one in message.fields} for name, message in known.message_types_by_name.items()
        }


def test_the_script_in_it_refuses_a_language_that_it_does_not_know(kit: Path, tmp_path: Path):
    done = subprocess.run(["sh", "generate.sh", "cobol", str(tmp_path)], cwd=kit, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: sh generate.sh go OUT")
