"""What the guide of operations says of deliveries is what the code does."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.work.receivers import SIGNER, a_chain, webhooks
from tests.work.test_webhook import ID, fault_of

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "docs" / "guides" / name for name in ("operations.md", "operations.zh-CN.md")]
FAULTS = re.compile(r'(?:UndeliveredError\(f?"|_note_failure\(.*?"|(?:expect|say)\(.*?, \d{3}, ")([A-Z_]{3,})')


def test_every_fault_that_a_target_may_show_stands_in_both_guides():
    found = {one for path in (ROOT / "work").glob("*.py") for one in FAULTS.findall(path.read_text(encoding="utf-8"))}
    assert {"ANSWER", "INTERNAL", "NO_SMTP", "RECIPIENT_REFUSED", "ADDRESS_FORBIDDEN"} <= found
    for guide in GUIDES:
        table = guide.read_text(encoding="utf-8").partition("| `ADDRESS_FORBIDDEN` |")
        rows = [line.split(" | ")[0] for line in ("".join(table[1:])).split("\n\n")[0].splitlines()]
        assert {one for row in rows for one in re.findall(r"`([A-Z_]+)`", row)} == found, guide.name


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
async def test_the_receiver_of_the_guide_takes_what_the_hub_signed_and_nothing_else(guide, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(program, names)  # noqa: S102 - what a reader would run
    (tmp_path / "release.pem").write_bytes(SIGNER.public_pem)
    a_chain(tmp_path / "server.pem")
    server = names["server"](0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        address = f"https://localhost:{server.server_port}/"
        now = webhooks()
        assert await fault_of(now, address, at=None) == ""
        assert await fault_of(now, address, at=None) == ""
        assert await fault_of(now, address) == "ANSWER 400"  # signed hours ago
        assert names["seen"] == {ID}
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
    assert capsys.readouterr().out.startswith("posted things/1 2026-12-11T15:59:59Z")
