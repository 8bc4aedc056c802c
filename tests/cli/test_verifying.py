"""Anybody verifies a code and a log from the command line; the exit code is the answer."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from licenses.type_file import load
from licenses.wire import verdict_to
from shuniu.cli.verifying import _facts, facts_of
from shuniu.codes import code, cose, status_list, trust_list
from shuniu.codes.drawing import draw
from shuniu.codes.status_list import LicenseStatus, StatusBits
from shuniu.codes.trust_list import KeyStatus
from shuniu.codes.verification import verify
from tests.audit.test_offline import KEY, ORIGIN, a_log
from tests.cli.processes import facts_from, run
from tests.shuniu_sdk.codes.issuing import AT, DAY, HUB_KEY, HUB_KID, INDEX, KID, NOW, OTHER_KEY, SIGN, URI, claims, statuses, trust, trusted

CHINESE = re.compile("[一-鿿]")
CODE = code.encode(claims(), KID, SIGN)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """What a verifier fetched earlier, beside the code as text and as pictures."""
    folder = tmp_path_factory.mktemp("shelf")
    signer = cose.signer_of(HUB_KEY)
    (folder / "trust-list.cwt").write_bytes(trust_list.encode(trust(), HUB_KID, signer))
    for name, status in (("good", LicenseStatus.VALID), ("revoked", LicenseStatus.INVALID), ("suspended", LicenseStatus.SUSPENDED)):
        bits = StatusBits()
        bits.set(INDEX, status)
        (folder / f"{name}.cwt").write_bytes(status_list.encode(bits, URI, HUB_KID, NOW - 60, signer))
    for name, key in (("hub.pem", HUB_KEY), ("other.pem", OTHER_KEY)):
        (folder / name).write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (folder / "code.txt").write_text(CODE + "\n", encoding="utf-8")
    (folder / "code.png").write_bytes(draw(CODE))
    (folder / "other.png").write_bytes(draw("HTTPS://EXAMPLE.COM"))
    return folder


def offline(shelf, status="good", at=AT, key="hub.pem"):
    lists = ["--status-list", shelf / f"{status}.cwt"] if status else []
    return ["--trust-list", shelf / "trust-list.cwt", "--key", shelf / key, *lists, "--at", at.isoformat()]


def test_a_good_code_is_valid_as_text_file_picture_and_standard_input(shelf):
    given = [(CODE, None), (shelf / "code.txt", None), (shelf / "code.png", None)]
    given += [("-", (shelf / name).read_bytes()) for name in ("code.txt", "code.png")]
    for argument, data in given:
        done = run("verify", argument, *offline(shelf), given=data)
        assert done.returncode == 0, done.stderr
        assert "证照有效" in done.stdout
        assert "the license is valid" in done.stdout
        assert "营业执照" in done.stdout
        assert "市场监督管理厅" in done.stdout


class Post:
    """Who hands a verifier its lists, signed at about the present; the same at each call, in whichever order he likes."""

    def __init__(self, folder):
        self.folder, self.now = folder, int(time.time())
        self.signer = cose.signer_of(HUB_KEY)
        self.write("hub.pem", HUB_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        self.code = code.encode(claims(issued_at=self.now - 7 * DAY, expires_at=self.now + DAY), KID, SIGN)

    def write(self, name, data):
        (self.folder / name).write_bytes(data)
        return self.folder / name

    def trust(self, number, age=60, **changes):
        at = self.now - age
        key = trusted(not_before=self.now - 9 * DAY, not_after=self.now + 99 * DAY, **changes)
        made = trust(key, number=number, issued_at=at, expires_at=at + DAY)
        return self.write(f"trust-{number}-{age}.cwt", trust_list.encode(made, HUB_KID, self.signer))

    def status(self, age=60, status=LicenseStatus.VALID):
        bits = StatusBits()
        bits.set(INDEX, status)
        return self.write(f"status-{age}.cwt", status_list.encode(bits, URI, HUB_KID, self.now - age, self.signer))

    def verify(self, trust, status, *options):
        done = run("verify", self.code, "--trust-list", trust, "--status-list", status, "--key", self.folder / "hub.pem", *options, "--json")
        return (done.returncode, json.loads(done.stdout)["reason"]) if done.stdout else (done.returncode, done.stderr)


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Post(tmp_path)


def test_a_trust_list_of_before_a_revocation_does_not_bring_the_key_back(post):
    old, new = post.trust(1), post.trust(2, status=KeyStatus.REVOKED, since=post.now - 3_000)
    assert post.verify(old, post.status()) == (0, "OK")
    assert post.verify(new, post.status()) == (1, "SIGNER_REVOKED")
    exit_code, said = post.verify(old, post.status())
    assert (exit_code, "TRUST_LIST_ROLLBACK" in said, "number 1 against 2" in said) == (2, True, True)
    assert post.verify(new, post.status()) == (1, "SIGNER_REVOKED")


def test_a_list_renewed_under_its_number_is_taken_and_the_one_before_it_is_not(post):
    first, renewed = post.trust(1, age=50_000), post.trust(1, age=60)
    assert post.verify(first, post.status()) == (0, "OK")
    assert post.verify(renewed, post.status()) == (0, "OK")
    assert "TRUST_LIST_ROLLBACK" in post.verify(first, post.status())[1]


def test_a_status_list_of_before_a_suspension_does_not_bring_the_license_back(post):
    trusted_list = post.trust(1)
    old, new = post.status(age=600), post.status(age=60, status=LicenseStatus.SUSPENDED)
    assert post.verify(trusted_list, old) == (0, "OK")
    assert post.verify(trusted_list, new) == (1, "SUSPENDED")
    assert "STATUS_LIST_ROLLBACK" in post.verify(trusted_list, old)[1]


def test_a_list_of_the_future_is_judged_and_not_remembered(post):
    """Or a hub whose clock was wrong for a minute would be refused for as long as it was ahead."""
    ahead, status = post.trust(9, age=-DAY), post.status()
    assert post.verify(ahead, status) == (3, "TRUST_LIST_OUT_OF_DATE")
    assert post.verify(post.trust(1), status) == (0, "OK")


def test_lists_of_two_hubs_and_of_two_folders_are_remembered_apart(post, tmp_path):
    assert post.verify(post.trust(5), post.status()) == (0, "OK")
    gansu = trust(publisher="gansu", issued_at=post.now, expires_at=post.now + DAY)
    elsewhere = post.write("elsewhere.cwt", trust_list.encode(gansu, HUB_KID, post.signer))
    assert post.verify(elsewhere, post.status())[0] != 2
    assert post.verify(post.trust(1), post.status(), "--state", tmp_path / "another") == (0, "OK")
    assert "TRUST_LIST_ROLLBACK" in post.verify(post.trust(1), post.status())[1]


def test_without_a_memory_a_list_may_be_refused_by_its_age(post, tmp_path):
    trusted_list, status = post.trust(5), post.status(age=7_200)
    assert post.verify(trusted_list, status, "--max-age", "3") == (0, "OK")
    exit_code, said = post.verify(trusted_list, status, "--max-age", "1.5")
    assert (exit_code, "LIST_TOO_OLD" in said, "status-7200.cwt" in said, "2.0 hours" in said) == (2, True, True, True)
    assert not (tmp_path / "state").exists()
    assert post.verify(post.trust(1), status, "--at", AT.isoformat())[0] != 2
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("content", [b"{}", b"[]", b"x", b'{"trust": {"a": 1}, "status": {}}', b'{"trust": {}, "status": {"a": "1"}}', b"\xff"])
def test_a_memory_that_was_damaged_is_not_taken_for_an_empty_one(post, tmp_path, content):
    (tmp_path / "state" / "shuniu").mkdir(parents=True)
    (tmp_path / "state" / "shuniu" / "lists.json").write_bytes(content)
    assert "LIST_MEMORY_DAMAGED" in post.verify(post.trust(1), post.status())[1]


def test_where_nothing_can_be_remembered_the_verifier_is_asked_for_a_folder_or_an_age(post, tmp_path):
    (tmp_path / "file").write_text("")
    exit_code, said = post.verify(post.trust(1), post.status(), "--state", tmp_path / "file" / "inside")
    assert ("LIST_MEMORY_NOT_KEPT" in said, "--max-age" in said) == (True, True)
    assert exit_code == 2


@pytest.mark.parametrize(
    ("status", "at", "exit_code", "reason"),
    [
        ("good", AT, 0, "OK"),
        ("revoked", AT, 1, "REVOKED"),
        ("suspended", AT, 1, "SUSPENDED"),
        ("", AT, 3, "STATUS_UNKNOWN"),
        ("good", AT + timedelta(seconds=DAY * 6), 0, "OK"),
        ("good", AT + timedelta(seconds=DAY * 8), 3, "TRUST_LIST_OUT_OF_DATE"),
        ("good", AT - timedelta(seconds=DAY / 2), 1, "NOT_YET_VALID"),
    ],
)
def test_the_exit_code_is_the_verdict(shelf, status, at, exit_code, reason):
    done = run("verify", CODE, *offline(shelf, status, at), "--json")
    assert done.returncode == exit_code, done.stderr
    facts = json.loads(done.stdout)
    assert facts["reason"] == reason
    assert facts["outcome"] == {0: "valid", 1: "invalid", 3: "undetermined"}[exit_code]
    assert CHINESE.search(facts["message_zh"])
    assert facts["mode"] == "offline"


def test_old_knowledge_of_the_status_is_said(shelf):
    done = run("verify", CODE, *offline(shelf, at=AT + timedelta(seconds=2 * DAY)))
    assert done.returncode == 0
    assert "older than a day" in done.stdout


def test_a_changed_code_is_invalid(shelf):
    forged = code.encode(claims(holder_short="另一公司"), KID, cose.signer_of(OTHER_KEY))
    done = run("verify", forged, *offline(shelf))
    assert done.returncode == 1
    assert "SIGNATURE_WRONG" in done.stdout
    assert "另一公司" not in done.stdout


@pytest.mark.parametrize("damaged", [CODE[:-1], CODE[:80], CODE.replace("0", "O"), "el1:abc"], ids=["cut", "short", "misread", "none"])
def test_a_damaged_code_is_read_again_and_says_nothing_of_the_license(shelf, damaged):
    done = run("verify", damaged, *offline(shelf))
    assert done.returncode == 2
    assert "无法读取，请重新扫描" in done.stdout
    assert "无效" not in done.stdout.replace("不是有效的", "")
    assert json.loads(run("verify", damaged, *offline(shelf), "--json").stdout)["outcome"] == "unreadable"


def test_a_link_to_another_host_is_judged_and_the_host_is_told(shelf):
    signed = code.decode(CODE).message.raw
    pages = URI.rpartition("/status/")[0]
    for address, foreign in ((pages, ""), ("https://evil.example", "evil.example")):
        link = code.link_of(signed, address)
        done = run("verify", link, *offline(shelf))
        assert (done.returncode, "该链接指向 evil.example" in done.stdout, "leads to evil.example" in done.stdout) == (
            0,
            bool(foreign),
            bool(foreign),
        )
        assert json.loads(run("verify", link, *offline(shelf), "--json").stdout)["foreign_host"] == foreign


DRESSED = [f" {CODE} ", f"{CODE}\n", f"\ufeff{CODE}", f"“{CODE}”", CODE.replace("EL1:", "EL1："), quote(CODE, safe=""), CODE.lower()]


@pytest.mark.parametrize("dressed", DRESSED, ids=["blanks", "line end", "mark", "quotes", "colon", "encoded", "small"])
def test_what_a_code_took_on_its_way_does_not_matter(shelf, tmp_path, dressed):
    assert run("verify", dressed, *offline(shelf)).returncode == 0
    for encoding in ("utf-8", "utf-16", "gb18030"):
        (tmp_path / "code.txt").write_bytes(dressed.encode(encoding))
        assert run("verify", tmp_path / "code.txt", *offline(shelf)).returncode == 0, encoding


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("license.pdf", b"%PDF-1.7 ...", "PDF 文档"),
        ("photo.heic", b"\0\0\0\x18ftypheic" + bytes(50), "图片不完整"),
        ("film.mp4", b"\0\0\0\x18ftypisom" + bytes(50), "视频文件"),
        ("empty.png", b"", "文件为空"),
        ("cut.png", draw(CODE)[:900], "图片不完整"),
        ("gone.png", None, "gone.png 不存在"),
    ],
)
def test_a_file_is_named_for_what_it_is(shelf, tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run("verify", tmp_path / name, *offline(shelf))
    assert (done.returncode, said in done.stderr, "不是电子证照码" in done.stderr) == (2, True, False), done.stderr
    assert "下一步" in done.stderr


def test_a_photograph_in_the_format_of_telephones_is_read(shelf, tmp_path):
    photo = Path(__file__).parents[1] / "licenses" / "photo.heic"
    done = run("verify", photo, *offline(shelf))
    assert (done.returncode, "无法读取" in done.stdout, "CODE_" in done.stdout) == (2, True, True), done.stderr  # its code is made up
    assert run("verify", "-", *offline(shelf), given=photo.read_bytes()).stdout == done.stdout


@pytest.mark.parametrize("text", ["hello", "", "HTTPS://EXAMPLE.COM/EL1:", "EL2:ABC", "三"])
def test_what_is_no_license_code_is_told_so(shelf, text):
    done = run("verify", text, *offline(shelf))
    assert done.returncode == 2
    assert "this is not a license code" in done.stderr
    assert "这不是电子证照码" in done.stderr


def test_a_picture_without_a_license_code_is_told_so(shelf, tmp_path):
    assert "this is not a license code" in run("verify", shelf / "other.png", *offline(shelf)).stderr
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)))
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * (8 << 20))
    for name in ("broken.png", "noise.txt", "large.png"):
        done = run("verify", tmp_path / name, *offline(shelf))
        assert done.returncode == 2, name
        assert CHINESE.search(done.stderr)


def test_the_lists_count_only_under_the_pinned_key(shelf, tmp_path):
    done = run("verify", CODE, *offline(shelf, key="other.pem"))
    assert done.returncode == 2
    assert "STATUS_LIST_SIGNATURE" in done.stderr or "TRUST_LIST_SIGNATURE" in done.stderr
    (tmp_path / "no.pem").write_text("no key")
    given = offline(shelf)
    given[given.index("--key") + 1] = tmp_path / "no.pem"
    assert "PUBLIC_KEY" in run("verify", CODE, *given).stderr


@pytest.mark.parametrize("at", ["yesterday", "2027-01-01", "2027-01-01T00:00:00", ""])
def test_a_moment_without_a_zone_is_refused(shelf, at):
    given = offline(shelf)
    given[-1] = at
    done = run("verify", CODE, *given)
    assert done.returncode == 2
    assert "--at" in done.stderr


def test_offline_or_online_must_be_chosen(shelf):
    for given in ([], ["--key", shelf / "hub.pem"], ["--hub", "127.0.0.1:1"], [*offline(shelf), "--hub", "127.0.0.1:1"]):
        done = run("verify", CODE, *given)
        assert done.returncode == 2
        assert "--hub" in done.stderr


def test_offline_nothing_of_the_network_or_the_server_is_loaded(shelf):
    script = (
        "import sys\nfrom cli.command import shuniu\n"
        "try: shuniu(sys.argv[1:])\nexcept SystemExit as end: code = end.code\n"
        "print(sorted({'grpc', 'sqlalchemy', 'server', 'rich', 'uvloop', 'aiohttp', 'PIL'} & set(sys.modules)), code)"
    )
    arguments = [*map(str, ["verify", CODE, *offline(shelf)])]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    assert done.stdout.splitlines()[-1] == "[] 0", done.stdout


def test_online_the_hub_says_it(world, tmp_path):
    (tmp_path / "ca.pem").write_bytes(world.ca)
    door = ["--hub", world.hub.addresses["public"], "--ca", tmp_path / "ca.pem"]
    done = run("verify", CODE, *door, "--json")
    assert done.returncode == 1, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["outcome"], facts["reason"], facts["mode"]) == ("invalid", "UNKNOWN_KEY", "online")
    assert "UNKNOWN_KEY" in run("verify", CODE, *door).stdout
    assert run("verify", "hello", *door).returncode == 2
    assert run("verify", CODE, "--hub", "127.0.0.1:1", "--ca", tmp_path / "ca.pem").returncode == 3


def test_all_lists_are_fetched_in_one_go_and_verified_with_offline(world, tmp_path):
    (tmp_path / "ca.pem").write_bytes(world.ca)
    door = ["--hub", world.hub.addresses["public"], "--ca", tmp_path / "ca.pem"]
    lists = tmp_path / "lists"
    missing = run("verify", CODE, "--lists", lists)
    assert (missing.returncode, "--fetch" in missing.stderr) == (2, True)
    for _ in range(2):
        kept = facts_from("verify", "--fetch", lists, *door)
        assert (kept["folder"], kept["hub"]) == (str(lists), world.config.hub)
    assert {path.name for path in lists.iterdir()} >= {"lists.pem", "trust-list.cwt"}
    assert len(list(lists.glob("status-*.cwt"))) == kept["status_lists"]
    done = run("verify", CODE, "--lists", lists, "--state", tmp_path / "state", "--json")
    assert (done.returncode, json.loads(done.stdout)["reason"]) == (1, "UNKNOWN_KEY")
    # another key in the folder is another hub, or a forger
    (lists / "lists.pem").write_bytes((HUB_KEY.public_key()).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    before = (lists / "trust-list.cwt").read_bytes()
    done = run("verify", "--fetch", lists, *door)
    assert (done.returncode, "LISTS_OF_ANOTHER_KEY" in done.stderr) == (2, True)
    assert (lists / "trust-list.cwt").read_bytes() == before


@pytest.mark.parametrize("given", [[], ["--fetch", "lists"], [CODE, "--fetch", "lists"]])
def test_fetching_is_a_command_of_its_own(given):
    assert run("verify", *given).returncode == 2


# the log


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("log"))


def test_a_whole_log_passes(whole, tmp_path):
    facts = facts_from("audit", "verify", whole, "--vkey", KEY)
    assert (facts["ok"], facts["pinned"], facts["origin"], facts["size"]) == (True, True, ORIGIN, 700)
    done = run("audit", "verify", whole)
    assert done.returncode == 0
    assert "日志完整" in done.stdout
    assert "--vkey" in done.stdout
    (tmp_path / "vkey").write_text(f"{KEY}\n", encoding="utf-8")
    assert "--vkey" not in run("audit", "verify", whole, "--vkey", tmp_path / "vkey").stdout


def test_one_flipped_byte_is_named_with_file_and_record(whole, tmp_path):
    copy = shutil.copytree(whole, tmp_path / "copy")
    bundle = copy / "tile/entries/001"
    data = bytearray(bundle.read_bytes())
    data[10] ^= 1
    bundle.write_bytes(data)
    done = run("audit", "verify", copy)
    assert done.returncode == 1
    assert "tile/entries/001 (record 256)" in done.stdout
    assert "第 256 条记录" in done.stdout
    facts = json.loads(run("audit", "verify", copy, "--json").stdout)
    assert not facts["ok"]
    assert [(one["file"], one["leaf"]) for one in facts["findings"]] == [("tile/entries/001", 256)]


def test_a_key_that_is_none_and_a_folder_that_is_none_are_wrong_input(whole, tmp_path):
    done = run("audit", "verify", whole, "--vkey", "nonsense")
    assert done.returncode == 2
    assert CHINESE.search(done.stderr)
    assert run("audit", "verify", tmp_path / "none").returncode == 2
    assert run("audit", "verify", tmp_path).returncode == 1


def test_the_log_of_a_running_hub_is_checked_as_it_lies_there(world):
    world.member("civil-affairs")
    world.hub.publisher.publish()
    facts = facts_from("audit", "verify", Path(world.config.data) / "log", "--vkey", world.hub.publisher.vkey)
    assert facts["ok"], facts
    assert facts["size"] > 0


@pytest.mark.parametrize("text", [CODE, "EL1:NO CODE"], ids=["valid", "not a code"])
@pytest.mark.parametrize("status", [LicenseStatus.VALID, LicenseStatus.SUSPENDED])
def test_offline_and_online_say_a_verdict_in_the_same_parts(text, status):
    verdict = verify(text, trust(trusted()), statuses(status), AT)
    of_the_hub = _facts(verdict_to(verdict, load()))
    own = {"public", "license_type_verified"}  # what fields are called, and whether a type was compared, only the hub knows
    assert [(one["name"], one["value"]) for one in of_the_hub["public"]] == list(verdict.public)
    own |= {"status_age_seconds", "status_old", "check_time"}  # how old a list is, online never; and the moment, spelled by each in its own way
    assert {name: value for name, value in facts_of(verdict).items() if name not in own} == {
        name: value for name, value in of_the_hub.items() if name not in own
    }


ALONE = """
import sys
for package in "hub certs audit timing catalog brokerage seals exchange licenses web cli server migrations sqlalchemy".split():
    sys.modules[package] = None  # as where the hub's wheel is not installed
from shuniu.cli.command import DEPARTMENT, program
program([DEPARTMENT])(sys.argv[1:], prog_name="shuniu")
"""


def test_what_anybody_can_check_needs_no_hub_s_wheel(shelf, tmp_path):
    copy = a_log(tmp_path / "log")
    checks = [("verify", shelf / name, *offline(shelf)) for name in ("code.txt", "code.png")]
    for arguments in (*checks, ("audit", "verify", copy, "--vkey", KEY), ("audit", "--help"), ("verify-stamp", "--help"), ("--help",)):
        done = subprocess.run([sys.executable, "-c", ALONE, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, ""), arguments


def test_a_copy_is_checked_by_the_same_words_with_and_without_the_hub_s_wheel(tmp_path):
    copy = a_log(tmp_path / "log")
    (copy / "tile" / "entries" / "000").write_bytes(b"")
    with_hub = run("audit", "verify", copy, "--json")
    alone = subprocess.run(
        [sys.executable, "-c", ALONE, "audit", "verify", str(copy), "--json"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (alone.returncode, alone.stdout) == (with_hub.returncode, with_hub.stdout)
    assert with_hub.returncode == 1
