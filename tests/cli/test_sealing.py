"""Trust in other makers of seals from the hub's console: without an identity, on the log, and with the hub running or not."""

from pathlib import Path

from tests.cli.processes import facts_from, make_hub, run
from tests.seals.office import Office

OTHER = Office()
WHY = ("--officer", "SJ-1", "--reason", "跨省互认")


def test_the_operator_trusts_a_ca_lists_it_and_removes_it_without_an_identity(tmp_path: Path) -> None:
    make_hub(tmp_path)
    config = ("--config", tmp_path / "shuniu.toml")
    root = tmp_path / "root.der"
    root.write_bytes(OTHER.ca)
    assert facts_from("seal", "trust", "list", *config) == []
    (added,) = facts_from("seal", "trust", "add", root, "--title", "云南 CA", *config, *WHY)
    assert (added["title"], added["subject"], added["remove_time"]) == ("云南 CA", "根证书", "")
    assert facts_from("seal", "trust", "list", *config) == [added]
    assert "云南 CA" in run("seal", "trust", "list", *config).stdout
    again = run("seal", "trust", "add", root, "--title", "x", *config, *WHY)
    assert again.returncode != 0
    assert "TRUSTED_ALREADY" in again.stderr
    (removed,) = facts_from("seal", "trust", "remove", added["name"], *config, *WHY)
    assert removed["remove_time"]
    assert facts_from("seal", "trust", "list", *config) == []
    # what was written is bound to the log as every deciding row
    assert run("audit", "reconcile", *config).returncode == 0


def test_a_folder_without_a_hub_becomes_none(tmp_path: Path) -> None:
    root = tmp_path / "root.der"
    root.write_bytes(OTHER.ca)
    refused = run("seal", "trust", "add", root, "--title", "x", "--config", tmp_path / "shuniu.toml", *WHY)
    assert refused.returncode != 0
    assert not (tmp_path / "var").exists()
