"""QR pictures (ISO/IEC 18004), drawn: it takes milliseconds, and belongs to whoever shows a code, never to the path that issues one."""

from __future__ import annotations

import io
import sys
from typing import Final

from shuniu.codes.reasons import QR_NO_ROOM, QR_TEXT, READER_MISSING

try:
    import zxingcpp
    from PIL import Image
except ModuleNotFoundError as error:
    raise READER_MISSING(package="zxing-cpp, Pillow") from error

_LEVEL_M: Final = 3391  # alphanumeric characters of symbol 40-M
_LEVEL_L: Final = 4296  # and of 40-L
_MAX_SCALE: Final = 20
_OLD_LEVELS: Final = {"M": 2, "L": 1}
"""What zxing-cpp 2, the last for Python 3.9, calls the levels of correction."""


def draw(text: str, scale: int = 4) -> bytes:
    """Return a PNG with one QR symbol and its quiet zone, `scale` pixels a module; error correction M, L only where M has no room."""
    if not 1 <= scale <= _MAX_SCALE:
        raise QR_TEXT(most=_LEVEL_L, scale=_MAX_SCALE)
    modules, picture = _modules(text), io.BytesIO()
    modules.resize((modules.width * scale, modules.height * scale), Image.Resampling.NEAREST).save(picture, "PNG")
    return picture.getvalue()


def draw_svg(text: str) -> bytes:
    """Return the same as SVG, one unit a module, for printers: sharp at any size."""
    modules = _modules(text)
    width, height = modules.size
    light = modules.tobytes()
    path = "".join(f"M{at % width},{at // width}h1v1h-1z" for at in range(width * height) if not light[at])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
    return f'{head}<path fill="#fff" d="M0,0h{width}v{height}h-{width}z"/><path d="{path}"/></svg>\n'.encode()


def _modules(text: str) -> Image.Image:
    """Return the symbol with its quiet zone, one pixel a module."""
    if not text.isascii() or not 1 <= len(text) <= _LEVEL_L:
        raise QR_TEXT(most=_LEVEL_L, scale=_MAX_SCALE)
    level = "M" if len(text) <= _LEVEL_M else "L"
    try:
        if sys.version_info >= (3, 10):
            return Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level).to_image(scale=1)).convert("L")
        return Image.fromarray(zxingcpp.write_barcode(zxingcpp.BarcodeFormat.QRCode, text, ec_level=_OLD_LEVELS[level])).convert("L")
    except ValueError as problem:
        raise QR_NO_ROOM() from problem
