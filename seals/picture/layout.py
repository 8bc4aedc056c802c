"""Where each character of a round seal stands, in millimetres from the centre, y downwards.

Proportions follow the seals of State Council document Guofa [1999] No. 25: star in the middle, name from left to right
along the ring, a second line below the star.
"""

from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt
from typing import Final

from seals.picture.reasons import LINE_TOO_LONG, NAME_TOO_LONG

RING_WIDTH: Final = 0.030  # all lengths as parts of the diameter
STAR_RADIUS: Final = 0.165
_GAP: Final = 0.022
_NAME_HEIGHT: Final = 0.135
_NAME_NARROWEST: Final = 0.038
_NAME_WIDEST: Final = 0.118
_NAME_PITCH: Final = 30.0  # degrees between two characters of a short name
_NAME_SPAN: Final = 290.0
_NAME_SPAN_OVER_CODE: Final = 236.0
_LINE_HEIGHT: Final = 0.088
_LINE_NARROWEST: Final = 0.030
_LINE_WIDEST: Final = 0.080
_LINE_DEPTH: Final = 0.270
_LINE_DEPTH_OVER_CODE: Final = 0.245
_LINE_WIDTH: Final = 0.500
_CODE_HEIGHT: Final = 0.048
_CODE_WIDTH: Final = 0.026
_CODE_SPAN: Final = 84.0
_CODE_PITCH: Final = 4.4
_FILL: Final = 0.93  # how much of its pitch a character takes


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: its centre, the box it is squeezed into, and its turn in degrees clockwise."""

    char: str
    x: float
    y: float
    width: float
    height: float
    turn: float


def ring_text(text: str, diameter: float, *, over_code: bool) -> list[Glyph]:
    """Spread the name over the upper arc, heads outwards, closer and narrower the longer it is; refuse what cannot be read."""
    if not text:
        return []
    height = _NAME_HEIGHT * diameter
    radius = diameter * (0.5 - RING_WIDTH - _GAP) - height / 2
    span = _NAME_SPAN_OVER_CODE if over_code else _NAME_SPAN
    pitch = min(_NAME_PITCH, span / len(text))
    # measured below the middle: on an arc, neighbours come closest at their feet
    inner = radians(pitch) * (radius - height * 0.3)
    if inner * _FILL < _NAME_NARROWEST * diameter:
        raise NAME_TOO_LONG(count=len(text))
    width = min(_NAME_WIDEST * diameter, inner * _FILL)
    start = -pitch * (len(text) - 1) / 2
    return [_on_arc(char, start + pitch * place, radius, width, height) for place, char in enumerate(text)]


def lower_line(text: str, diameter: float, *, over_code: bool) -> list[Glyph]:
    """Set the second line straight below the star, centred."""
    if not text:
        return []
    pitch = min(_LINE_WIDEST * diameter, _LINE_WIDTH * diameter / len(text))
    if pitch < _LINE_NARROWEST * diameter:
        raise LINE_TOO_LONG(count=len(text))
    start = -pitch * (len(text) - 1) / 2
    depth, height = (_LINE_DEPTH_OVER_CODE if over_code else _LINE_DEPTH) * diameter, _LINE_HEIGHT * diameter
    return [Glyph(char, start + pitch * place, depth, pitch * _FILL, height, 0.0) for place, char in enumerate(text)]


def code_arc(text: str, diameter: float) -> list[Glyph]:
    """Set the code along the bottom of the ring, feet outwards, to be read from left to right."""
    height = _CODE_HEIGHT * diameter
    radius = diameter * (0.5 - RING_WIDTH - _GAP) - height / 2
    pitch = min(_CODE_SPAN / max(len(text), 1), _CODE_PITCH)
    width = min(_CODE_WIDTH * diameter, radians(pitch) * radius * _FILL)
    first = -pitch * (len(text) - 1) / 2
    turns = [first + pitch * place for place in range(len(text))]  # degrees from the lowest point, left to right
    return [
        Glyph(char, radius * sin(radians(turn)), radius * cos(radians(turn)), width, height, -turn) for char, turn in zip(text, turns, strict=True)
    ]


def star(diameter: float) -> list[tuple[float, float]]:
    """Return the ten corners of a regular five-pointed star, point up."""
    outer = STAR_RADIUS * diameter
    # where the lines of a regular pentagram cross
    inner = outer * (3 - sqrt(5)) / 2
    return [((outer, inner)[corner % 2] * sin(corner * pi / 5), -(outer, inner)[corner % 2] * cos(corner * pi / 5)) for corner in range(10)]


def _on_arc(char: str, turn: float, radius: float, width: float, height: float) -> Glyph:
    return Glyph(char, radius * sin(radians(turn)), -radius * cos(radians(turn)), width, height, turn)
