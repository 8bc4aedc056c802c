"""QR pictures (ISO/IEC 18004): drawing one from a text, reading one from an uploaded picture.

Drawing takes milliseconds and belongs to whoever shows a code, never to the path that issues one. Pictures come from strangers: bytes and
sides are capped before anything is unpacked, only PNG and JPEG are opened, and what a stranger sent is read by a process of its own
(`shuniu.codes.picture`), which the kernel ends when its time is over.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from shuniu.catalogue import InvalidInputError
from shuniu.codes.reasons import (
    PICTURE_FORMAT,
    PICTURE_TOO_MANY_BYTES,
    PICTURE_TOO_MANY_PIXELS,
    QR_NO_ROOM,
    QR_NONE,
    QR_SEVERAL,
    QR_TEXT,
    READER_MISSING,
)

try:
    import zxingcpp
    from PIL import Image

    from shuniu.codes.picture import FORMAT, LARGE, MAX_SIDE, PictureProblemError, texts_in
except ModuleNotFoundError as error:
    raise READER_MISSING(package="zxing-cpp, Pillow") from error

MAX_BYTES: Final = 2 << 20
PATIENCE: Final = 10.0
"""Seconds until a picture's process is ended that got no time of a processor."""
_READER: Final = Path(__file__).with_name("picture.py")
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


def read_all(picture: bytes) -> tuple[str, ...]:
    """Return the texts of all QR symbols in a PNG or JPEG picture, in no particular order; none is an empty answer."""
    _check_bytes(picture)
    try:
        return texts_in(picture)
    except PictureProblemError as problem:
        raise _told(str(problem)) from None


def read(picture: bytes) -> str:
    """Return the text of the one QR symbol in a PNG or JPEG picture; none and several are errors."""
    return _one(read_all(picture))


def read_apart(picture: bytes) -> str:
    """Return the text of the one QR symbol in a stranger's picture, read by a process that ends in time whatever the picture is."""
    _check_bytes(picture)
    command = [sys.executable, "-I", str(_READER)]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise QR_NONE() from None
    if done.returncode:  # its time was over, or its memory
        raise QR_NONE()
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise _told(answer["problem"])
    return _one(tuple(answer["texts"]))


def _check_bytes(picture: bytes) -> None:
    if len(picture) > MAX_BYTES:
        raise PICTURE_TOO_MANY_BYTES(most=MAX_BYTES >> 20)


def _told(problem: str) -> InvalidInputError:
    return {FORMAT: PICTURE_FORMAT(), LARGE: PICTURE_TOO_MANY_PIXELS(most=MAX_SIDE)}.get(problem) or QR_NONE()


def _one(texts: tuple[str, ...]) -> str:
    if not texts:
        raise QR_NONE()
    if len(texts) > 1:
        raise QR_SEVERAL()
    return texts[0]
