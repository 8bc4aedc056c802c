"""The one reader of license codes, for every door: what people hold is brought back to the text of a code before it is read strictly.

A code reaches a verifier through files, mails, chats and forms, which add blanks, marks and line ends, fold it, write it in full width, in
small letters or %-encoded, or as a link. All of that is undone here and nowhere else. No text of base45 ends in a blank: the last of three
characters is at most W, the second of two at most 5 (RFC 9285 section 4), so what stands around a code is never part of it.

The folding proves nothing: what comes out is read by `shuniu.codes.code` as strictly as ever.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final
from urllib.parse import unquote, unquote_plus

from shuniu.catalogue import InvalidInputError
from shuniu.codes import code
from shuniu.codes.code import MAX_CHARACTERS, PREFIX, DecodedCode
from shuniu.codes.reasons import CODE_BASE32, CODE_TOO_LONG, NOT_A_LICENSE_CODE, QR_SEVERAL

MOST_CHARACTERS: Final = 4 * MAX_CHARACTERS
"""Of a text as it came: %-encoded, most of a code's symbols take three characters, and mails and quotes add some."""
_LINK: Final = re.compile(r"(?:^/v#|https?://[^/?#\s]+/v/?(?:\?[^#\s]{0,200})?(?:#|%23))(.*)", re.IGNORECASE | re.DOTALL)
"""With its address or without: a page that was opened by the link hands on what stands behind its own address. Programs that pass a link on
add a query, and write # as %23."""
_LINKED: Final = re.compile(r"/v/?(?:\?[^#\s]{0,200})?(?:#|%23)([a-z2-7]{40,})", re.IGNORECASE)
_BASE32: Final = (re.compile(r"[a-z2-7\s]*", re.IGNORECASE), re.compile(r"[a-z2-7]*", re.IGNORECASE))
_BASE45: Final = re.compile(r"[0-9A-Za-z $%*+\-./:\s]*", re.ASCII)
_INSIDE: Final = re.compile(r"(?<![\w/=&?%#.+-])el1:", re.IGNORECASE)
_QUOTED: Final = re.compile(r"^[ \t]*(?:>[ \t]?)+|=\r?\n", re.MULTILINE)
"""What mails add: the mark of a quoted line, and the mark of a line that goes on (RFC 2045 section 6.7). Neither > nor = is in any code."""
_PLACE: Final = re.compile(r"https?://([^/?#\s]+)", re.IGNORECASE)
_PORT: Final = re.compile(":[0-9]*$")
_LONGEST_HOST: Final = 255
_ENCODED_PREFIX: Final = re.compile("el1%3a", re.IGNORECASE)
_LINE_END: Final = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_FOLD: Final = re.compile(" *[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+ *")
_AROUND: Final = " \t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029\"'`“”‘’「」『』《》〈〉<>()（）[]【】。，、；！？,;!?…"
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(text: str) -> DecodedCode:
    """Read a code in whatever dress it comes; raise what the strict reader says of the first way to undress it."""
    flaw: InvalidInputError | None = None
    for packed in _packed(text):
        try:
            return code.open_packed(packed())
        except InvalidInputError as refusal:
            flaw = flaw or refusal
    raise flaw or NOT_A_LICENSE_CODE()


def looks_like_a_code(text: str) -> bool:
    """Tell whether a text wants to be a license code, damaged or not: everything else is another code, or no code at all."""
    if len(text) > MOST_CHARACTERS:
        return False
    plain = _plain(text)
    return _begins_as_a_code(plain) or bool(_LINK.search(plain) or _INSIDE.search(plain))


def _begins_as_a_code(plain: str) -> bool:
    return plain[: len(PREFIX)].upper() == PREFIX or bool(_ENCODED_PREFIX.match(plain) or _LINK.match(plain))


def host_in(text: str) -> str:
    """Return the host to which a browser would go that is given this text, as ASCII in small letters; empty where the text is no license link.

    Nobody signed it. It is shown to people, so a letter of another alphabet that looks like one of ours is written out (`xn--...`).
    """
    if len(text) > MOST_CHARACTERS:
        return ""
    link = _link_in(_plain(text))
    return host_of(link[0]) if link else ""


def host_of(address: str) -> str:
    """Return the host of a web address as browsers understand it (WHATWG URL, section 4.4); empty where there is none."""
    place = _PLACE.match(address)
    if place is None:
        return ""
    # what stands before @ is a user's name, and a backslash is taken for a slash: both are tricks with which one host looks like another
    host = unquote(_PORT.sub("", place[1].partition("\\")[0].rpartition("@")[2])).lower()
    try:
        return host.encode("idna").decode()[:_LONGEST_HOST]
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode()[:_LONGEST_HOST]


def text_in(data: bytes) -> str:
    """Return the text of a file, in the encodings in which editors keep one: UTF-8, UTF-16, GB 18030."""
    return _decoded(data).strip()


def _decoded(data: bytes) -> str:
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace")
    # without a mark: every second byte of a code in UTF-16 is zero
    if b"\0" in data[:2]:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def the_code_of(texts: Iterable[str]) -> str:
    """Return which of the texts in one picture is the license code; empty where there is no text. Only two different codes are too many.

    One code twice, as text or as link, is one code; codes of others beside it (the company register's on a 营业执照) do not count.
    """
    different = sorted(set(texts))
    # a symbol holds a code and nothing around it
    ours = {_contents_of(text): text for text in different if len(text) <= MOST_CHARACTERS and _begins_as_a_code(_plain(text))}
    if len(ours) > 1:
        raise QR_SEVERAL()
    return next(iter(ours.values()), different[0] if different else "")


def _contents_of(text: str) -> bytes:
    try:
        return decode(text).message.raw
    except InvalidInputError:
        return text.encode("utf-8", "surrogatepass")


def _packed(text: str) -> Iterator[Callable[[], bytes]]:
    """Yield the ways to undress a text, the likeliest first; the bytes are made when they are asked for."""
    if len(text) > MOST_CHARACTERS:
        raise CODE_TOO_LONG()
    plain = _plain(text)
    seen: set[str] = set()
    if link := _link_in(plain):
        if len({one.upper() for one in _LINKED.findall(plain)}) > 1:
            raise QR_SEVERAL()
        for one in _behind_link(link[1]):
            if one not in seen:
                seen.add(one)
                yield partial(_bytes_of_link, one)
        return
    for part in _parts(plain):
        for line in _unfolded(part):
            for one in _spellings(line):
                if one.startswith(PREFIX) and one not in seen:
                    seen.add(one)
                    yield partial(code.packed_in, one)


def _link_in(plain: str) -> re.Match[str] | None:
    # nearly every text is a code, and to look through it for a link takes as long as all else
    return None if plain.startswith(PREFIX) else _LINK.search(plain)


def _behind_link(text: str) -> Iterator[str]:
    """Yield what may be the code behind a link: all of it, up to what is in no code, and up to the first blank."""
    yield re.sub(r"\s", "", text)
    for allowed in _BASE32:
        found = allowed.match(text)
        yield re.sub(r"\s", "", found[0]) if found else ""


def _parts(plain: str) -> Iterator[str]:
    """Yield what may be the code in a message: all of it, what follows its prefix up to what is in no code, and one line of that."""
    yield plain
    inside = _INSIDE.search(plain)
    found = _BASE45.match(plain, inside.start()) if inside else None
    if found is not None:
        yield found[0].strip(_AROUND)
        yield _LINE_END.split(found[0], maxsplit=1)[0].strip(_AROUND)


def _unfolded(text: str) -> tuple[str, ...]:
    """Return how a text may have stood before it was folded into lines: one that is on one line as it is."""
    if not _LINE_END.search(text):
        return (text,)
    # a line that was folded at a blank lost it, or kept it in front of the line end; folded elsewhere it lost nothing
    return _LINE_END.sub("", text), _FOLD.sub(" ", text), _FOLD.sub("", text)


def _spellings(line: str) -> Iterator[str]:
    """Yield the text as it stands and, since % is a character of base45 too, as it would stand if it were %-encoded."""
    if not _ENCODED_PREFIX.match(line):
        yield _capitals(line)
    if "%" in line:
        # whoever encodes the colon encodes + as well, and may write a blank as +
        yield _capitals(unquote_plus(line) if _ENCODED_PREFIX.match(line) else unquote(line))


def _capitals(line: str) -> str:
    """Return a text without any capital letter in capitals: a code has no small letters, so one that has both is damaged."""
    return line.upper() if line.isascii() and line == line.lower() else line


def _plain(text: str) -> str:
    """Return the text in half width, without invisible marks, and without what stands around it."""
    # nearly every code: nothing of ASCII has another width or is such a mark, and a look at each of its characters takes 25 us
    if text.isascii():
        return _unquoted(text).strip(_AROUND)
    half = unicodedata.normalize("NFKC", text)
    return _unquoted("".join(character for character in half if unicodedata.category(character) != "Cf")).strip(_AROUND)


def _unquoted(text: str) -> str:
    """Return a text without the marks that mails put at the ends of its lines."""
    return _QUOTED.sub("", text) if ">" in text or "=" in text else text


def _bytes_of_link(text: str) -> bytes:
    """Return the bytes in base32 (RFC 4648 section 6), without padding and written in the one way in which they can be."""
    given = text.upper()
    try:
        packed = base64.b32decode(given + "=" * (-len(given) % 8))
    except (binascii.Error, ValueError):
        raise CODE_BASE32() from None
    if len(given) > MAX_CHARACTERS or code.base32_of(packed) != given:
        raise CODE_BASE32()
    return packed
