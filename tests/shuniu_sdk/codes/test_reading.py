"""What people hold is brought back to a code by one reader: no dress that a code takes on its way makes it another one, or a bad license."""

from collections.abc import Callable
from random import Random
from time import process_time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shuniu.catalogue import InvalidInputError
from shuniu.codes import code, cose, reading
from shuniu.codes.code import link_of
from shuniu.codes.file_kinds import UNKNOWN, kind_of
from shuniu.codes.status_list import PublishedStatus
from shuniu.codes.verification import Outcome, verify
from tests.shuniu_sdk.codes.issuing import AT, KID, OTHER_KEY, SIGN, URI, claims, mutants, reason_of, statuses, trust

TEXTS = [code.encode(claims(number=f"91640100MA76F8XY{serial:02}"), KID, SIGN) for serial in range(24)]
TEXT = max(TEXTS, key=lambda text: text.count("  "))
PACKED = code.packed_in(TEXT)
LINK = f"HTTPS://HUB.EXAMPLE/V#{code.base32_of(PACKED)}"


def wrapped_at_blanks(text, width=76):
    """As a mail program does: the blank becomes the line end."""
    lines, rest = [], text
    while len(rest) > width and " " in rest[4:width]:
        place = rest.rindex(" ", 4, width)
        if rest[place - 1] == " " or rest[place + 1 : place + 2] == " ":
            break
        lines.append(rest[:place])
        rest = rest[place + 1 :]
    return "\r\n".join([*lines, rest])


DRESSES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "blanks around": lambda text: f"  {text} \t ",
    "line ends around": lambda text: f"\r\n{text}\r\n\r\n",
    "ideographic blank": lambda text: f"　{text}　",
    "byte order mark": lambda text: f"\ufeff{text}",
    "zero width": lambda text: f"\u200b{text[:40]}\u200b{text[40:]}\u200e",
    "no-break blanks": lambda text: text.replace(" ", "\xa0"),
    "full-width colon": lambda text: text.replace("EL1:", "EL1："),
    "full width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else "　" for one in text),
    "quotes": lambda text: f"“{text}”",
    "straight quotes": lambda text: f'"{text}"',
    "angle brackets": lambda text: f"<{text}>",
    "small letters": lambda text: text.lower(),
    "wrapped": lambda text: "\r\n".join(text[start : start + 64] for start in range(0, len(text), 64)),
    "wrapped and indented": lambda text: "\n    ".join(text[start : start + 61] for start in range(0, len(text), 61)).replace(" \n", "\n"),
    "wrapped at blanks": wrapped_at_blanks,
    "%-encoded": lambda text: quote(text, safe=""),
    "%-encoded as a form": quote_plus,
    "%-encoded as an address": lambda text: quote(text, safe=":/+*$"),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_a_code_is_read_in_every_dress_that_it_comes_in(dress):
    for text in TEXTS:
        if dress == "wrapped and indented" and any(" " in text[start : start + 1] + text[start - 1 : start] for start in range(61, len(text), 61)):
            continue  # which of the blanks are its own, nobody can tell
        dressed = DRESSES[dress](text)
        assert reading.looks_like_a_code(dressed)
        assert reading.decode(dressed) == code.decode(text)


@pytest.mark.parametrize("dress", sorted(DRESSES.keys() - {"%-encoded", "%-encoded as a form", "%-encoded as an address"}))
def test_a_link_is_read_as_the_code_in_it(dress):
    assert reading.looks_like_a_code(DRESSES[dress](LINK))
    assert reading.decode(DRESSES[dress](LINK)) == code.decode(TEXT)
    assert reading.decode(LINK.replace("HUB.EXAMPLE", "evil.example:8443")) == code.decode(TEXT)  # who is named in it decides nothing


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://hub.example", "hub.example"),
        ("HTTPS://HUB.EXAMPLE:443", "hub.example"),
        ("http://evil.example:8443", "evil.example"),
        ("https://hub.example@evil.example", "evil.example"),
        ("https://evil.example\\@hub.example", "evil.example"),
        ("https://evil%2Eexample", "evil.example"),
        ("https://hub.example.evil.example", "hub.example.evil.example"),
        ("https://hub.ex\u0430mple", "hub.xn--exmple-4nf"),
        ("https://枢纽.example", "xn--mtv572c.example"),
        ("https://[2001:db8::1]:7443", "[2001:db8::1]"),
        ("https://a..b", "a..b"),
        ("", ""),
    ],
)
def test_the_host_of_a_link_is_where_a_browser_would_go(address, host):
    link = f"{address}/V#{code.base32_of(PACKED)}"
    assert reading.decode(link) == code.decode(TEXT)
    assert reading.host_in(link) == host
    assert reading.host_in(f"{address}/elsewhere") == ""


def test_a_host_is_told_as_foreign_only_where_it_is_known_whose_hub_it_is():
    own, evil = (link_of(code.decode(TEXT).message.raw, pages) for pages in (URI.rpartition("/status/")[0], "https://evil.example"))
    nobody = PublishedStatus([])
    for source in (statuses(), nobody):
        assert [verify(link, trust(), source, AT).foreign_host for link in (own, evil, TEXT)] == ["", "evil.example", ""]
    # what stands in a code that nobody signed is no witness for the link around it
    forged = code.decode(code.encode(claims(), KID, cose.signer_of(OTHER_KEY))).message.raw
    for damage in (lambda link: link, lambda link: link[:-9]):
        own, evil = (damage(link_of(forged, pages)) for pages in (URI.rpartition("/status/")[0], "https://evil.example"))
        assert [verify(link, trust(), statuses(), AT).foreign_host for link in (own, evil)] == ["", "evil.example"]
        assert verify(evil, trust(), nobody, AT).foreign_host == ""


def folded(text, width=64, end="\n", before=""):
    return end.join(before + text[start : start + width] for start in range(0, len(text), width))


MESSAGES: dict[str, Callable[[str], str]] = {
    "a name before it": lambda text: f"张三 12:03\n{text}",
    "answers behind it": lambda text: f"张三 12:03\n{text}\n李四：收到\nBob: thank you",
    "a sentence": lambda text: f"请核验：{text}。谢谢",
    "a notice": lambda text: f"【宁夏政务】您的电子证照 {text}，请查验",
    "a full stop": lambda text: f"{text}。",
    "a comma": lambda text: f"{text}，",
    "a quoted mail": lambda text: folded(text, before="> "),
    "a mail quoted twice": lambda text: f"On Monday Bob wrote:\n{folded(text, before='>> ')}",
    "a fence": lambda text: f"```\n{text}\n```",
}
"""What people paste: the message in which a code came."""
OF_LINKS: dict[str, Callable[[str], str]] = {
    "markdown": lambda link: f"[证照]({link})",
    "a web page": lambda link: f'<a href="{link}">证照</a>',
    "quoted-printable": lambda link: folded(link, 72, "=\r\n"),
    "# encoded": lambda link: link.replace("#", "%23"),
    "a program's query": lambda link: link.replace("/V#", "/v?from=wechat&isappinstalled=0#"),
    "a slash": lambda link: link.replace("/V#", "/V/#"),
    "English words behind it": lambda link: f"{link} thank you",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_the_code_in_a_message_is_found(message):
    for text in (*TEXTS[:6], LINK):
        # blanks at which a quoted line ends are its own, and nobody can tell
        if "quoted" in message and text != LINK and any(" " in text[place - 1 : place + 1] for place in range(64, len(text), 64)):
            continue
        said = MESSAGES[message](text)
        assert reading.looks_like_a_code(said)
        assert reading.decode(said) == code.decode(TEXT if text == LINK else text)
    assert reading.host_in(MESSAGES[message](LINK)) == "hub.example"


@pytest.mark.parametrize("message", OF_LINKS)
def test_a_link_is_found_in_what_programs_make_of_it(message):
    assert reading.looks_like_a_code(OF_LINKS[message](LINK))
    assert reading.decode(OF_LINKS[message](LINK)) == code.decode(TEXT)
    assert reading.host_in(OF_LINKS[message](LINK)) == "hub.example"


def test_a_message_with_two_different_links_is_not_half_read():
    other = f"HTTPS://HUB.EXAMPLE/V#{code.base32_of(code.packed_in(TEXTS[0] if TEXTS[0] != TEXT else TEXTS[1]))}"
    assert reason_of(reading.decode, f"{LINK}\n{other}") == "QR_SEVERAL"
    assert reading.decode(f"{LINK}\n{LINK.lower()}") == code.decode(TEXT)


@pytest.mark.parametrize("text", ["报价 EL2:ABC", "https://hub.example/EL1:ABC", "model1:7", "a=el1:x", "/tmp/v#1.png", "docs/v#ABC"])
def test_what_has_no_code_in_it_is_still_no_code(text):
    assert not reading.looks_like_a_code(text)
    assert reading.the_code_of([text, TEXT]) == TEXT


def test_another_symbol_s_text_with_a_code_somewhere_in_it_does_not_count_beside_the_license_s_own():
    assert reading.the_code_of([f"https://other.example/?q={TEXTS[1]}", f"see {TEXTS[2]}", TEXTS[0]]) == TEXTS[0]


@pytest.mark.parametrize("piece", ["http://a/v?", "el1:", " el1:", "> ", "=\n", "https://", "/v#a", "\n", "a" * 40])
def test_no_text_keeps_the_reader_busy(piece):
    text = (piece * reading.MOST_CHARACTERS)[: reading.MOST_CHARACTERS]
    began = process_time()
    assert reason_of(reading.decode, text)
    assert reading.host_in(text) is not None
    assert process_time() - began < 5.0  # a quadratic reader takes a minute


@pytest.mark.parametrize("link", [LINK[:-1], LINK + "A", LINK.replace("#", "#1"), "https://hub.example/v#", LINK + "A" * 5000])
def test_a_damaged_link_is_unreadable(link):
    verdict = verify(link, trust(), statuses(), AT)
    assert (verdict.outcome, verdict.identifier) == (Outcome.UNREADABLE, "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_a_file_is_read_in_the_encodings_of_editors(encoding):
    for dress in ("as it is", "full-width colon"):
        data = f"{DRESSES[dress](TEXT)}\r\n".encode(encoding)
        if dress == "full-width colon" and encoding.endswith("e"):
            continue  # without a mark, and with a sign that is no letter of ours behind it: still the first byte tells
        assert reading.decode(reading.text_in(data)) == code.decode(TEXT)


def test_no_code_ends_in_a_blank_so_none_is_lost():
    dice = Random(7)  # noqa: S311 - the same bytes in every run
    assert not any(code.base45_of(dice.randbytes(length)).endswith(" ") for length in range(1, 400) for _ in range(20))


def test_damage_says_nothing_of_the_license():
    damaged = (TEXT[:-1], TEXT[:100], TEXT.replace("0", "O"), TEXT[:50] + TEXT[51:], TEXT.replace("  ", " ") if "  " in TEXT else TEXT[:-2], "EL1:")
    for text in damaged:
        verdict = verify(text, trust(), statuses(), AT)
        assert (verdict.outcome, verdict.identifier) == (Outcome.UNREADABLE, ""), text


def test_a_text_that_mixes_small_and_capital_letters_is_damaged():
    place = next(place for place in range(4, len(TEXT)) if TEXT[place].isalpha())
    assert reason_of(reading.decode, TEXT[:place] + TEXT[place].lower() + TEXT[place + 1 :]) == "CODE_ALPHABET"


@pytest.mark.parametrize("text", ["", "hello", "https://example.com/pay", "https://example.com/v", "EL2:ABC", "HC1:ABC", "XEL1:A", "el1", "v#ABC"])
def test_other_codes_are_no_license_codes(text):
    assert not reading.looks_like_a_code(text)
    assert reason_of(reading.decode, text) == "NOT_A_LICENSE_CODE"


@given(some.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    for given_text in (text, f"EL1:{text}", f"https://a/v#{text}", f"EL1%3A{text}"):
        reading.looks_like_a_code(given_text)
        with pytest.raises(InvalidInputError):
            reading.decode(given_text)


@given(some.binary(max_size=200))
def test_no_file_breaks_the_reader(data):
    reading.looks_like_a_code(reading.text_in(data))
    assert kind_of(data).zh


def test_mutants_are_the_code_itself_or_nothing():
    """Undressing brings back what was there and nothing else."""
    for mutant in mutants(TEXT.encode(), 3000, seed=3):
        try:
            assert reading.decode(mutant.decode("latin-1")).message.raw == code.decode(TEXT).message.raw
        except InvalidInputError:
            continue


def test_one_license_among_other_codes_is_the_code():
    other = "https://www.gsxt.example/license?id=1"
    assert reading.the_code_of(["a", TEXT, other]) == TEXT
    assert reading.the_code_of([TEXT, TEXT]) == TEXT
    assert reading.the_code_of([LINK, TEXT]) in {LINK, TEXT}
    assert reading.the_code_of([other]) == other
    assert not reading.looks_like_a_code(reading.the_code_of(["a", other]))
    assert reading.the_code_of([]) == ""
    assert reason_of(reading.the_code_of, [TEXTS[0], TEXTS[1]]) == "QR_SEVERAL"


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"\0\0\0\x18ftypmp42", "MP4"),
        (b"PK\x03\x04", "ZIP"),
        (b"GIF89a", "GIF"),
    ],
)
def test_a_file_is_named_for_what_it_is(beginning, kind):
    assert kind_of(beginning + bytes(20)).id == kind
    assert kind_of(b"EL1:ABC") is kind_of(b"") is UNKNOWN
