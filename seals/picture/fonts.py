"""Finding a font with Chinese characters, and which characters a font lacks."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from seals.picture.reasons import FONT_UNREADABLE, NO_FREETYPE

Font = ImageFont.FreeTypeFont

_SIMPLIFIED: Final = 2  # index of the simplified Chinese face in Noto's collections
_USUAL: Final = (  # song faces first: seals are cut in them
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", _SIMPLIFIED),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", _SIMPLIFIED),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", _SIMPLIFIED),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", _SIMPLIFIED),
    ("/usr/share/fonts/opentype/source-han-serif/SourceHanSerifSC-Bold.otf", 0),
    ("/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Bold.otf", 0),
    ("/usr/share/fonts/adobe-source-han-serif/SourceHanSerifSC-Bold.otf", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
)
_NEVER_A_CHARACTER: Final = "\U0010ffff"  # a noncharacter of Unicode: fonts show their box for it
_PROBE: Final = "印章"
_PROBE_SIZE: Final = 40
_FC_MATCH_SECONDS: Final = 5


def find_font(configured: Path | None = None) -> tuple[Path, int] | None:
    """Return file and face of a font with Chinese characters: the configured one, a usual place, what fontconfig names; or None."""
    if configured is not None:
        if _opens(configured, 0) is None:
            raise FONT_UNREADABLE(file=configured.name)
        return configured, 0
    return _installed_font()


def load(size: int, configured: Path | None = None) -> Font:
    """Return the font to draw with; where the machine has none for Chinese, the Latin one that Pillow carries."""
    found = find_font(configured)
    font = _opens(found[0], found[1], size) if found else None
    if font is not None:
        return font
    builtin = ImageFont.load_default(size)
    if not isinstance(builtin, ImageFont.FreeTypeFont):
        raise NO_FREETYPE()
    return builtin


def missing(font: Font, text: str) -> tuple[str, ...]:
    """Return the characters that the font would draw as its box for unknown characters, each once."""
    unknown = bytes(font.getmask(_NEVER_A_CHARACTER))
    return tuple(char for char in dict.fromkeys(text) if not char.isspace() and bytes(font.getmask(char)) == unknown)


@cache
def _installed_font() -> tuple[Path, int] | None:
    candidates = [(Path(name), face) for name, face in _USUAL if Path(name).is_file()]
    # fontconfig names some font even where none is Chinese, so each one has to show the probe
    for path, face in [*candidates, *_fontconfig()]:
        font = _opens(path, face)
        if font is not None and not missing(font, _PROBE):
            return path, face
    return None


def _fontconfig() -> list[tuple[Path, int]]:
    program = shutil.which("fc-match")
    if program is None:
        return []
    command = [program, "--format=%{file}", "serif:lang=zh-cn"]
    try:
        answer = subprocess.run(command, capture_output=True, check=True, timeout=_FC_MATCH_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return []
    path = Path(answer.stdout.decode(errors="replace").strip())
    return [(path, 0)] if path.is_file() else []


def _opens(path: Path, face: int, size: int = _PROBE_SIZE) -> Font | None:
    try:
        return ImageFont.truetype(str(path), size, index=face)
    except (OSError, ValueError):
        return None
