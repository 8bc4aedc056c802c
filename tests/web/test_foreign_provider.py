"""Sign-in by a provider of other hands: npm's certified `oidc-provider`, on this machine. Absent tools: the test is skipped and says so."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from cli.synthetic import department
from hub.reach import for_browsers
from hub.sign_in import SignIn
from tests.end_to_end.test_second_persons import LEAD, staff
from tests.ports import free_port
from tests.postgres import missing
from tests.web.signing import Visitor
from tests.world import PROVIDER, World

VERSION = "9.13.3"
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
CLIENT, SECRET = "shuniu", "a secret: with/signs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """npm's package, in a folder of its own."""
    if not (shutil.which("node") and shutil.which("npm")):
        missing("npm", "sh scripts/languages.sh")
    place = tmp_path_factory.mktemp("oidc-provider")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", f"oidc-provider@{VERSION}"]
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        missing("oidc-provider", "npm did not fetch it in time")
    if done.returncode:
        missing("oidc-provider", "npm reaches no registry from here")
    shutil.copy(SCRIPT, place / SCRIPT.name)
    return place


@pytest.fixture(scope="module")
def world(folder: Path) -> Iterator[World]:
    port, web = free_port(), free_port()
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    (folder / "secret").chmod(0o600)
    issuer = f"http://127.0.0.1:{port}"
    arguments = [str(port), CLIENT, SECRET, f"http://localhost:{web}/sign-in/back", department(PROVIDER).uscc, LEAD]
    command = ["node", SCRIPT.name, *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            settings = SignIn(issuer=issuer, client=CLIENT, secret=str(folder / "secret"))
            with World(sign_in=settings, web=f"127.0.0.1:{web}") as one:
                staff(one.member(PROVIDER))
                yield one
        finally:
            process.terminate()


def through(visitor: Visitor, address: str) -> str:
    """Walk the provider's own pages, signing in and agreeing, until it leads back to the hub."""
    origin = re.match(r"https?://[^/]+", address)
    assert origin
    for _ in range(12):
        answer = visitor.ask(address)
        if answer.status == 200:
            action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert action, answer.text
            assert prompt, answer.text
            answer = visitor.ask(urljoin(origin[0], action[1]), {"prompt": prompt[1], "login": "officer", "password": "x"})
        address = urljoin(address, answer.to)
        if address.startswith(visitor.web):
            return address
    raise AssertionError(address)


def test_an_officer_signs_in_and_proves_it_once_more(world: World):
    visitor = Visitor(for_browsers(world.addresses["web"]))
    for more in ("", "&again=1"):
        answer = visitor.ask(through(visitor, visitor.begin("officer", more)), from_elsewhere=True)
        assert (answer.status, answer.refresh) == (200, "0; url=/inbox"), answer.text
        assert LEAD in visitor.ask("/proposals").text


def test_a_code_works_once_and_in_its_own_browser(world: World):
    visitor, thief = (Visitor(for_browsers(world.addresses["web"])) for _ in range(2))
    back = through(visitor, visitor.begin())
    thief.begin()
    assert "IDENTITY_REFUSED" in thief.ask(back).text
    way = visitor.cookies["shuniu-way"]
    assert visitor.ask(back).status == 200
    visitor.cookies["shuniu-way"] = way
    assert "IDENTITY_REFUSED" in visitor.ask(back).text
