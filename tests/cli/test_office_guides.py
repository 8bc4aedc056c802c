"""What the guides of the seal office and the license office tell a reader to type works, line by line, in their order, in both languages' pages."""

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.processes import ROOT, Result, run
from tests.cli.test_licenses import CASE, COMPANY, FIELDS
from tests.world import AUTHORITY, PROVIDER

GUIDES = ROOT / "docs" / "guides"


def lines(page: str, first: str, last: str) -> list[str]:
    """Return the commands of a page's sections, from the heading that begins with `first` to the one that begins with `last`."""
    text = (GUIDES / page).read_text(encoding="utf-8")
    begin, end = text.index(first) if first else 0, text.index(last) if last else len(text)
    return [line for block in re.findall(r"```sh\n(.*?)```", text[begin:end], re.DOTALL) for line in block.splitlines()]


class Reader:
    """Whoever types what a guide says, in a folder of their own, and puts in the names that they were told before."""

    def __init__(self, hub: str, folder: Path) -> None:
        self.folder = folder
        self.known = {"hub.example.gov.cn:7444": hub}
        self.env: dict[str, str] = {}

    def type(self, line: str) -> Result:
        for word, real in self.known.items():
            line = re.sub(rf"(?<![A-Z]){re.escape(word)}(?![A-Z])", real, line)
        words = shlex.split(line)
        if words[0] == "export":
            self.env |= dict(word.split("=", 1) for word in words[1:])
            return Result(0, "", "")
        if words[0] != "shuniu":
            return Result(0, "", "")  # what openssl does is tested where certificates are (tests/seals/test_x509.py)
        target = words[words.index(">") + 1] if ">" in words else ""
        done = run(*(words[1 : words.index(">")] if target else words[1:]), env=self.env)
        if target:
            (self.folder / target).write_text(done.stdout, encoding="utf-8")
        self._learn(done.stdout)
        return done

    def _learn(self, told: str) -> None:
        for word, shape in {
            "KID": r"issuingKeys/([0-9a-f]{16})",
            "SERIAL": r"signerCertificates/([0-9a-f]+)",
            "SEAL": r"seals/([0-9a-z]{26})",
            "IDENTIFIER": r"(?:issued: )(1\.2\.156\.3005\.2\.[0-9A-Z.]+)",
        }.items():
            if found := re.search(shape, told):
                self.known[word] = found[1]


def fill(ledger: Path) -> None:
    """Fill in a template, as a spreadsheet program would."""
    header = ledger.read_text(encoding="utf-8-sig").strip().split(",")
    out = io.StringIO()
    writer = csv.DictWriter(out, header)
    writer.writeheader()
    for number in (1, 2):
        row = {"证照编号": f"L-{number}", "持证主体名称": "某商行", "持证主体代码": COMPANY, "办件编号": CASE, **FIELDS}
        writer.writerow(row)
    ledger.write_text(out.getvalue(), encoding="utf-8-sig")


@pytest.fixture
def reader(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, kind in (("market", PROVIDER), ("our-system", PROVIDER), ("authority", AUTHORITY)):
        (tmp_path / name).symlink_to(world.member(kind).folder)
    (tmp_path / "contract.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "holder-code.txt").write_text(COMPANY, encoding="utf-8")
    return Reader(world.addresses["public"], tmp_path)


def test_a_seal_office_and_a_license_office_do_their_work_by_their_guides(reader):
    *work, end_of_seal, end_of_certificate = lines("seals.md", "## 1.", "## 3.")
    for line in work:
        done = reader.type(line)
        assert done.returncode == 0, (line, done.stderr)
    assert (reader.folder / "contract.pdf.stamp").exists()
    for line in lines("licensing.md", "", ""):
        done = reader.type(line)
        assert done.returncode == 0, (line, done.stderr)
        if ">" in line:
            fill(reader.folder / "ledger.csv")
    for line in (end_of_seal, end_of_certificate):
        assert reader.type(line).returncode == 0
    identifier = reader.known["IDENTIFIER"]
    assert (reader.folder / "code.svg").exists()
    assert len(list((reader.folder / "codes").glob("*.png"))) == 3
    ended = run("verify", f"codes/{identifier}.png", "--hub", reader.known["hub.example.gov.cn:7444"], "--ca", "market/ca.pem", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["outcome"]) == (1, "invalid")
