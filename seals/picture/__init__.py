"""The picture of a round official seal, drawn here: red ring, five-pointed star, the owner's name around it.

`layout` is geometry in millimetres, `fonts` finds a font that has the characters, `drawing` writes PNG and SVG.
"""

from seals.picture.drawing import Drawing, draw_round_seal
from seals.picture.fonts import find_font

__all__ = ["Drawing", "draw_round_seal", "find_font"]
