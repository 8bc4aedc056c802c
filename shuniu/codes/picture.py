"""The texts of the QR codes in a picture, whoever sent it; as a program of its own, in a process that ends after a moment of work.

What decodes pictures can be stopped by nobody once it runs, and its time grows with the square of the patterns that look like a corner of a
code: pixels alone bound it badly (62,500 such patterns on 4 million pixels: 5 seconds). What unpacks them is written in C and reads bytes of
strangers. So a stranger's picture is read by a process that the kernel ends when its time is over, at the lowest priority, with a bound on its
memory, and which can open no file and no connection once it has begun (`shuniu.codes.qr.read_apart`).

It imports nothing of ours, so that it starts in less than a tenth of a second: `python -I shuniu/codes/picture.py < picture`.
"""

from __future__ import annotations

import io
import json
import math
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import zxingcpp
from PIL import Image, features

ENOUGH: Final = 4_000_000
"""Pixels to which a larger picture is shrunk: a symbol that fills a sixth of its side still has 3 pixels a module."""
CPU_SECONDS: Final = 0.5
"""Of a processor, to look for codes."""
MEMORY: Final = 512 * 1024 * 1024
"""Bytes of addresses, libraries included; what the largest pictures of strangers take is in `docs/bounds.md`."""
FORMAT, LARGE, INCOMPLETE, UNREADABLE = "PICTURE_FORMAT", "PICTURE_TOO_LARGE", "PICTURE_INCOMPLETE", "QR_NONE"
_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_WHITE: Final = 255
_DEEP: Final = "I"
"""How Pillow's modes of more than eight bits a pixel begin."""
_MILLION: Final = 1_000_000
_OF_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BRANDS: Final = 64
"""Bytes at the beginning in which a container of ISO/IEC 14496-12 names its brands."""


class PictureProblemError(Exception):
    """Why a picture has no texts: one of FORMAT, LARGE, INCOMPLETE, UNREADABLE; for LARGE with the pixels that are allowed."""

    def __init__(self, problem: str, most: int = 0) -> None:
        """Take the problem."""
        super().__init__(problem)
        self.problem, self.most = problem, most


@dataclass(frozen=True)
class Codec:
    """How pictures of one kind are unpacked: by which module and library, how many pixels of one's own and of a stranger's, in which time."""

    name: str
    module: str
    library: str
    own: int
    strangers: int
    seconds: float = 1.0
    """Of a processor, to unpack the most that a stranger may send."""

    @property
    def installed(self) -> bool:
        """Tell whether such pictures can be read here."""
        return bool(features.check(self.library)) if self.library else find_spec(self.module) is not None


PNG: Final = Codec("PNG", "PIL.PngImagePlugin", "zlib", 50 * _MILLION, 17 * _MILLION)
JPEG: Final = Codec("JPEG", "PIL.MpoImagePlugin", "jpg", 80 * _MILLION, 80 * _MILLION)
"""Unpacked row by row at a half of its sides, a quarter or an eighth; with several pictures in one file it is called MPO."""
WEBP: Final = Codec("WEBP", "PIL.WebPImagePlugin", "webp", 50 * _MILLION, 17 * _MILLION)
"""It takes the most memory of all: 16 bytes a pixel."""
AVIF: Final = Codec("AVIF", "PIL.AvifImagePlugin", "avif", 50 * _MILLION, 25 * _MILLION)
HEIF: Final = Codec("HEIF", "pi_heif", "", 50 * _MILLION, 25 * _MILLION, 2.5)
"""As telephones take them; 24 million pixels take 1.7 seconds."""
KEPT_WHOLE: Final = 25 * _MILLION
"""Pixels of a stranger's progressive JPEG, whose parts are kept until the last byte."""


def codec_of(picture: bytes) -> Codec | None:
    """Return what unpacks a picture, by its first bytes; None for other kinds of file."""
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if picture.startswith(b"\xff\xd8\xff"):
        return JPEG
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return WEBP
    if picture[4:8] != b"ftyp":
        return None
    # the brand of both families (mif1) says as little as none
    if picture[8:12] in {b"avif", b"avis"} or b"avif" in picture[16:_BRANDS]:
        return AVIF
    return HEIF if picture[8:12] in _OF_HEIC else None


def texts_in(picture: bytes) -> tuple[str, ...]:
    """Return the texts of all QR symbols in a picture of one's own, in no particular order; none is an empty answer."""
    codec = codec_of(picture)
    if codec is None or not codec.installed:
        raise PictureProblemError(FORMAT)
    _load(codec)
    return _texts_of(_unpacked(picture, codec, codec.own, codec.own))


def _load(codec: Codec) -> None:
    """Import what unpacks such pictures, all of it: once a stranger's is open, nothing more can be."""
    Image.preinit()
    module = import_module(codec.module)
    if codec is JPEG:
        import_module("PIL.TiffImagePlugin")  # reads the index of a file with several pictures
    if codec is HEIF:
        module.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _unpacked(picture: bytes, codec: Codec, most: int, kept_whole: int) -> Image.Image:
    """Return the picture in grey, shrunk where it has more pixels than enough; LARGE before anything is unpacked."""
    try:
        image = Image.open(io.BytesIO(picture), formats=(codec.name,))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureProblemError(LARGE, most) from None
    except Exception:  # noqa: BLE001 - Pillow's readers raise many kinds for what is no picture
        raise PictureProblemError(FORMAT) from None
    most = kept_whole if "progressive" in image.info else most
    if image.width * image.height > most:
        raise PictureProblemError(LARGE, most)
    try:
        return _small(image)
    except MemoryError:
        raise PictureProblemError(LARGE, most) from None
    except Exception:  # noqa: BLE001 - what the readers say of a picture that is damaged behind its header
        raise PictureProblemError(INCOMPLETE) from None


def _texts_of(image: Image.Image) -> tuple[str, ...]:
    try:
        found = zxingcpp.read_barcodes(image, formats=_QR, text_mode=zxingcpp.TextMode.Plain)
    except Exception:  # noqa: BLE001 - whatever the decoder stumbles over: for the one who asks, there is no code in it
        raise PictureProblemError(UNREADABLE) from None
    return tuple(barcode.text for barcode in found if barcode.valid)


def _small(image: Image.Image) -> Image.Image:
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


def _shut_in(codec: Codec) -> None:
    """Give away what this process does not need to unpack a picture: memory, files, connections, its place before others."""
    # here, not above: no other system than those that serve hubs need have it
    import resource  # noqa: PLC0415

    if codec is HEIF:
        import_module("pi_heif").options.DECODE_THREADS = 1
    if codec is AVIF:
        vars(import_module(codec.module))["DEFAULT_MAX_THREADS"] = 1
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # whoever takes a reader over by a picture finds that it can open nothing: no key, no socket, no program that needs a library
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    with suppress(OSError):
        os.nice(19)


def _end_after(seconds: float) -> None:
    """Have the kernel end this process when it has worked for so long from now on."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF: nobody here handles it, so it ends the process


def _texts_of_strangers(picture: bytes) -> tuple[str, ...]:
    codec = codec_of(picture)
    if codec is None or not codec.installed:
        raise PictureProblemError(FORMAT)
    _load(codec)
    _shut_in(codec)
    _end_after(codec.seconds)
    image = _unpacked(picture, codec, codec.strangers, min(codec.strangers, KEPT_WHOLE))
    _end_after(CPU_SECONDS)
    return _texts_of(image)


def main() -> None:
    """Read a picture from standard input; write {"texts": [...]} or {"problem": "...", "most": N}."""
    answer: dict[str, object]
    try:
        answer = {"texts": _texts_of_strangers(sys.stdin.buffer.read())}
    except PictureProblemError as problem:
        answer = {"problem": problem.problem, "most": problem.most}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
