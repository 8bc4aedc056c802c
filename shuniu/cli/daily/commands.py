"""Commands made of the tables' rows: options from the request, names and etags read, what is missing asked for, one answer shown."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from shuniu.catalogue import ConfigError
from shuniu.cli.calling import method_of
from shuniu.cli.daily.desk import Desk, connected
from shuniu.cli.daily.printing import as_json as plain_json
from shuniu.cli.daily.printing import show, show_table, text_of
from shuniu.cli.daily.request_options import field_of, message_of, option_name, options_of, parameter_of, paths_of, request_for, words_of
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.output import print_json, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from google.protobuf.descriptor import FieldDescriptor
    from google.protobuf.message import Message

    from shuniu.cli.daily.rows import Group, Row

    _Say = Callable[..., None]

DEADLINE: Final = 30.0
_LINE: Final = 90
"""Characters of a command's line in the overview."""
_SHOWN: Final = 100
"""Things that a listing shows unless told otherwise."""


class InOrder(click.Group):
    """A group that shows its commands in the order of the work; those that are more than one rpc are loaded when they run."""

    def __init__(self, name: str, line: str, more: Mapping[str, str]) -> None:
        """Take the group's name and line, and the places (module:attribute) of what is loaded late."""
        super().__init__(name, help=line)
        self._more = more

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names as the table has them."""
        del ctx
        return [*self.commands, *self._more]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, loaded where it was not."""
        if cmd_name not in self._more:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._more[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview; of a command that needs an extra which is not installed, it says so."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._line(ctx, name)) for name in self.list_commands(ctx)])

    def _line(self, ctx: click.Context, name: str) -> str:
        try:
            found = self.get_command(ctx, name)
        except ConfigError as missing:
            return f"{missing.zh} {missing.message}"
        return found.get_short_help_str(_LINE) if found is not None else ""


def group_of(group: Group) -> click.Group:
    """Return the click group of a table."""
    made = InOrder(group.command, group.line, dict(group.more))
    for row in group.rows:
        made.add_command(command_of(group, row))
    return made


def command_of(group: Group, row: Row) -> click.Command:
    """Return the command of a row."""
    run = _listing if row.columns else _looking if _is_look(row) else _stepping if _has_name(row) else _making

    @click.pass_context
    def callback(ctx: click.Context, /, **said: Any) -> None:
        identity, as_json = said.pop("identity"), said.pop("as_json")
        given = {path: said.pop(parameter_of(path)) for path in paths_of(row)}
        with connected(identity, DEADLINE) as client:
            run(ctx, Desk(client), group, row, given, as_json=as_json, **said)

    made = click.Command(
        row.command,
        callback=callback,
        help=row.line,
        short_help=row.line.partition(". ")[0].partition(": ")[0],
        params=list(_parameters(row)),
    )
    return identity_option(json_option(made))


def _parameters(row: Row) -> Iterable[click.Parameter]:
    if not row.columns and _has_name(row):
        many = not _is_look(row)
        yield click.Argument(["names" if many else "name"], nargs=-1 if many else 1, required=True, metavar="NAME..." if many else "NAME")
    yield from options_of(row)
    if row.file:
        place = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
        alone = row.takes is not None and not any(path.startswith(f"{row.inside}.") for path in row.takes)
        yield click.Option(
            ["--file"], type=place, metavar="FILE", required=alone, help="内容文件（JSON），- 为标准输入 its content as JSON; - is standard input."
        )
    if row.ends:
        yield click.Option(["--yes"], is_flag=True, help="不再确认 do it without asking.")
    if row.columns:
        yield click.Option(["--count"], type=click.IntRange(1), default=_SHOWN, show_default=True, help="最多列出条数 list at most so many.")


def _is_look(row: Row) -> bool:
    return row.rpc.partition("/")[2].startswith("Get")


def _has_name(row: Row) -> bool:
    """Tell whether the row's rpc is about one thing that has a name already."""
    return "name" in method_of(row.rpc).input_type.fields_by_name or row.rpc.partition("/")[2].startswith("Update")


def _listing(ctx: click.Context, desk: Desk, group: Group, row: Row, given: Mapping[str, Any], *, as_json: bool, count: int) -> None:
    """List: all that is asked for, and say where there is more."""
    filled = _complete(row, given)
    if filled.get("name"):
        filled["name"] = group.full_name(filled["name"])
    request = request_for(row, filled, None, None)
    found = list(desk.listed(row.rpc, request, count + 1))
    things, more = found[:count], len(found) > count
    if as_json:
        print_json([plain_json(one) for one in things])
    else:
        show_table(desk, things, row.columns, group.collection)
    if more:
        click.echo(f"仅列出前{count}条，还有更多，请用 --count 增加 these are the first {count}; there are more: --count", err=True)
    del ctx


def _looking(ctx: click.Context, desk: Desk, group: Group, row: Row, given: Mapping[str, Any], *, as_json: bool, name: str = "") -> None:
    """Show one thing."""
    filled = _complete(row, given)
    if name:
        filled = {**filled, "name": group.full_name(name)}
    show(desk, desk.call(row.rpc, request_for(row, filled, None, None)), json=as_json)
    del ctx


def _making(
    ctx: click.Context, desk: Desk, group: Group, row: Row, given: Mapping[str, Any], *, as_json: bool, file: Path | None = None, yes: bool = True
) -> None:
    """Make a thing of what was given."""
    filled = given if file is not None else _complete(row, given)
    _confirm(row, ["-"], yes=yes)
    show(desk, desk.call(row.rpc, request_for(row, filled, None, file)), json=as_json)
    del ctx, group


def _say_what_waits(thing: Message) -> None:
    """Say of a step that waits for a second person that nothing has happened yet, and what comes next; beside the answer, not in it."""
    if proposal := getattr(thing, "pending_proposal", ""):
        click.echo(
            f"尚未办理：须经本部门另一经办人确认。请其登录网页，在待确认事项中处理 {proposal}\n"
            f"nothing has happened yet: another officer of the department confirms it, at the pages under /proposals: {proposal}",
            err=True,
        )


def _stepping(
    ctx: click.Context,
    desk: Desk,
    group: Group,
    row: Row,
    given: Mapping[str, Any],
    *,
    as_json: bool,
    names: Sequence[str],
    file: Path | None = None,
    yes: bool = True,
) -> None:
    """Take a step with each of the things that are named; one that is refused does not keep the others from theirs."""
    filled = given if file is not None else _complete(row, given)
    full = [group.full_name(name) for name in names]
    _confirm(row, full, yes=yes)

    def step(name: str) -> Message:
        find = row.find or group.find
        thing = find(desk, name, filled) if find is not None and _needs_reading(row) else None
        request = request_for(row, filled if thing is not None else {**filled, "name": name}, thing, file)
        return desk.call(row.rpc, request)  # type: ignore[no-any-return]

    if len(full) == 1:
        after = step(full[0])
        show(desk, after, json=as_json)
        _say_what_waits(after)
        return
    worst = 0
    for name in full:
        try:
            after = step(name)
        except Exception as error:  # noqa: BLE001 - each of several is told as one alone would be
            click.echo(f"{name}:", err=True)
            worst = max(worst, int(report(error)))
            continue
        _tell_done(desk, after, as_json=as_json)
    ctx.exit(worst)


def _needs_reading(row: Row) -> bool:
    kind = method_of(row.rpc).input_type
    place = kind if "name" in kind.fields_by_name else message_of(kind.fields_by_name[row.inside])
    return "etag" in place.fields_by_name


def _tell_done(desk: Desk, thing: Any, *, as_json: bool) -> None:
    """Print one of several things in one line."""
    if as_json:
        print_json(plain_json(thing))
        return
    state = thing.DESCRIPTOR.fields_by_name.get("state")
    click.echo(f"{thing.name}  {text_of(desk, state, thing.state) if state is not None else ''}".rstrip())


def _complete(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given with what it lacks, asked for on a terminal; where nobody can be asked, all that is missing is named."""
    filled = dict(given)
    kind = method_of(row.rpc).input_type
    missing = [path for path in row.needs if filled.get(path) in (None, (), "")]
    if missing and not can_ask():
        names = "、".join(f"{row.options.get(path, option_name(field_of(kind, path)))}（{words_of(field_of(kind, path))[0]}）" for path in missing)
        flags = ", ".join(row.options.get(path, option_name(field_of(kind, path))) for path in missing)
        raise click.UsageError(f"缺少 {names}: missing {flags}")
    for path in missing:
        filled[path] = _ask(field_of(kind, path))
    return filled


def _ask(field: FieldDescriptor) -> Any:
    """Ask for a field on the terminal; of several values one a line until an empty one."""
    zh, en = words_of(field)
    if not field.is_repeated:
        return click.prompt(f"{zh} {en}", err=True)
    values: list[str] = []
    while True:
        value = click.prompt(
            f"{zh} {en} {len(values) + 1}（空行结束 an empty line ends）", default="" if values else None, show_default=False, err=True
        )
        if not value:
            return tuple(values)
        values.append(value)


def can_ask() -> bool:
    """Tell whether somebody sits in front of this command."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _confirm(row: Row, names: Sequence[str], *, yes: bool) -> None:
    """Ask before a step that cannot be undone; where nobody can be asked, it is taken only with --yes."""
    if not row.ends or yes:
        return
    if not can_ask():
        raise click.UsageError("此操作不可撤销或者中止服务，请加 --yes 确认: this cannot be undone, or stops a service; confirm it with --yes")
    what = ", ".join(names)
    click.confirm(f"{row.line.partition(' ')[0]} {what}？确定 Sure?", abort=True, err=True)
