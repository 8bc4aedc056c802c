"""`shuniu completion`: what a shell needs to complete this command's words: subcommands, options, files, methods of the hub."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import ShellComplete, get_completion_class

_VARIABLE: Final = "_SHUNIU_COMPLETE"
"""What click looks for: the shell's function sets it and runs the command."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """命令补全 Print what makes a shell complete the words of this command.

    bash: eval "$(shuniu completion bash)"; zsh: eval "$(shuniu completion zsh)"; fish: shuniu completion fish | source.
    把这一行写入 shell 的启动文件即可长期生效 put the line into your shell's start-up file to have it always.
    """
    root = ctx.find_root()
    kind = get_completion_class(shell)
    if kind is not None:
        # the script alone: click's own way to it starts a bash to ask for its version
        click.echo(ShellComplete.source(kind(root.command, {}, "shuniu", _VARIABLE)))
