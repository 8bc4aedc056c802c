"""QR pictures (ISO/IEC 18004) that somebody shows: the text of a code read from one.

Pictures come from strangers: bytes and sides are capped before anything is unpacked, only PNG and JPEG are opened, and what a stranger sent is
read by a process of its own (`shuniu.codes.picture`), which the kernel ends when its time is over.
"""

from __future__ import annotations

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
    QR_NONE,
    QR_SEVERAL,
    READER_MISSING,
)

try:
    from shuniu.codes.picture import FORMAT, LARGE, MAX_SIDE, PictureProblemError, texts_in
except ModuleNotFoundError as error:
    raise READER_MISSING(package="zxing-cpp, Pillow") from error

MAX_BYTES: Final = 2 << 20
PATIENCE: Final = 10.0
"""Seconds until a picture's process is ended that got no time of a processor."""
_READER: Final = Path(__file__).with_name("picture.py")


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
