"""QR pictures (ISO/IEC 18004): drawing one from a text, reading one from an uploaded picture.

Drawing takes milliseconds and belongs to whoever shows a code, never to the path that issues one. Pictures come from strangers: bytes and
pixels are capped before anything is unpacked, and only PNG and JPEG are opened.
"""

import io
import struct
import zlib
from typing import Final

import zxingcpp
from PIL import Image

from licenses.reasons.foreign import (
    PICTURE_FORMAT,
    PICTURE_TOO_MANY_BYTES,
    PICTURE_TOO_MANY_PIXELS,
    QR_NO_ROOM,
    QR_NONE,
    QR_SEVERAL,
    QR_TEXT,
)

MAX_BYTES: Final = 8 << 20
MAX_PIXELS: Final = 25_000_000
_FORMATS: Final = ("PNG", "JPEG")
_LEVEL_M: Final = 3391  # alphanumeric characters of symbol 40-M
_LEVEL_L: Final = 4296  # and of 40-L
_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_MAX_SCALE: Final = 20
_WHITE: Final = 255


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


def read_all(picture: bytes) -> tuple[str, ...]:
    """Return the texts of all QR symbols in a PNG or JPEG picture, in no particular order; none is an empty answer."""
    found = zxingcpp.read_barcodes(_open(picture), formats=_QR, text_mode=zxingcpp.TextMode.Plain)
    return tuple(barcode.text for barcode in found if barcode.valid)


def read(picture: bytes) -> str:
    """Return the text of the one QR symbol in a PNG or JPEG picture; none and several are errors."""
    texts = read_all(picture)
    if not texts:
        raise QR_NONE()
    if len(texts) > 1:
        raise QR_SEVERAL()
    return texts[0]


def _open(picture: bytes) -> Image.Image:
    if len(picture) > MAX_BYTES:
        raise PICTURE_TOO_MANY_BYTES(most=MAX_BYTES >> 20)
    try:
        image = Image.open(io.BytesIO(picture), formats=_FORMATS)
        # Pillow has read the header alone by now; nothing is unpacked yet
        if image.width * image.height > MAX_PIXELS:
            raise PICTURE_TOO_MANY_PIXELS(most=MAX_PIXELS)
        return _grey(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PICTURE_TOO_MANY_PIXELS(most=MAX_PIXELS) from None
    # what Pillow's readers raise for damaged pictures
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, IndexError, TypeError, struct.error, zlib.error):
        raise PICTURE_FORMAT() from None


def _grey(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:  # what is see-through is paper
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, (_WHITE, _WHITE, _WHITE, _WHITE))
        image = Image.alpha_composite(paper, image)
    return image.convert("L")
