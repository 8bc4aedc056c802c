"""QR pictures (ISO/IEC 18004) that somebody shows: the text of a code read from one.

Pictures come from strangers: bytes and pixels are capped before anything is unpacked, only the formats of cameras and screenshots are opened, and
what a stranger sent is read by a process of its own (`shuniu.codes.picture`), which the kernel ends when its time is over.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from shuniu.catalogue import CatalogueError
from shuniu.codes.file_kinds import kind_of
from shuniu.codes.reading import the_code_of
from shuniu.codes.reasons import (
    HEIC_READER_MISSING,
    PICTURE_EMPTY,
    PICTURE_FORMAT,
    PICTURE_INCOMPLETE,
    PICTURE_READER_BUSY,
    PICTURE_TOO_MANY_BYTES,
    PICTURE_TOO_MANY_PIXELS,
    QR_NONE,
    READER_MISSING,
)
from shuniu.words import Word

try:
    from shuniu.codes.picture import AVIF, FORMAT, HEIF, INCOMPLETE, JPEG, LARGE, PNG, WEBP, PictureProblemError, codec_of, texts_in
except ModuleNotFoundError as error:
    raise READER_MISSING(package="zxing-cpp, Pillow") from error

MAX_BYTES: Final = 12 << 20
"""Of a stranger's picture: as the camera of a telephone saves 48 million pixels."""
OWN_BYTES: Final = 32 << 20
"""Of a picture on one's own machine."""
PATIENCE: Final = 10.0
"""Seconds until a picture's process is ended that got no time of a processor."""
_READER: Final = Path(__file__).with_name("picture.py")
_CODECS: Final = {"JPEG": JPEG, "PNG": PNG, "WebP": WEBP, "AVIF": AVIF, "HEIC": HEIF}


def formats() -> tuple[str, ...]:
    """Return the formats that are read on this machine; HEIC takes a package of its own."""
    return tuple(name for name, codec in _CODECS.items() if codec.installed)


def read_all(picture: bytes) -> tuple[str, ...]:
    """Return the texts of all QR symbols in a picture of one's own, in no particular order; none is an empty answer."""
    _check_bytes(picture, OWN_BYTES)
    if codec_of(picture) is HEIF and not HEIF.installed:
        raise HEIC_READER_MISSING(package="pi-heif")
    try:
        return texts_in(picture)
    except PictureProblemError as problem:
        raise _told(problem.problem, picture, problem.most) from None


def read(picture: bytes) -> str:
    """Return the text of the license code in a picture of one's own; of another code where there is no license code, and none is an error."""
    return _one(read_all(picture))


def read_apart(picture: bytes) -> str:
    """Return what `read` does of a stranger's picture, read by a process that ends in time whatever the picture is."""
    _check_bytes(picture, MAX_BYTES)
    command = [sys.executable, "-I", str(_READER)]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:  # it got no time of a processor: nothing is known of the picture
        raise PICTURE_READER_BUSY() from None
    if done.returncode:  # its time was over, or its memory
        raise QR_NONE()
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise _told(answer["problem"], picture, answer["most"])
    return _one(tuple(answer["texts"]))


def _check_bytes(picture: bytes, most: int) -> None:
    if not picture:
        raise PICTURE_EMPTY()
    if len(picture) > most:
        raise PICTURE_TOO_MANY_BYTES(most=most >> 20)


def _told(problem: str, picture: bytes, most: int) -> CatalogueError:
    codec = codec_of(picture)
    if problem == FORMAT and (codec is None or not codec.installed):
        return PICTURE_FORMAT(kind=kind_of(picture), formats=_listed(formats()))
    if problem in {FORMAT, INCOMPLETE}:  # what begins as a picture and cannot be opened was cut off in its header
        return PICTURE_INCOMPLETE()
    return PICTURE_TOO_MANY_PIXELS(most=_counted(most)) if problem == LARGE else QR_NONE()


def _listed(names: tuple[str, ...]) -> Word:
    return Word(",".join(names), ", ".join(names), "、".join(names))


def _counted(pixels: int) -> Word:
    return Word(str(pixels), f"{pixels // 1_000_000} million", f"{pixels // 10_000}万")


def _one(texts: tuple[str, ...]) -> str:
    if not texts:
        raise QR_NONE()
    return the_code_of(texts)
