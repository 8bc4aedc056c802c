"""`shuniu tck`: the conformance kit against any hub."""

from __future__ import annotations

from contextlib import nullcontext
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import click

from shuniu.cli.department import json_option
from shuniu.cli.options import ADDRESS, FOLDER, PLACE
from shuniu.cli.output import print_json
from shuniu.tck.diagram import draw
from shuniu.tck.hub import TestedHub
from shuniu.tck.junit import to_junit
from shuniu.tck.preparing import prepare
from shuniu.tck.procedures import sequences
from shuniu.tck.reasons import NO_IDENTITIES, NO_SUCH_SEQUENCE
from shuniu.tck.result import Outcome, Result, count
from shuniu.tck.running import Runner
from shuniu.tck.sequence import PROVIDER, ROLES, Need, Sequence
from shuniu.tck.serving import served

_COLOURS: Final = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.NOT_RUN: "yellow"}
_WORDS: Final = {Outcome.PASSED: "通过 passed", Outcome.FAILED: "未通过 failed", Outcome.NOT_RUN: "未运行 not run"}


@click.command()
@click.argument("hub", type=ADDRESS, required=False, metavar="[HOST:PORT]")
@click.option(
    "--identities", type=FOLDER, metavar="DIR", help="身份目录 a folder with an identity folder for each role: authority, provider, consumer, ..."
)
@click.option(
    "--prepare", "preparing", is_flag=True, help="先在演练枢纽上建立测试部门 first make the departments that are missing, at a hub for practice."
)
@click.option("--only", metavar="PATTERN", default="*", help="只运行名称相符的序列，如 request/* only sequences whose name fits.")
@click.option("--list", "listing", is_flag=True, help="列出全部序列 list the sequences; nothing is called.")
@click.option("--junit", type=PLACE, metavar="FILE", help="结果写入 JUnit XML 文件 write the results as JUnit XML.")
@click.option("--yes", is_flag=True, help="允许写入非演练枢纽 leave things on a hub that is not for practice.")
@click.option("--verbose", is_flag=True, help="打印全部序列图 print the diagram of every sequence, not of those alone that failed.")
@json_option
@click.pass_context
def tck(ctx: click.Context, /, *, hub: str | None, identities: Path | None, only: str, listing: bool, as_json: bool, **more: Any) -> None:
    """一致性测试 Call a hub through all its procedures and compare its answers with the rules.

    HOST:PORT 为部门端口。退出码：0 全部符合；1 有不符；未运行的序列单独计数，不算通过。
    HOST:PORT is the members' port. Exit code 0: nothing failed; what was not run is counted by itself and never as passed.
    """
    chosen = [one for one in sequences() if fnmatchcase(one.id, only)]
    if not chosen:
        raise NO_SUCH_SEQUENCE(pattern=only)
    if listing:
        _list(chosen, as_json=as_json)
        return
    if hub is None or identities is None:
        raise click.UsageError("请给出枢纽地址和 --identities: name the hub as HOST:PORT, and --identities")
    if more["preparing"]:
        for role in prepare(hub, identities):
            click.echo(f"已备妥 ready: {role}", err=True)
    results = _run(hub, identities, chosen, yes=more["yes"], say=None if as_json else _teller(verbose=more["verbose"]))
    if more["junit"] is not None:
        more["junit"].write_bytes(to_junit(results))
    _sum_up(results, as_json=as_json)
    ctx.exit(1 if count(results)[Outcome.FAILED] else 0)


def _list(chosen: list[Sequence], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [{"id": one.id, "kind": one.kind.value, "article": one.article, "title": one.title.en, "title_zh": one.title.zh} for one in chosen]
        )
        return
    for one in chosen:
        click.echo(f"{one.id}  [{one.kind.value}]  {one.title.zh}  {one.title.en}")
    click.echo(f"共 {len(chosen)} 个 sequences")


def _run(address: str, identities: Path, chosen: list[Sequence], *, yes: bool, say: Any) -> list[Result]:
    with TestedHub(address, identities) as hub:
        if not hub.clients:
            raise NO_IDENTITIES(folder=identities, roles=", ".join(ROLES))
        runner = Runner(hub, may_write=yes, tell=say or (lambda _one: None))
        serves = runner.practises and PROVIDER in hub.clients and any(Need.SERVING in one.needs for one in chosen)
        with served(hub) if serves else nullcontext():
            return runner.run(chosen)


def _teller(*, verbose: bool) -> Any:
    def tell(result: Result) -> None:
        if verbose or result.outcome is Outcome.FAILED:
            click.secho(draw(result) + "\n", fg=_COLOURS[result.outcome] if result.outcome is Outcome.FAILED else None)

    return tell


def _sum_up(results: list[Result], *, as_json: bool) -> None:
    counts = count(results)
    if as_json:
        told = [{"id": one.sequence.id, "outcome": one.outcome.value, "article": one.sequence.article, "why": one.why} for one in results]
        print_json({**{outcome.value.replace(" ", "_"): number for outcome, number in counts.items()}, "sequences": told})
        return
    for why in sorted({one.why for one in results if one.outcome is Outcome.NOT_RUN}):
        number = sum(one.why == why for one in results)
        click.echo(f"未运行 not run ({number}): {why}")
    click.echo("  ".join(click.style(f"{_WORDS[outcome]}: {number}", fg=_COLOURS[outcome]) for outcome, number in counts.items()))
