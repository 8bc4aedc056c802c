"""The ways in which people and programs write one number: full-width, in small letters, with blanks and invisible marks anywhere."""

from hypothesis import strategies as st

BETWEEN = st.sampled_from(["", "", "", " ", "\u3000", "\u00a0", "\t", "\u200b", "\ufeff"])


def full_width(text: str) -> str:
    """Return the text as an input method writes it in full-width mode."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


@st.composite
def spellings(draw: st.DrawFn, number: str) -> str:
    """Draw one way to write a number."""
    written = []
    for one in number:
        form = draw(st.sampled_from([one, one.lower(), full_width(one), full_width(one.lower())]))
        written += [draw(BETWEEN), form]
    return "".join([*written, draw(BETWEEN)])
