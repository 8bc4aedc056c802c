"""`shuniu demo`: runs the story, then keeps everything running until a signal; nothing stays behind."""

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
from rich.console import Console
from rich.markup import escape

from cli.demo import (
    brokering,
    checking,
    correcting,
    ending,
    exchanging,
    filing,
    following,
    inbox,
    logbook,
    papers,
    publishing,
    reports,
    scoping,
    signing_in,
    waiting,
)
from cli.demo.children import Children
from cli.demo.expectation import StoryError
from cli.demo.late_hub import PROGRAM, LateClock
from cli.demo.members import Members
from cli.demo.screen import Screen
from cli.demo.story import AUDITOR, AUTHORITY_OFFICER, CASE, HEAD, OFFICER, POLICE_OFFICER, PURPOSE, Story
from cli.demo.waiting import LATE
from cli.serving import console, initialise
from cli.synthetic import businesses, department, entry_seeds, residents, write_sqlite
from hub.config import REGISTERED, load
from hub.errors import ShuniuError
from hub.reach import for_browsers
from shuniu.catalogue import ShuniuError as ClientError
from shuniu.cli.output import report
from shuniu.client import connect_public
from shuniu.v1 import identity_pb2

QUERY: Final = "query.json"
"""A request to try, in a file: a person's number does not belong on a command line, where `ps` shows it."""
DOORS: Final = {"members": "127.0.0.1:0", "public": "127.0.0.1:0", "web": "127.0.0.1:0"}
"""Where the hub of the demo listens: on free ports of this machine alone, or the practice identity provider does not start."""
_LOOK: Final = 0.2
"""Seconds between two looks whether the demo is to end, or a process ended by itself."""
REPLACED: Final = ("departments", "data", "hub", "logs", "audit", exchanging.FOLDER)


@click.command()
@click.option("--once", is_flag=True, help="运行后退出 run the story, print one line of JSON, exit.")
@click.option("--serve", is_flag=True, help="运行后继续服务 run the story, write connection.json, serve until SIGTERM.")
@click.option("--out", type=click.Path(path_type=Path), help="保留结果的目录 keep the results in this folder.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 JSON alone on standard output, the story on standard error.")
@click.option("--entries", default=500, show_default=True, help="目录条目数 number of directory entries.")
def demo(*, once: bool, serve: bool, out: Path | None, entries: int, as_json: bool) -> None:
    """演示完整流程 Run the whole process as a story: directory, request, exchange, license, seal, log."""
    scripted = once or serve or as_json
    signals = Signals()
    with _folder(out) as folder, contextlib.ExitStack() as around:
        # a script reads lines of one width, whatever its terminal
        console = Console(highlight=False, width=140 if scripted else None, stderr=as_json)
        screen = Screen(console)
        children = Children(folder / "logs")
        try:
            with signals.interrupting():
                settings = around.enter_context(signing_in.practice(residents()[0], businesses()[0], folder / "hub", tuple(DOORS.values())))
                story = _run(screen, children, folder, entries, settings)
            ok = True
        except KeyboardInterrupt:
            ok = False
            console.print("已中止 interrupted")
        except StoryError as error:
            ok = False
            console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        except (ShuniuError, ClientError, OSError) as error:
            ok = False
            report(error)
        (folder / "summary.json").write_text(json.dumps(screen.summary(), ensure_ascii=False), encoding="utf-8")
        try:
            # a story that failed is not served
            if ok and not once:
                _keep_running(screen, children, story, folder, signals, scripted=scripted)
        finally:
            if ok:
                # a story that was interrupted or failed may not have got as far as having members
                story.members.close()
                story.verifier.close()
            children.stop()
        if scripted:
            print(json.dumps(screen.summary(), ensure_ascii=False), flush=True)
    sys.exit(0 if ok else 1)


def _run(screen: Screen, children: Children, folder: Path, entries: int, sign_in: dict[str, Any]) -> Story:
    screen.title("枢纽：一省政务数据共享的主要流程", "Shuniu: the main process of a province's data-sharing hub")
    story = _start(screen, children, folder, entries, sign_in)
    publishing.publish(story)
    # an early checkpoint: the last chapter proves that the log has only grown since
    size1 = logbook.head(story)
    publishing.export(story)
    waiting.ask(story)
    ending.begin(story)
    waiting.remind(story)
    waiting.escalate(story)
    ending.look(story)
    brokering.search(story)
    brokering.ask(story)
    brokering.receive_refusal(story)
    brokering.use(story)
    checking.check(story)
    exchanging.query_many(story)
    exchanging.stream(story)
    following.subscribe(story)
    filing.upload(story)
    filing.query(story)
    scoping.scope(story)
    scoping.dispute(story)
    brokering.object_(story, folder / "data" / "public-security.db")
    papers.issue(story)
    papers.seal(story)
    papers.verify_both(story)
    correcting.supersede(story)
    papers.revoke(story)
    logbook.search(story)
    logbook.check_receipt(story)
    exchanging.verify_receipts(story)
    logbook.prove(story, size1)
    logbook.tamper(story, folder / "data")
    inbox.open_by_link(story)
    return story


def _start(screen: Screen, children: Children, folder: Path, entries: int, sign_in: dict[str, Any]) -> Story:
    """Start the hub, enrol the departments, start the providers."""
    authority, police = department("data"), department("public-security")
    market, civil, audit, disabled = (department(kind) for kind in ("market-regulation", "civil-affairs", "audit", "disabled"))
    people, firms, seeds = residents(), businesses(), entry_seeds(entries)
    with screen.step("hub", "建立枢纽与根证书，启动服务", "the hub makes its CA and starts") as step:
        token = _init(folder / "hub", authority.uscc, authority.name, sign_in)
        late = ["--config", str(folder / "hub" / "shuniu.toml"), "--late", str(LATE.total_seconds())]
        hub = children.start("hub", late, PROGRAM)
        step.say(f"gRPC {hub['members']}  公开 {hub['public']}  网页 {hub['web']}")
    ca = (folder / "hub" / "var" / "certs" / "ca.crt.pem").read_bytes()
    enrolled = Members(hub["members"], hub["public"], ca, folder / "departments")
    with screen.step(
        "enrol", "各部门业务系统注册：一次性令牌加证书请求，私钥不出部门", "systems enrol by one-time token and CSR; keys stay with the departments"
    ):
        ruler = enrolled.enrol_authority(authority, token)
        members = {body.kind: enrolled.enrol(ruler, body) for body in (police, market, civil, disabled)}
        auditor = enrolled.enrol(ruler, audit, (identity_pb2.ROLE_AUDITOR,))
    with screen.step(
        "officers", "登记经办人的工号和职责：民政厅两名，其他部门各一名", "officers are registered: two at civil affairs, one elsewhere"
    ) as step:
        signing_in.register(ruler, members["civil-affairs"])
        step.say(f"数据局登记各部门首名，民政厅负责人 {HEAD} 登记本厅经办人 {OFFICER}")
    with screen.step("providers", "公安厅、市监厅接入：数据库表无需编程即可提供查询", "SQL tables become providers without any code"):
        (folder / "data").mkdir(parents=True, exist_ok=True)
        for body, table, key in ((police, "resident", "id_number"), (market, "business_register", "uscc")):
            path = folder / "data" / f"{body.kind}.db"
            write_sqlite(path, people if table == "resident" else (), firms if table != "resident" else ())
            what = ["--url", f"sqlite:///{path}", "--table", f"{table}:{key}"]
            if body is market:
                reports.write_reports(path)
                following.write_registrations(path)
                what = ["--config", str(_settings(path, {table: key, reports.TABLE: reports.KEY, following.TABLE: key}))]
            where = ["--identity", str(folder / "departments" / body.uscc)]
            children.start(body.kind, ["provide", *where, *what, "--listen", "127.0.0.1:0"])
    return Story(
        screen=screen,
        members=enrolled,
        out=folder,
        web=hub["web"],
        residents=people,
        businesses=firms,
        seeds=seeds,
        authority=ruler,
        police=members["public-security"],
        market=members["market-regulation"],
        civil=members["civil-affairs"],
        disabled=members["disabled"],
        auditor=auditor,
        verifier=connect_public(hub["public"], ca),
        be_late=lambda late: children.tell("hub", str(late.total_seconds())),
    )


def _settings(path: Path, keys: dict[str, str]) -> Path:
    """Write what a provider serves of a database: tables with their keys, and by which column the changes of one are followed."""
    followed = 'version_column = "changed"\ndeleted_column = "gone"\n'
    resources = (f'[[resource]]\ntable = "{table}"\nkey = "{key}"\n{followed if table == following.TABLE else ""}' for table, key in keys.items())
    settings = path.with_suffix(".toml")
    settings.write_text("\n".join([f'url = "sqlite:///{path}"', *resources]), encoding="utf-8")
    return settings


def _init(folder: Path, uscc: str, title: str, sign_in: dict[str, Any]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    # free ports: several demos may run on one machine
    settings: dict[str, Any] = {**DOORS, "local": True, "officers": REGISTERED, "sign_in": sign_in}
    path, clock = folder / "shuniu.toml", LateClock(LATE)
    token = initialise(path, uscc, title, clock, **settings)
    with console(load(path), clock) as certs:
        # her link is not used: the story signs her in otherwise, and gives whoever tries the demo one of its own
        certs.appoint(uscc, signing_in.AUTHORITY.number, signing_in.AUTHORITY.display_name)
    return token


def _keep_running(screen: Screen, children: Children, story: Story, folder: Path, signals: "Signals", *, scripted: bool) -> None:
    """Show what to open and try, then wait."""
    identity = folder / "departments" / story.civil.uscc
    connection: dict[str, Any] = {
        "grpc": story.members.members_address,
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
    inbox.leave_a_proposal(story)
    use = {"purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}
    connection |= {"check": {"grant": story.checks, "predicate": checking.PREDICATE, **use, "subject_key": story.subject.id_number}}
    connection |= {"many": {"grant": story.grant.name, **use}, "stream": {"grant": story.streams, **use}}
    connection |= {"links": inbox.links(story), "officers": {one.number: one.name for one in signing_in.OFFICERS}}
    names = ("grant", "purpose", "case_number", "officer", "subject_key")
    (folder / QUERY).write_text(json.dumps({name: connection[name] for name in names}, ensure_ascii=False, indent=1), encoding="utf-8")
    if scripted:
        (folder / "connection.json").write_text(json.dumps(connection, ensure_ascii=False, indent=1), encoding="utf-8")
        print(json.dumps(screen.summary(), ensure_ascii=False), flush=True)
    else:
        _show_invitation(screen, story, folder, connection)
    while not signals.ended:
        time.sleep(_LOOK)
        if dead := children.dead():
            raise StoryError(f"{dead} ended by itself; see its log")


def _show_invitation(screen: Screen, story: Story, folder: Path, connection: dict[str, Any]) -> None:
    link = story.auditor.client.identity.CreateLoginLink(identity_pb2.CreateLoginLinkRequest(officer=AUDITOR))
    screen.title("现在可以打开", "open now")
    screen.line("  一次性链接，点开即登录，一天内有效，各用一次 one-time links, signed in by one click, valid for a day:")
    for name, text in (
        ("inbox", f"公安厅 {POLICE_OFFICER} 的待办：一件已超期 what is overdue"),
        ("second_person", f"民政厅负责人 {HEAD} 的待办：一件待确认 what waits for the second person"),
        ("authority", f"数据局 {AUTHORITY_OFFICER} 的待办：其他部门超期的事项 what others let pass"),
    ):
        screen.line(f"  {text}\n    {connection['links'][name]}")
    screen.line(f"  网页登录 sign in        {for_browsers(story.web)}/sign-in（演练用身份认证 practice identity provider）")
    screen.line(f"  目录检索 directory     {story.web}/directory?q=居住")
    screen.line(f"  证照核验 verify        {story.web}/verify")
    screen.line(f"  审计查询 audit（10分钟内有效 valid for 10 minutes）{link.url}")
    screen.title("可以试用的命令", "three commands to try")
    screen.line(f"  .venv/bin/shuniu call --identity {folder / 'departments' / story.civil.uscc} ExchangeService/Query @{folder / QUERY}")
    screen.line(f"  .venv/bin/shuniu verify {folder / 'licenses' / 'license.png'} --hub {story.members.public_address} --ca {connection['ca']}")
    screen.line(f"  .venv/bin/shuniu audit verify {folder / 'audit'}")
    screen.line("\n  Ctrl-C 停止并清理 · Ctrl-C stops everything and cleans up")


@contextlib.contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Yield the folder to keep, or a temporary one that is removed afterwards."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        # what an earlier run left; other files in the folder are not the demo's to remove
        for name in REPLACED:
            if (out / name).exists():
                shutil.rmtree(out / name)
        yield out.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="shuniu-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Signals:
    """What SIGINT, SIGTERM and the end of the terminal do: they interrupt the story, then the waiting. Clean-up is never cut short."""

    def __init__(self) -> None:
        """Take over the signals."""
        self.ended = False
        """A plain mark: to set an Event in a handler waits for a lock that the interrupted wait itself may hold, and so for ever."""
        self._may_interrupt = False
        self._terminals = [stream for stream in (1, 2) if os.isatty(stream)]
        signal.signal(signal.SIGTERM, self._handle)
        signal.signal(signal.SIGINT, self._handle)
        # under nohup it stays ignored: the demo is to outlive its terminal
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._hang_up)

    @contextlib.contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let a signal interrupt the block."""
        self._may_interrupt = not self.ended
        try:
            yield
        finally:
            self._may_interrupt = False

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        """Do as for the others, and say nothing more: a terminal that is gone takes no line, and a failed line would end the clean-up."""
        quiet = os.open(os.devnull, os.O_WRONLY)
        for stream in self._terminals:
            os.dup2(quiet, stream)
        os.close(quiet)
        self._handle(number, frame)

    def _handle(self, _number: int, _frame: object) -> None:
        self.ended = True
        if self._may_interrupt:
            self._may_interrupt = False
            # once: a second signal must not cut the clean-up short
            raise KeyboardInterrupt
