"""The texts of the QR codes in a picture, whoever sent it; as a program of its own, in a process that ends after half a second of work.

What decodes pictures can be stopped by nobody once it runs, and its time grows with the square of the patterns that look like a corner of a
code: pixels alone bound it badly (62,500 such patterns on 4 million pixels: 5 seconds). So a stranger's picture is read by a process that
the kernel ends when its time is over, at the lowest priority and with a bound on its memory (`shuniu.codes.qr.read_apart`).

It imports nothing of ours, so that it starts in less than a tenth of a second: `python -I shuniu/codes/picture.py < picture`.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from contextlib import suppress
from typing import Final

import zxingcpp
from PIL import Image, features

MAX_SIDE: Final = 4_096
"""Pixels; telephones take 4,032 x 3,024."""
ENOUGH: Final = 4_000_000
"""Pixels to which a larger picture is shrunk: a symbol that fills a sixth of its side still has 3 pixels a module."""
CPU_SECONDS: Final = 0.5
MEMORY: Final = 768 * 1024 * 1024
"""Bytes of addresses, libraries included; the largest picture in colours, unpacked, takes 64 MiB, and its copies as much."""
MOST_OF_A_JPEG: Final = 80_000_000
"""Pixels of a JPEG that is unpacked at a half of its sides, a quarter or an eighth; the largest telephones take 50 million."""
FORMAT, LARGE, INCOMPLETE, UNREADABLE = "PICTURE_FORMAT", "PICTURE_TOO_LARGE", "PICTURE_INCOMPLETE", "QR_NONE"
_FORMATS: Final = ("PNG", "JPEG", "WEBP") if features.check("webp") else ("PNG", "JPEG")
_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_WHITE: Final = 255
_DEEP: Final = "I"
"""How Pillow's modes of more than eight bits a pixel begin."""


class PictureProblemError(Exception):
    """Why a picture has no texts: one of FORMAT, LARGE, INCOMPLETE, UNREADABLE."""


def texts_in(picture: bytes) -> tuple[str, ...]:
    """Return the texts of all QR symbols in a PNG, JPEG or WebP picture, in no particular order; none is an empty answer."""
    image = _opened(picture)
    try:
        found = zxingcpp.read_barcodes(_small(image), formats=_QR, text_mode=zxingcpp.TextMode.Plain)
        return tuple(barcode.text for barcode in found if barcode.valid)
    except (OSError, SyntaxError):  # what Pillow's readers say of a picture that is damaged behind its header
        raise PictureProblemError(INCOMPLETE) from None
    except Exception:  # noqa: BLE001 - whatever the decoder stumbles over: for the one who asks, there is no code in it
        raise PictureProblemError(UNREADABLE) from None


def _opened(picture: bytes) -> Image.Image:
    """Return the picture, its header read and nothing unpacked."""
    try:
        image = Image.open(io.BytesIO(picture), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureProblemError(LARGE) from None
    except Exception:  # noqa: BLE001 - Pillow's readers raise many kinds for what is no picture
        raise PictureProblemError(FORMAT) from None
    if max(image.size) > MAX_SIDE and not _is_drafted(image):
        raise PictureProblemError(LARGE)
    return image


def _is_drafted(image: Image.Image) -> bool:
    """Tell whether the picture is unpacked at a part of its size, row by row; a progressive JPEG is kept whole until its last byte."""
    return image.format == "JPEG" and "progressive" not in image.info and image.width * image.height <= MOST_OF_A_JPEG


def _small(image: Image.Image) -> Image.Image:
    """Return the picture in grey, shrunk where it has more pixels than enough."""
    width, height = image.size
    part = min(math.sqrt(ENOUGH / (width * height)), 1.0)
    size = (max(int(width * part), 1), max(int(height * part), 1))
    if part < 1:
        image.draft("L", size)  # a JPEG is unpacked at half its size, or a quarter
    image = _flat(image)
    return _grey(image if image.size[0] <= size[0] else image.resize(size, Image.Resampling.BOX))


def _flat(image: Image.Image) -> Image.Image:
    """Return the picture in a mode of eight bits a channel, which can be shrunk without loss."""
    if image.mode.startswith(_DEEP):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in {"L", "LA", "RGB", "RGBA"} and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "L")


def _grey(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:  # what is see-through is paper
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (_WHITE, _WHITE, _WHITE, _WHITE)), image)
    return image.convert("L")


def _bounded() -> None:
    """Have the kernel end this process after its share of time; it cannot take more memory, and goes behind all others."""
    # here, not above: no other system than those that serve hubs need have them
    import resource  # noqa: PLC0415
    import signal  # noqa: PLC0415

    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # SIGPROF: nobody here handles it, so it ends the process
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with suppress(OSError):
        os.nice(19)


def main() -> None:
    """Read a picture from standard input; write {"texts": [...]} or {"problem": "..."}."""
    _bounded()
    answer: dict[str, object]
    try:
        answer = {"texts": texts_in(sys.stdin.buffer.read())}
    except PictureProblemError as problem:
        answer = {"problem": str(problem)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
