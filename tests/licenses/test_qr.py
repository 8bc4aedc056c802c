import errno
import io
import random
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from shuniu.catalogue import ConfigError, InvalidInputError, UnavailableError
from shuniu.codes import code, picture, qr
from shuniu.codes.drawing import draw
from tests.shuniu_sdk.codes.issuing import KID, SIGN, claims, mutants, reason_of

TEXT = code.encode(claims(), KID, SIGN)
PICTURE = draw(TEXT)
# 1,512 x 1,134 pixels, made by libheif's encoder, which is not among our packages
HEIC = Path(__file__).with_name("photo.heic").read_bytes()
HEIC_TEXT = "EL1:A PHOTOGRAPH AS TELEPHONES TAKE THEM 20261127"


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """On a machine that is busy with other tests a process that goes behind all others waits for long; what it may work is bounded as ever."""
    monkeypatch.setattr(qr, "PATIENCE", 200.0)


def saved(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(picture):
    return Image.open(io.BytesIO(picture))


@pytest.mark.parametrize("length", [1, 40, 500, 1800, 3391, 3392, 4292])
def test_every_text_that_a_code_may_be_is_drawn_and_read(length):
    text = "EL1:" + "".join(random.Random(length).choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", k=length))  # noqa: S311
    assert qr.read(draw(text, scale=3)) == text


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
    one, other = opened(draw("EL1:A", 6)), opened(draw("EL1:B", 6))
    page = Image.new("L", (one.width * 2, one.height), 255)
    page.paste(one, (0, 0))
    page.paste(other, (one.width, 0))
    assert set(qr.read_all(saved(page))) == {"EL1:A", "EL1:B"}
    assert reason_of(qr.read, saved(page)) == "QR_SEVERAL"


def side_by_side(*texts):
    """Return one picture with several codes, as a screenshot or a paper license shows them."""
    shown = [opened(draw(text, 6)) for text in texts]
    page = Image.new("L", (sum(one.width for one in shown), max(one.height for one in shown)), 255)
    place = 0
    for one in shown:
        page.paste(one, (place, 0))
        place += one.width
    return saved(page)


@pytest.mark.parametrize("read", [qr.read, qr.read_apart])
def test_the_license_code_beside_another_code_or_twice_is_the_code(read):
    register = "https://www.gsxt.example/%7B91640100MA76F8XY1D%7D"
    assert read(side_by_side(TEXT, register)) == TEXT
    assert read(side_by_side(TEXT, TEXT)) == TEXT
    assert read(side_by_side(register)) == register


@pytest.mark.parametrize("read", [qr.read, qr.read_apart])
@pytest.mark.parametrize(
    ("data", "kind"), [(b"%PDF-1.7", "PDF"), (saved(Image.new("L", (9, 9)), "GIF"), "GIF"), (b"PK\x03\x04", "OFD"), (b"\0\0\0\x18ftypisom", "视频")]
)
def test_another_kind_of_file_is_named(read, data, kind):
    with pytest.raises(InvalidInputError) as refused:
        read(data + bytes(100))
    assert (refused.value.reason, kind in refused.value.zh, "HEIC" in refused.value.message) == ("PICTURE_FORMAT", True, True)
    assert refused.value.next_action_zh


FORMATS = {
    "PNG": PICTURE,
    "JPEG": saved(opened(PICTURE).convert("RGB"), "JPEG"),
    "progressive": saved(opened(PICTURE).convert("RGB"), "JPEG", progressive=True),
    "several in one": saved(opened(PICTURE).convert("RGB"), "MPO", save_all=True, append_images=[Image.new("RGB", (60, 40))]),
    "WEBP": saved(opened(PICTURE), "WEBP", lossless=True),
    "AVIF": saved(opened(PICTURE).convert("RGB"), "AVIF", quality=90),
    "HEIC": HEIC,
}
"""As telephones and their programs save pictures."""


@pytest.mark.parametrize("read", [qr.read, qr.read_apart])
@pytest.mark.parametrize("kind", FORMATS)
def test_the_formats_of_telephones_are_read_and_a_cut_picture_is_incomplete(read, kind):
    whole = FORMATS[kind]
    assert read(whole) == (HEIC_TEXT if kind == "HEIC" else TEXT)
    for part in (95, 40, 3):
        assert reason_of(read, whole[: max(len(whole) * part // 100, 30)]) in {"PICTURE_INCOMPLETE", "QR_NONE"}, part
    assert reason_of(read, whole[:30]) == "PICTURE_INCOMPLETE"


@pytest.mark.parametrize("missing", ["HEIC", "AVIF"])
def test_what_is_not_installed_is_told_to_whoever_can_install_it_and_other_formats_are_named_to_strangers(monkeypatch, missing):
    monkeypatch.setattr(picture.Codec, "installed", property(lambda codec: codec.name not in {missing, missing.replace("HEIC", "HEIF")}))
    assert missing not in qr.formats()
    if missing == "HEIC":
        with pytest.raises(ConfigError) as told:
            qr.read(HEIC)
        assert (told.value.reason, 'pip install "shuniu[heic]"' in told.value.next_action) == ("READER_MISSING", True)
        assert 'pip install "shuniu[heic]"' in told.value.next_action_zh
    else:
        assert reason_of(qr.read, FORMATS[missing]) == "PICTURE_FORMAT"


def test_a_stranger_whose_format_has_no_reader_here_is_told_which_have_one(monkeypatch, tmp_path):
    """The process of its own finds no reader; who sent the picture cannot install one."""
    blind = tmp_path / "picture.py"
    blind.write_text(Path(picture.__file__).read_text(encoding="utf-8").replace("find_spec(self.module) is not None", "False"), encoding="utf-8")
    monkeypatch.setattr(qr, "_READER", blind)
    monkeypatch.setattr(picture.Codec, "installed", property(lambda codec: codec.name != "HEIF"))
    with pytest.raises(InvalidInputError) as refused:
        qr.read_apart(HEIC)
    assert (refused.value.reason, "HEIC 图片" in refused.value.zh, "JPEG、PNG" in refused.value.zh) == ("PICTURE_FORMAT", True, True)
    assert "pip" not in refused.value.next_action


def test_the_photograph_of_a_48_megapixel_camera_is_read():
    page = Image.new("L", (8064, 6048), 200)
    page.paste(opened(PICTURE).convert("L").resize((2400, 2400)), (3000, 2000))
    assert qr.read(saved(page, "JPEG", quality=80)) == TEXT
    assert qr.read_apart(saved(page, "JPEG", quality=40)) == TEXT
    several = saved(page, "MPO", quality=40, save_all=True, append_images=[Image.new("L", (60, 40))])  # as a camera that adds a map of its lights
    assert qr.read_apart(several) == TEXT
    # kept whole until its last byte, it takes three times the memory
    progressive = saved(page, "JPEG", quality=40, progressive=True)
    assert qr.read(progressive) == TEXT
    assert reason_of(qr.read_apart, progressive) == "PICTURE_TOO_LARGE"


def test_a_photograph_of_nine_megabytes_is_read_within_its_time():
    noise = Image.effect_noise((8064 // 2, 6048 // 2), 30).resize((8064, 6048))
    noise.paste(opened(PICTURE).convert("L").resize((2400, 2400)), (3000, 2000))
    sent = saved(noise, "JPEG", quality=75)
    assert 9_000_000 < len(sent) < qr.MAX_BYTES
    assert qr.read_apart(sent) == TEXT
    assert qr.read(sent) == TEXT


@pytest.mark.parametrize("text", ["", "A" * 4297, "证照"])
def test_a_text_that_no_symbol_holds_is_refused(text):
    assert reason_of(draw, text) == "QR_TEXT"


def test_small_letters_that_need_a_larger_symbol_than_there_is_are_refused():
    assert reason_of(draw, "a" * 4000) == "QR_TEXT"


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"", "PICTURE_EMPTY"),
        (b"<svg/>", "PICTURE_FORMAT"),
        (PICTURE[:200], "PICTURE_INCOMPLETE"),
        (saved(Image.new("L", (10, 10)), "GIF"), "PICTURE_FORMAT"),
        (saved(Image.new("L", (10, 10)), "TIFF"), "PICTURE_FORMAT"),
        (bytes(qr.OWN_BYTES + 1), "PICTURE_TOO_LARGE"),
        (saved(Image.new("1", (7_101, 7_100))), "PICTURE_TOO_LARGE"),
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


@pytest.mark.parametrize("kind", FORMATS)
def test_mutants_of_a_picture_never_crash(kind):
    for mutant in mutants(FORMATS[kind], 60 if kind == "HEIC" else 300, seed=10):
        try:
            qr.read_all(mutant)
        except InvalidInputError as refusal:
            assert refusal.reason.startswith("PICTURE")  # noqa: PT017


@pytest.mark.parametrize("kind", FORMATS)
def test_mutants_that_a_stranger_sends_are_refused_whatever_they_do_to_their_reader(kind):
    for mutant in mutants(FORMATS[kind], 6, seed=11):
        try:
            qr.read_apart(mutant)
        except InvalidInputError as refusal:
            assert refusal.reason.startswith(("PICTURE", "QR"))  # noqa: PT017


@pytest.mark.parametrize(("kind", "side"), [("AVIF", b"ispe"), ("HEIC", b"ispe")])
def test_a_container_that_claims_billions_of_pixels_is_refused_before_it_is_unpacked(kind, side):
    whole = bytearray(FORMATS[kind])
    place = whole.index(side) + 8  # ISO/IEC 23008-12 section 6.5.3: version, flags, width, height
    whole[place : place + 8] = struct.pack(">II", 30_000, 30_000)
    for read in (qr.read, qr.read_apart):
        assert reason_of(read, bytes(whole)) in {"PICTURE_TOO_LARGE", "PICTURE_INCOMPLETE"}


def sandboxed(what):
    """Run some lines in a process that was shut in as a picture's reader is, and return what it says."""
    lines = f"import sys; sys.path.insert(0, {str(Path(picture.__file__).parents[2])!r})\nimport socket\nfrom shuniu.codes import picture\n"
    lines += (
        f"picture._load(picture.PNG)\npicture._shut_in(picture.PNG)\ntry:\n    {what}\n    print('yes')\nexcept OSError as no:\n    print(no.errno)\n"
    )
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("what", ["open('/etc/hostname')", "socket.socket()", "__import__('os').pipe()"])
def test_a_reader_of_strangers_pictures_opens_nothing(what):
    assert sandboxed(what) == str(errno.EMFILE)
    assert sandboxed("None") == "yes"


def photographed(code_side, angle=0, size=(4000, 3000)):
    """Return a photograph of a desk on which a code lies somewhere, slightly out of focus."""
    page = Image.new("RGB", size, "#b9b2a0")
    page.paste(Image.effect_noise((size[0] // 4, size[1]), 12).convert("RGB"), (0, 0))
    lying = (
        opened(PICTURE)
        .convert("RGB")
        .resize((code_side, code_side))
        .rotate(angle, expand=True, fillcolor="#b9b2a0", resample=Image.Resampling.BICUBIC)
    )
    page.paste(lying, (size[0] // 3, size[1] // 3))
    return saved(page.filter(ImageFilter.GaussianBlur(1)), "JPEG", quality=70)


def corners(side, pitch):
    """Return a picture full of what looks like the corner of a code."""
    corner = Image.new("L", (7, 7), 0)
    corner.paste(255, (1, 1, 6, 6))
    corner.paste(0, (2, 2, 5, 5))
    page = Image.new("L", (side, side), 255)
    for y in range(0, side - pitch, pitch):
        for x in range(0, side - pitch, pitch):
            page.paste(corner, (x, y))
    return saved(page.convert("1"))


@pytest.mark.parametrize(
    ("code_side", "angle", "size"),
    [(600, 0, (4000, 3000)), (1200, 17, (4032, 3024)), (1200, 135, (3024, 4032)), (900, 268, (4096, 2304)), (700, 8, (1600, 1200))],
)
def test_the_photograph_of_a_telephone_is_read_in_a_process_of_its_own(code_side, angle, size):
    assert qr.read_apart(photographed(code_side, angle, size)) == TEXT


@pytest.mark.parametrize("sent", [PICTURE, draw("A" * 4296, 20), saved(opened(PICTURE).convert("I;16").point(lambda value: value * 256))])
def test_every_code_that_is_drawn_here_is_read_apart(sent):
    assert qr.read_apart(sent) in {TEXT, "A" * 4296}


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"", "PICTURE_EMPTY"),
        (PICTURE[:200], "PICTURE_INCOMPLETE"),
        (bytes(qr.MAX_BYTES + 1), "PICTURE_TOO_LARGE"),
        (saved(Image.new("1", (4_200, 4_200))), "PICTURE_TOO_LARGE"),
        (saved(Image.new("L", (300, 300), 255)), "QR_NONE"),
    ],
)
def test_a_picture_that_is_read_apart_is_refused_in_the_same_words(picture, reason):
    assert reason_of(qr.read_apart, picture) == reason


@pytest.mark.parametrize(("side", "pitch"), [(2000, 8), (4096, 16)])
def test_no_picture_takes_more_than_half_a_second_of_a_processor(side, pitch):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert reason_of(qr.read_apart, corners(side, pitch)) == "QR_NONE"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # and a tenth until the process had started; in this process alone the first of them takes five seconds
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < picture.CPU_SECONDS + 0.3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (1, 4096), (4096, 2), (2100, 2100)])
def test_pictures_of_every_depth_and_shape_are_refused_and_never_crash(mode, size):
    for options in ({}, {"transparency": b"\0" * 20} if mode == "P" else {}):
        assert reason_of(qr.read, saved(Image.new(mode, size), **options)) == "QR_NONE"


def test_whatever_the_decoder_stumbles_over_is_no_code(monkeypatch):
    def stumbles(*_args, **_more):
        raise RuntimeError("secret")

    monkeypatch.setattr("shuniu.codes.picture.zxingcpp.read_barcodes", stumbles)
    assert reason_of(qr.read, PICTURE) == "QR_NONE"


def test_a_picture_whose_process_gets_no_processor_is_given_up(monkeypatch):
    monkeypatch.setattr(qr, "PATIENCE", 0.001)
    with pytest.raises(UnavailableError) as busy:  # which says nothing of the picture
        qr.read_apart(PICTURE)
    assert (busy.value.reason, bool(busy.value.next_action_zh)) == ("PICTURE_READER_BUSY", True)
