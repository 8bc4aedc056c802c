"""Drawing the seal: PNG with a transparent ground through Pillow, SVG as text, both from the same layout."""

from dataclasses import dataclass
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from seals.picture import fonts, layout
from seals.picture.layout import Glyph
from seals.picture.reasons import CODE_SHAPE, DIAMETER, NAME_NOT_SHOWN

RED: Final = (214, 0, 20)
_PIXELS: Final = 560  # edge of the finished PNG, about 350 dots per inch for 40 mm
_OVERSAMPLING: Final = 3  # drawn larger and reduced, which smooths the edges
_GLYPH_PIXELS: Final = 240
_SMALLEST: Final = 15.0
_LARGEST: Final = 60.0
_CODE_CAP: Final = 20
_EM_PART: Final = 0.96  # of its em square an ideograph fills this much
_ALPHA_STEP: Final = 16  # sixteen levels of transparency are enough for an edge and halve the file


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn seal; `missing_glyphs` names the characters that no font here has.

    Where it is not empty, the texts that hold them were left out of the PNG (the code stands in for the name), never
    drawn as boxes. The SVG always carries all texts, for the reader's own fonts to show.
    """

    png: bytes
    svg: str
    width_mm: int
    height_mm: int
    missing_glyphs: tuple[str, ...] = ()


def draw_round_seal(name: str, *, lower_line: str = "", code: str = "", diameter_mm: int = 40, font: Path | None = None) -> Drawing:
    """Draw a round seal: `name` around the star, `lower_line` below it, `code` (digits and letters, such as a USCC) at the bottom."""
    _check(name, lower_line, code, diameter_mm)
    diameter = float(diameter_mm)
    face = fonts.load(_GLYPH_PIXELS, font)
    lacking = fonts.missing(face, name + lower_line)
    ring, line, bottom = name, lower_line, code
    if fonts.missing(face, name):
        ring, bottom = code, ""  # the name cannot be shown: the code takes its place
    if fonts.missing(face, lower_line):
        line = ""
    return Drawing(
        png=_png([*layout.ring_text(ring, diameter, over_code=bool(bottom)), *_below(line, bottom, diameter)], diameter, face),
        svg=_svg([*layout.ring_text(name, diameter, over_code=bool(code)), *_below(lower_line, code, diameter)], diameter),
        width_mm=diameter_mm,
        height_mm=diameter_mm,
        missing_glyphs=lacking,
    )


def _below(line: str, code: str, diameter: float) -> list[Glyph]:
    return [*layout.lower_line(line, diameter, over_code=bool(code)), *layout.code_arc(code, diameter)]


def _check(name: str, lower_line: str, code: str, diameter_mm: int) -> None:
    if not name or not (name + lower_line).isprintable():
        raise NAME_NOT_SHOWN(field="name")
    if len(code) > _CODE_CAP or (code and not (code.isascii() and code.isalnum())):
        raise CODE_SHAPE(field="code", most=_CODE_CAP)
    if not _SMALLEST <= diameter_mm <= _LARGEST:
        raise DIAMETER(field="diameter_mm", least=f"{_SMALLEST:g}", most=f"{_LARGEST:g}")


def _png(glyphs: list[Glyph], diameter: float, face: fonts.Font) -> bytes:
    edge = _PIXELS * _OVERSAMPLING
    scale, middle = edge / diameter, edge / 2
    mask = Image.new("L", (edge, edge), 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((2, 2, edge - 3, edge - 3), outline=255, width=round(layout.RING_WIDTH * edge))
    pen.polygon([(middle + x * scale, middle + y * scale) for x, y in layout.star(diameter)], fill=255)
    for glyph in glyphs:
        _stamp(mask, glyph, scale, middle, face)
    mask = mask.resize((_PIXELS, _PIXELS), Image.Resampling.LANCZOS).point(_alpha_levels())
    picture = Image.new("RGBA", (_PIXELS, _PIXELS), (*RED, 0))
    picture.putalpha(mask)
    out = BytesIO()
    # dots per inch, so that it prints at its size
    dots = _PIXELS / (diameter / 25.4)
    picture.save(out, "PNG", optimize=True, dpi=(dots, dots))
    return out.getvalue()


def _stamp(mask: Image.Image, glyph: Glyph, scale: float, middle: float, face: fonts.Font) -> None:
    """Squeeze one character into its box, turn it and lay it on the seal."""
    if glyph.char.isspace():
        return
    box = (max(1, round(glyph.width * scale)), max(1, round(glyph.height * scale)))
    # Pillow turns counter-clockwise, a glyph's turn is clockwise
    turned = _cell(face, glyph.char).resize(box, Image.Resampling.LANCZOS).rotate(-glyph.turn, Image.Resampling.BICUBIC, expand=True)
    corner = (round(middle + glyph.x * scale - turned.width / 2), round(middle + glyph.y * scale - turned.height / 2))
    place = (*corner, corner[0] + turned.width, corner[1] + turned.height)
    # the lighter of both: the empty corners of a turned box must not cut into the neighbour
    mask.paste(ImageChops.lighter(mask.crop(place), turned), corner)


def _cell(face: fonts.Font, char: str) -> Image.Image:
    """Return one character filling its cell: an ideograph in its em square, a letter in its own outline's height."""
    if char.isascii():
        left, width = 0.0, face.getlength(char)
        _, top, _, bottom = face.getbbox("H")
        height = float(bottom - top)
    else:  # an ideograph keeps its proportion to its neighbours: the character for "one" is not blown up
        width = height = _GLYPH_PIXELS * _EM_PART
        left, top = (face.getlength(char) - width) / 2, _em_middle(face) - height / 2
    cell = Image.new("L", (max(1, round(width)), max(1, round(height))), 0)
    ImageDraw.Draw(cell).text((-left, -top), char, fill=255, font=face)
    return cell


@cache
def _alpha_levels() -> list[int]:
    return [min(255, round(level / _ALPHA_STEP) * _ALPHA_STEP) for level in range(256)]


def _em_middle(face: fonts.Font) -> float:
    # a character that fills its em square
    _, top, _, bottom = face.getbbox("国")
    return (top + bottom) / 2


def _svg(glyphs: list[Glyph], diameter: float) -> str:
    half, line = diameter / 2, layout.RING_WIDTH * diameter
    colour = "#{:02x}{:02x}{:02x}".format(*RED)
    corners = " ".join(f"{x:.3f},{y:.3f}" for x, y in layout.star(diameter))
    size = f'width="{diameter:g}mm" height="{diameter:g}mm" viewBox="{-half:g} {-half:g} {diameter:g} {diameter:g}"'
    family = "Noto Serif CJK SC, Source Han Serif SC, SimSun, serif"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            f'<circle r="{half - line / 2:.3f}" fill="none" stroke="{colour}" stroke-width="{line:.3f}"/>',
            f'<polygon points="{corners}" fill="{colour}"/>',
            f'<g fill="{colour}" font-family="{family}" font-weight="bold" font-size="1" text-anchor="middle">',
            *(_svg_glyph(glyph) for glyph in glyphs),
            "</g></svg>",
        )
    )


def _svg_glyph(glyph: Glyph) -> str:
    place = f"translate({glyph.x:.3f} {glyph.y:.3f}) rotate({glyph.turn:.2f})"
    stretch = 0.6 if glyph.char.isascii() else 1.0  # a Latin character is narrower than its em
    return f'<text transform="{place} scale({glyph.width / stretch:.3f} {glyph.height:.3f})" y="0.36">{escape(glyph.char)}</text>'
