"""What README and the guides tell a reader to type exists: make targets, subcommands, files, configuration keys."""

import importlib
import re
from pathlib import Path

import click
import pytest

from hub.config import Config, load
from hub.delivery import Delivery
from hub.limits import Limits
from hub.sign_in import SignIn

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
MAKE = re.compile(r"\bmake ([a-z]+)\b")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`", re.DOTALL)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def typed(path: Path) -> str:
    """Return what the page shows as something to type: blocks and code spans, comments of the shell left out."""
    found = [block or span for block, span in CODE.findall(path.read_text(encoding="utf-8"))]
    return "\n".join(line.split(" # ")[0].split("      #")[0] for text in found for line in text.replace("\\\n", " ").splitlines())


def command(words: list[str]) -> tuple[click.Command, list[str]] | None:
    """Return the subcommand that the words name, as click itself finds it, and the words after it."""
    found: click.Command = importlib.import_module("cli.command").shuniu
    context = click.Context(found)
    while isinstance(found, click.Group):
        words = [word for index, word in enumerate(words) if index or not word.startswith("-")]
        following = found.get_command(context, words[0]) if words else None
        if following is None:
            return None
        found, words = following, words[1:]
    return found, words


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_make_target_on_a_page_exists(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(MAKE.findall(typed(page)))
    assert named <= targets, named - targets


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_subcommand_on_a_page_exists_with_its_options(page):
    for line in typed(page).splitlines():
        for words in re.findall(r"(?:^|\s|bin/)shuniu((?: [^|;&<>]+)?)", line):
            parts = words.split()
            if not parts or not re.fullmatch(r"[a-z][a-z-]+", parts[0]):
                continue
            found = command(parts)
            if found is None and parts[0] == "shuniu":
                continue
            assert found is not None, f"{page.name}: shuniu {words}"
            known = {option for parameter in found[0].params for option in (*parameter.opts, *parameter.secondary_opts)}
            used = {word.split("=")[0] for word in found[1] if re.fullmatch(r"--[a-z-]+(=.*)?", word)}
            assert used <= known | {"--help"}, f"{page.name}: {line}: {used - known}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_to_a_file_leads_somewhere(page):
    broken = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / target).exists()]
    assert broken == []


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_both_readmes_name_every_subcommand_a_newcomer_needs(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for needed in ("demo", "init", "doctor", "serve", "token", "join", "provide", "call", "renew", "verify", "audit verify"):
        assert f"shuniu {needed} " in text, needed


def blocks(page: Path) -> list[str]:
    """Return the lines of the page's commands and files, without the comments, which are in the page's language."""
    found = re.findall(r"```(?:sh|json)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line.split("  #")[0].strip() for block in found for line in block.splitlines() if not line.startswith("#")]


def test_the_two_readmes_show_the_same_commands_and_files():
    assert blocks(ROOT / "README.md") == blocks(ROOT / "README.zh-CN.md")


CHINESE = sorted((ROOT / "docs").rglob("*.zh-CN.md"))


@pytest.mark.parametrize("page", CHINESE, ids=ids)
def test_a_guide_in_both_languages_shows_the_same_commands_and_files(page):
    assert blocks(page) == blocks(page.with_name(page.name.replace(".zh-CN", "")))


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "guides").glob("*.md")), ids=ids)
def test_every_guide_is_there_in_both_languages_and_each_leads_to_the_other(page):
    other = page.name.replace(".zh-CN", "") if ".zh-CN" in page.name else page.name.replace(".md", ".zh-CN.md")
    assert f"]({other})" in page.read_text(encoding="utf-8").split("\n## ")[0]
    assert page.with_name(other).exists()


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "guides").glob("*.md")), ids=ids)
def test_a_file_that_a_command_sends_is_shown_or_made_on_the_page(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"@(\w+\.json)", text):
        assert re.search(rf"^`{name}`|> {name}$", text, re.MULTILINE), name


def test_the_sample_configuration_is_read_and_shows_every_key():
    sample = ROOT / "packaging" / "shuniu.toml"
    load(sample)
    written = set(re.findall(r"^([a-z_]+) = ", sample.read_text(encoding="utf-8"), re.MULTILINE))
    assert written == (set(Config.__slots__) - {"limits", "delivery", "sign_in"}).union(Limits.__slots__, Delivery.__slots__, SignIn.__slots__)


@pytest.mark.parametrize("page", [path for path in PAGES if path.name in {"rooms.md", "threat-model.md", "divergences.md"}], ids=ids)
def test_every_file_and_name_that_a_page_points_to_is_there(page):
    """A span `a/b.py` is a file; `a/b.py` followed by `name` in the same cell is a word in it."""
    later = {line for line in page.read_text(encoding="utf-8").splitlines() if "later:" in line}
    for line in page.read_text(encoding="utf-8").splitlines():
        for path in re.findall(r"`((?:[a-z_]+/)+[a-z_0-9]*(?:\.[a-z]+)?|server\.py)`", line):
            assert (ROOT / path).exists() or line in later, path
        for path, names in re.findall(r"`((?:[a-z_]+/)+[a-z_0-9]+\.py)`: ((?:`[\w.]+`(?:, )?)+)", line):
            text = (ROOT / path).read_text(encoding="utf-8")
            for name in re.findall(r"`([\w.]+)`", names):
                assert re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", text), f"{path} {name}"
