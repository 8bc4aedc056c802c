import xml.etree.ElementTree as ET
from io import BytesIO
from itertools import pairwise
from math import hypot
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from hub.errors import ConfigError, InvalidInputError
from seals.picture import draw_round_seal, find_font, fonts, layout

SHORT = "银川市民政局"
LONG = "宁夏回族自治区石嘴山市惠农区人力资源和社会保障局办公室"
CODE = "11640000MB1234567X"
ABOVE, BELOW = (0.35, 0.08, 0.65, 0.25), (0.38, 0.72, 0.62, 0.82)  # where the name and the second line stand


@pytest.fixture
def latin_font(tmp_path):
    """A font without a single Chinese character, as a fresh machine has: the one inside Pillow."""
    path = tmp_path / "latin.ttf"
    carried: Any = ImageFont.load_default(20)
    path.write_bytes(carried.path.getvalue())
    return path


def opened(png: bytes) -> Any:
    image = Image.open(BytesIO(png))
    image.load()
    return image


def svg_text(svg: str) -> str:
    root = ET.fromstring(svg)  # noqa: S314 - our own output
    return "".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))


def ink(image: Any, box: tuple[float, float, float, float]) -> float:
    """Return how much of a part (left, top, right, bottom as parts of the edge) is inked."""
    edge = image.width
    alpha = image.getchannel("A").crop(tuple(round(part * edge) for part in box))
    histogram = alpha.histogram()
    return float(sum(histogram[128:]) / sum(histogram))


@pytest.mark.parametrize(
    ("name", "line", "code"),
    [(SHORT, "电子印章专用章", ""), (SHORT, "行政审批专用章", CODE), (LONG, "", ""), (LONG[:20], "", CODE)],
    ids=["short", "with a code", "long", "long with a code"],
)
def test_a_seal_is_a_small_transparent_red_png(name, line, code):
    drawing = draw_round_seal(name, lower_line=line, code=code)
    image = opened(drawing.png)
    assert (image.format, image.mode, image.width, image.height) == ("PNG", "RGBA", 560, 560)
    assert len(drawing.png) < 60_000
    assert (drawing.width_mm, drawing.height_mm) == (40, 40)
    assert {pixel[:3] for _, pixel in image.getcolors(1 << 20) if pixel[3]} == {(214, 0, 20)}
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((280, 280))[3] == 255  # the star
    assert image.getpixel((280, 6))[3] == 255  # the ring
    assert round(image.info["dpi"][0]) == round(560 / 40 * 25.4)


def test_the_star_and_ring_are_centred():
    alpha = opened(draw_round_seal("A", diameter_mm=42).png).getchannel("A")
    left, top, right, bottom = alpha.getbbox()
    assert (left + right, top + bottom) == (560, 560)
    star = alpha.crop((150, 170, 410, 410)).getbbox()
    assert abs(star[0] + star[2] - 260) <= 2


def test_the_machine_s_fonts_decide_whether_chinese_is_drawn():
    drawing = draw_round_seal(SHORT, lower_line="专用章")
    assert (drawing.missing_glyphs == ()) == (find_font() is not None)
    if find_font():
        image = opened(drawing.png)
        assert ink(image, ABOVE) > 0.1
        assert ink(image, BELOW) > 0.1


def test_without_a_chinese_font_the_code_takes_the_name_s_place_and_no_boxes_are_drawn(latin_font):
    drawing = draw_round_seal(SHORT, lower_line="专用章", code=CODE, font=latin_font)
    assert drawing.missing_glyphs == tuple("银川市民政局专用章")
    image = opened(drawing.png)
    assert ink(image, BELOW) == 0
    assert ink(image, ABOVE) > 0.1
    assert image.tobytes() == opened(draw_round_seal(CODE, font=latin_font).png).tobytes()


def test_without_a_chinese_font_and_without_a_code_ring_and_star_remain(latin_font):
    drawing = draw_round_seal(SHORT, font=latin_font)
    image = opened(drawing.png)
    assert drawing.missing_glyphs == tuple(SHORT)
    assert ink(image, ABOVE) == 0
    assert image.getpixel((280, 280))[3] == 255


def test_a_machine_without_any_font_still_makes_a_seal(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "_USUAL", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    fonts._installed_font.cache_clear()
    try:
        assert find_font() is None
        drawing = draw_round_seal(SHORT, code=CODE)
        assert drawing.missing_glyphs == tuple(SHORT)
        assert ink(opened(drawing.png), ABOVE) > 0.1
    finally:
        fonts._installed_font.cache_clear()


def test_a_configured_font_that_cannot_be_opened_says_how_to_mend_it(tmp_path):
    for path in (tmp_path / "absent.ttf", tmp_path):
        with pytest.raises(ConfigError) as stop:
            draw_round_seal(SHORT, font=path)
        assert "fonts-noto-cjk" in stop.value.next_action


@settings(deadline=None)
@given(st.integers(1, 40), st.booleans())
def test_names_are_spread_evenly_and_do_not_touch(length, over_code):
    try:
        glyphs = layout.ring_text("章" * length, 40.0, over_code=over_code)
    except InvalidInputError:
        assert length > 26
        return
    turns = [glyph.turn for glyph in glyphs]
    assert turns[0] == pytest.approx(-turns[-1])
    steps = {round(after - before, 6) for before, after in pairwise(turns)}
    assert len(steps) <= 1
    for glyph in glyphs:
        radius = hypot(glyph.x, glyph.y)
        assert radius + glyph.height / 2 < 20 - layout.RING_WIDTH * 40
        assert glyph.width >= 1.4
    for one, other in pairwise(glyphs):
        feet = hypot(one.x - other.x, one.y - other.y) * (1 - one.height * 0.3 / hypot(one.x, one.y))
        assert one.width < feet * 1.001


def test_a_name_of_26_characters_fits_and_a_book_does_not():
    assert len(LONG) == 27
    assert draw_round_seal(LONG).png
    with pytest.raises(InvalidInputError, match="do not fit"):
        draw_round_seal("章" * 80)
    with pytest.raises(InvalidInputError, match="below the star"):
        draw_round_seal(SHORT, lower_line="章" * 40)


@pytest.mark.parametrize(
    "wrong",
    [{"name": x} for x in ("", "a\nb", "a\x00")] + [{"code": x} for x in ("编码", "1" * 21, "1-2")] + [{"diameter_mm": x} for x in (10, 100)],
)
def test_wrong_wishes_are_refused(wrong):
    with pytest.raises(InvalidInputError):
        draw_round_seal(**{"name": SHORT, **wrong})


def test_the_svg_carries_every_text_whatever_the_fonts(latin_font):
    drawing = draw_round_seal(SHORT, lower_line="专用章", code=CODE, font=latin_font)
    assert svg_text(drawing.svg) == SHORT + "专用章" + CODE
    assert 'width="40mm" height="40mm"' in drawing.svg


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
def test_no_name_breaks_the_svg_or_the_png(name):
    try:
        drawing = draw_round_seal(name)
    except InvalidInputError:
        return
    assert svg_text(drawing.svg) == name
    assert opened(drawing.png).width == 560
