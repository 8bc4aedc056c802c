import io
import random
import struct
import zlib

import pytest
from PIL import Image

from hub.errors import InvalidInputError
from licenses import code, qr

from .issuing import KID, SIGN, claims, mutants, reason_of

TEXT = code.encode(claims(), KID, SIGN)
PICTURE = qr.draw(TEXT)


def saved(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(picture):
    return Image.open(io.BytesIO(picture))


@pytest.mark.parametrize("length", [1, 40, 500, 1800, 3391, 3392, 4292])
def test_every_text_that_a_code_may_be_is_drawn_and_read(length):
    text = "EL1:" + "".join(random.Random(length).choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", k=length))  # noqa: S311
    assert qr.read(qr.draw(text, scale=3)) == text


def test_a_photographed_picture_is_read():
    page = Image.new("RGB", (1200, 1600), "#d8d4c8")
    page.paste(opened(PICTURE).convert("RGB").rotate(8, expand=True, fillcolor="white"), (200, 300))
    assert qr.read(saved(page, "JPEG", quality=70)) == TEXT


def test_a_see_through_background_is_paper():
    grey = opened(PICTURE).convert("L")
    clear = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    clear.putalpha(grey.point(lambda value: 255 - value))
    assert qr.read(saved(clear)) == TEXT


def test_none_and_several_are_told_apart():
    assert reason_of(qr.read, saved(Image.new("L", (300, 300), 255))) == "QR_NONE"
    one, other = opened(qr.draw("EL1:A", 6)), opened(qr.draw("EL1:B", 6))
    page = Image.new("L", (one.width * 2, one.height), 255)
    page.paste(one, (0, 0))
    page.paste(other, (one.width, 0))
    assert set(qr.read_all(saved(page))) == {"EL1:A", "EL1:B"}
    assert reason_of(qr.read, saved(page)) == "QR_SEVERAL"


@pytest.mark.parametrize("text", ["", "A" * 4297, "证照"])
def test_a_text_that_no_symbol_holds_is_refused(text):
    assert reason_of(qr.draw, text) == "QR_TEXT"


def test_small_letters_that_need_a_larger_symbol_than_there_is_are_refused():
    assert reason_of(qr.draw, "a" * 4000) == "QR_TEXT"


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"", "PICTURE_FORMAT"),
        (b"<svg/>", "PICTURE_FORMAT"),
        (PICTURE[:200], "PICTURE_FORMAT"),
        (saved(Image.new("L", (10, 10)), "GIF"), "PICTURE_FORMAT"),
        (saved(Image.new("L", (10, 10)), "TIFF"), "PICTURE_FORMAT"),
        (bytes(9 << 20), "PICTURE_TOO_LARGE"),
        (saved(Image.new("1", (5001, 5000))), "PICTURE_TOO_LARGE"),
    ],
)
def test_what_is_no_small_png_or_jpeg_is_refused(picture, reason):
    assert reason_of(qr.read, picture) == reason


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 100_000, 0x7FFFFFFF])
def test_a_picture_that_claims_billions_of_pixels_is_refused_before_it_is_unpacked(side):
    head = struct.pack(">II5B", side, side, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1 << 20), 9)), (b"IEND", b"")]
    bomb = b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    assert reason_of(qr.read, b"\x89PNG\r\n\x1a\n" + bomb) == "PICTURE_TOO_LARGE"


@pytest.mark.parametrize("picture", [PICTURE, saved(opened(qr.draw("EL1:A", 6)).convert("L"), "JPEG")])
def test_mutants_of_a_picture_never_crash(picture):
    for mutant in mutants(picture, 400, seed=10):
        try:
            qr.read_all(mutant)
        except InvalidInputError as refusal:
            assert refusal.reason.startswith("PICTURE")  # noqa: PT017
