"""QR pictures (ISO/IEC 18004), drawn: it takes milliseconds, and belongs to whoever shows a code, never to the path that issues one."""

import io
from typing import Final

import zxingcpp
from PIL import Image

from licenses.reasons.issuing import QR_NO_ROOM, QR_TEXT

_LEVEL_M: Final = 3391  # alphanumeric characters of symbol 40-M
_LEVEL_L: Final = 4296  # and of 40-L
_MAX_SCALE: Final = 20


def draw(text: str, scale: int = 4) -> bytes:
    """Return a PNG with one QR symbol and its quiet zone, `scale` pixels a module; error correction M, L only where M has no room."""
    if not text.isascii() or not 1 <= len(text) <= _LEVEL_L or not 1 <= scale <= _MAX_SCALE:
        raise QR_TEXT(most=_LEVEL_L, scale=_MAX_SCALE)
    try:
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M" if len(text) <= _LEVEL_M else "L")
    except ValueError as problem:
        raise QR_NO_ROOM() from problem
    picture = io.BytesIO()
    Image.fromarray(barcode.to_image(scale=scale)).save(picture, "PNG")
    return picture.getvalue()
