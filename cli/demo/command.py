"""`shuniu demo`: tells the story, then keeps everything running until it is asked to stop; nothing stays behind."""

import contextlib
import json
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from cli.demo import brokering, logbook, papers, publishing
from cli.demo.cast import Company
from cli.demo.screen import Screen
from cli.demo.stage import Stage
from cli.demo.story import AUDITOR, CASE, OFFICER, PURPOSE, Story, StoryError
from cli.serving import initialise
from cli.synthetic import businesses, department, entry_seeds, residents, write_sqlite
from hub.errors import ShuniuError
from shuniu.client import connect_public
from shuniu.errors import ShuniuError as ClientError
from shuniu.v1 import identity_pb2

NOTHING_LEFT: Final = ("departments", "data", "hub", "logs")


@click.command()
@click.option("--once", is_flag=True, help="Tell the story, print one line of JSON, exit.")
@click.option("--serve", is_flag=True, help="Tell the story, write connection.json, run until SIGTERM.")
@click.option("--out", type=click.Path(path_type=Path), help="Keep what the story makes in this folder.")
@click.option("--entries", default=500, show_default=True, help="How many directory entries.")
def demo(*, once: bool, serve: bool, out: Path | None, entries: int) -> None:
    """Tell the main job as a story: directory, request, exchange, license, seal, log."""
    scripted = once or serve
    curtain = Curtain()
    with _folder(out) as folder:
        console = Console(highlight=False, width=140 if scripted else None)
        screen = Screen(console)
        stage = Stage(folder / "logs")
        try:
            with curtain.telling():
                story = _tell(screen, stage, folder, entries)
            ok = True
        except KeyboardInterrupt:
            ok = False
            console.print("已中止 interrupted")
        except (StoryError, ShuniuError, ClientError, OSError) as error:
            ok = False
            console.print(f"[red]{type(error).__name__}: {error}[/red]", soft_wrap=True)
        (folder / "summary.json").write_text(json.dumps(screen.summary(), ensure_ascii=False), encoding="utf-8")
        try:
            if ok and not once:
                _keep(screen, stage, story, folder, curtain.down, scripted=scripted)
        finally:
            if ok:
                story.company.close()
                story.verifier.close()
            stage.stop()
        if scripted:
            print(json.dumps(screen.summary(), ensure_ascii=False), flush=True)
    sys.exit(0 if ok else 1)


def _tell(screen: Screen, stage: Stage, folder: Path, entries: int) -> Story:
    screen.title("枢纽：一省政务数据共享的主要流程", "Shuniu: the main job of a province's data-sharing hub")
    story = _open(screen, stage, folder, entries)
    publishing.publish(story)
    size1 = logbook.head(story)
    publishing.export(story)
    brokering.search(story)
    brokering.ask(story)
    brokering.be_refused(story)
    brokering.use(story)
    brokering.object_(story, folder / "data" / "public-security.db")
    papers.issue(story)
    papers.seal(story)
    papers.verify_both(story)
    papers.revoke(story)
    logbook.search(story)
    logbook.prove(story, size1)
    logbook.tamper(story, folder / "data")
    return story


def _open(screen: Screen, stage: Stage, folder: Path, entries: int) -> Story:
    """Start the hub, enrol the departments, start the providers."""
    authority, police = department("data"), department("public-security")
    market, civil, audit = department("market-regulation"), department("civil-affairs"), department("audit")
    people, firms, seeds = residents(), businesses(), entry_seeds(entries)
    with screen.step("hub", "建立枢纽与根证书，启动服务", "a CA is made, the hub serves") as step:
        token = _init(folder / "hub", authority.uscc, authority.name)
        hub = stage.start("hub", ["serve", "--config", str(folder / "hub" / "shuniu.toml")])
        step.say(f"gRPC {hub['members']}  公开 {hub['public']}  网页 {hub['web']}")
    ca = (folder / "hub" / "var" / "certs" / "ca.crt.pem").read_bytes()
    company = Company(hub["members"], hub["public"], ca, folder / "departments")
    with screen.step("enrol", "各部门业务系统注册（一次性令牌 + CSR，私钥不出部门）", "systems enrol with one-time tokens and CSRs"):
        ruler = company.found(authority, token)
        members = {body.kind: company.enrol(ruler, body) for body in (police, market, civil)}
        auditor = company.enrol(ruler, audit, (identity_pb2.ROLE_AUDITOR,))
    with screen.step("providers", "公安厅、市监厅接入：数据库表零代码成为数据服务", "two SQL tables become providers, no code written"):
        (folder / "data").mkdir(parents=True, exist_ok=True)
        for body, table, key in ((police, "resident", "id_number"), (market, "business_register", "uscc")):
            path = folder / "data" / f"{body.kind}.db"
            write_sqlite(path, people if table == "resident" else (), firms if table != "resident" else ())
            where = ["--identity", str(folder / "departments" / body.uscc), "--url", f"sqlite:///{path}"]
            stage.start(body.kind, ["provide", *where, "--table", table, "--key", key, "--listen", "127.0.0.1:0"])
    return Story(
        screen=screen,
        company=company,
        out=folder,
        web=hub["web"],
        residents=people,
        businesses=firms,
        seeds=seeds,
        authority=ruler,
        police=members["public-security"],
        market=members["market-regulation"],
        civil=members["civil-affairs"],
        auditor=auditor,
        verifier=connect_public(hub["public"], ca),
    )


def _init(folder: Path, uscc: str, title: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"members": "127.0.0.1:0", "public": "127.0.0.1:0", "web": "127.0.0.1:0"}
    return initialise(folder / "shuniu.toml", uscc, title, **settings)


def _keep(screen: Screen, stage: Stage, story: Story, folder: Path, stop: threading.Event, *, scripted: bool) -> None:
    """Say what there is to open and try, then wait."""
    identity = folder / "departments" / story.civil.uscc
    connection: dict[str, Any] = {
        "grpc": story.company.members_address,
        "web": story.web,
        "ca": str(identity / "ca.pem"),
        "cert": str(identity / "cert.pem"),
        "key": str(identity / "key.pem"),
        "grant": story.grant.name,
        "purpose": PURPOSE,
        "case_number": CASE,
        "officer": OFFICER,
        "entry": story.grant.entry,
        "subject_key": story.subject.id_number,
    }
    if scripted:
        (folder / "connection.json").write_text(json.dumps(connection, ensure_ascii=False, indent=1), encoding="utf-8")
        print(json.dumps(screen.summary(), ensure_ascii=False), flush=True)
    else:
        _invite(screen, story, folder, connection)
    while not stop.wait(0.5):
        if dead := stage.dead():
            raise StoryError(f"{dead} keeps running")


def _invite(screen: Screen, story: Story, folder: Path, connection: dict[str, Any]) -> None:
    link = story.auditor.client.identity.CreateLoginLink(identity_pb2.CreateLoginLinkRequest(officer=AUDITOR))
    names = ("grant", "purpose", "case_number", "officer", "subject_key")
    ask = json.dumps({name: connection[name] for name in names}, ensure_ascii=False)
    screen.title("现在可以打开", "open now")
    screen.line(f"  目录检索 directory     {story.web}/directory?q=居住")
    screen.line(f"  证照核验 verify        {story.web}/verify")
    screen.line(f"  审计查询 audit (10 min) {link.url}")
    screen.title("可以试试", "three commands to try")
    screen.line(f"  .venv/bin/shuniu call --identity {folder / 'departments' / story.civil.uscc} ExchangeService/Query '{ask}'")
    screen.line(f"  .venv/bin/shuniu verify {folder / 'licenses' / 'license.png'} --hub {story.company.public_address} --ca {connection['ca']}")
    screen.line(f"  .venv/bin/shuniu audit verify {folder / 'audit'}")
    screen.line("\n  Ctrl-C 结束并清理 · Ctrl-C stops everything and leaves nothing behind")


@contextlib.contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Give the folder to keep, or one that is gone afterwards."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name in NOTHING_LEFT:
            if (out / name).exists():
                shutil.rmtree(out / name)
        yield out.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="shuniu-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Curtain:
    """What SIGINT and SIGTERM do: during the story they end it at once, afterwards they end the waiting. Clean-up is never cut short."""

    def __init__(self) -> None:
        """Take over both signals."""
        self.down = threading.Event()
        self._telling = False
        signal.signal(signal.SIGTERM, self._fall)
        signal.signal(signal.SIGINT, self._fall)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Let a signal interrupt the block."""
        self._telling = not self.down.is_set()
        try:
            yield
        finally:
            self._telling = False

    def _fall(self, _number: int, _frame: object) -> None:
        self.down.set()
        if self._telling:
            self._telling = False
            raise KeyboardInterrupt
