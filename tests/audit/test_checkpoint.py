from base64 import b64encode
from contextlib import suppress
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import sign_checkpoint
from hub.errors import IntegrityError, InvalidInputError, ShuniuError
from shuniu.proofs.checkpoint import Checkpoint, Note, NoteSignature, VerifierKey, open_checkpoint
from shuniu.proofs.tree import EMPTY_ROOT

# The published key of Go's checksum database and two of its signed tree heads: a log run by others, signed by their code.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
HEAD = (
    "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n"
    "— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n"
)
WITNESSED = (
    "go.sum database tree\n15067302\ngJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=\n\n"
    "— sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=\n"
    "— test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07VQXyuIXM3NRNav3ieVFLUqDRK77PWDmL6w8w84UqeAw=\n"
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "hub.nx.example/log"
KEY = VerifierKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(ORIGIN, 600, sha256(b"root").digest())
SIGNED = sign_checkpoint(CHECKPOINT, KEY, PRIVATE.sign)


def signature_line(name, key_id, signature):
    return f"— {name} {b64encode(key_id + signature).decode()}\n"


def test_a_published_tree_head_of_the_go_checksum_database_opens():
    key = VerifierKey.parse(SUMDB)
    assert (str(key), key.key_id.hex()) == (SUMDB, "033de0ae")
    head = open_checkpoint(HEAD.encode(), [key], "go.sum database tree")
    assert (head.size, b64encode(head.root).decode()) == (6476701, "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=")
    assert head.text() == HEAD.split("\n\n", maxsplit=1)[0] + "\n"


def test_an_unknown_second_signature_is_skipped():
    assert open_checkpoint(WITNESSED.encode(), [VerifierKey.parse(SUMDB)]).size == 15067302
    with pytest.raises(IntegrityError) as refused:
        open_checkpoint(WITNESSED.encode(), [KEY])
    assert refused.value.reason == "NO_KNOWN_SIGNATURE"


def test_what_is_signed_here_has_the_bytes_of_the_standard():
    text = f"{ORIGIN}\n600\n{b64encode(CHECKPOINT.root).decode()}\n"
    key_id = sha256(ORIGIN.encode() + b"\n\x01" + KEY.public).digest()[:4]
    assert SIGNED.decode() == text + "\n" + signature_line(ORIGIN, key_id, PRIVATE.sign(text.encode()))
    assert open_checkpoint(SIGNED, [KEY], ORIGIN) == CHECKPOINT
    assert VerifierKey.parse(str(KEY)) == KEY


def test_every_changed_byte_of_a_checkpoint_is_refused():
    for place in range(len(SIGNED)):
        for flip in (0x01, 0x20, 0x80, 0xFF):
            changed = bytearray(SIGNED)
            changed[place] ^= flip
            with pytest.raises(ShuniuError):
                open_checkpoint(bytes(changed), [KEY], ORIGIN)


def test_every_changed_byte_of_a_verifier_key_is_refused():
    text = str(KEY)
    for place in range(len(text)):
        for flip in (0x01, 0x02, 0x20):
            changed = text[:place] + chr(ord(text[place]) ^ flip) + text[place + 1 :]
            with pytest.raises(InvalidInputError):
                VerifierKey.parse(changed)


def test_a_witness_cosignature_is_skipped_even_under_the_same_key():
    key_id = sha256(ORIGIN.encode() + b"\n\x04" + KEY.public).digest()[:4]
    cosignature = signature_line(ORIGIN, key_id, bytes(8) + PRIVATE.sign(b"cosignature/v1\n"))
    assert open_checkpoint(SIGNED + cosignature.encode(), [KEY]) == CHECKPOINT
    alone = SIGNED[: SIGNED.index("—".encode())] + cosignature.encode()
    with pytest.raises(IntegrityError):
        open_checkpoint(alone, [KEY])


def test_a_bad_signature_of_a_known_key_spoils_the_note_beside_a_good_one():
    bad = signature_line(ORIGIN, KEY.key_id, bytes(64))
    for note in (SIGNED + bad.encode(), SIGNED + signature_line(ORIGIN, KEY.key_id, b"short").encode()):
        with pytest.raises(IntegrityError) as refused:
            open_checkpoint(note, [KEY])
        assert refused.value.reason == "BAD_SIGNATURE"


def test_a_signer_counts_once_however_often_its_line_is_repeated():
    line = SIGNED.rpartition(b"\n\n")[2]
    other = Ed25519PrivateKey.generate()
    second = VerifierKey("witness.example/w", other.public_key().public_bytes_raw())
    text = CHECKPOINT.text().encode()
    note = Note.parse(SIGNED + line * 3 + signature_line(second.name, second.key_id, other.sign(text)).encode() + line)
    assert note.signers([KEY]) == note.signers([KEY, KEY]) == (KEY,)
    assert note.signers([second, KEY]) == (KEY, second)


def test_a_same_name_with_another_id_is_another_key():
    stranger = signature_line(ORIGIN, b"\x00\x00\x00\x00", bytes(64))
    assert open_checkpoint(SIGNED + stranger.encode(), [KEY]) == CHECKPOINT


def test_sixteen_signatures_are_accepted_and_a_heap_is_not():
    line = signature_line("witness.example/w", b"abcd", bytes(72)).encode()
    assert open_checkpoint(SIGNED + line * 31, [KEY]) == CHECKPOINT
    with pytest.raises(InvalidInputError):
        open_checkpoint(SIGNED + line * 32, [KEY])
    with pytest.raises(InvalidInputError):
        open_checkpoint(b"x" * 262_145, [KEY])


def test_the_expected_origin_is_demanded():
    with pytest.raises(IntegrityError) as refused:
        open_checkpoint(SIGNED, [KEY], "other.example/log")
    assert refused.value.reason == "WRONG_ORIGIN"


def test_a_signer_with_another_key_is_noticed_before_anything_is_given_out():
    for sign in (Ed25519PrivateKey.generate().sign, lambda _: b"", lambda message: PRIVATE.sign(message) + b"\x00"):
        with pytest.raises(IntegrityError):
            sign_checkpoint(CHECKPOINT, KEY, sign)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a\n1\n",
        "a\n01\nROOT\n",
        "a\n-1\nROOT\n",
        "a\n+1\nROOT\n",
        "a\n1 \nROOT\n",
        "a\n１\nROOT\n",
        "\n1\nROOT\n",
        "a\n1\nROOT",
        "a\n1\nAAAA\n",
        "a\n1\nROO\n",
        "a\n1\nROOT\n\n",
        "a\n0\nROOT\n",
        f"a\n{2**63}\nROOT\n",
        "a\n1\n" + "x\n" * 3,
        "a\n1\nROOT\n" + "x\n" * 17,
        "a\n1_0\nROOT\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(InvalidInputError):
        Checkpoint.parse(text.replace("ROOT", b64encode(bytes(32)).decode()))


def test_extension_lines_and_the_empty_log_are_read():
    head = Checkpoint("a", 1, bytes(32), ("more", "and more"))
    assert Checkpoint.parse(head.text()) == head
    assert Checkpoint.parse(Checkpoint("a", 0, EMPTY_ROOT).text()).size == 0


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\n\n",
        "text\n\n— a".encode(),
        "text\n\n— a b\n".encode(),
        "text\n\n— a AAAA\n".encode(),
        b"text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAAAAB=\n".encode(),
        "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n—  AAAAAAA=\n".encode(),
        "text\n\n— a AAAAAAA=".encode(),
        "te\rxt\n\n— a AAAAAAA=\n".encode(),
        "te\txt\n\n— a AAAAAAA=\n".encode(),
        b"te\xffxt\n\n",
        "text\n\n— a AAAAAAA= \n".encode(),
        "text\n\n— a\u3000b AAAAAAA=\n".encode(),
        "text\n— a AAAAAAA=\n".encode(),
    ],
)
def test_bytes_that_are_no_note_are_refused(note):
    with pytest.raises(InvalidInputError):
        Note.parse(note)


def test_a_text_may_have_empty_lines():
    note = Note.parse("one\n\ntwo\n\n— a AAAAAAA=\n".encode())
    assert (note.text, note.signatures) == ("one\n\ntwo\n", (NoteSignature("a", bytes(4), b"\x00"),))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a",
        "a+b",
        "a+00000000+AAAA",
        "+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        SUMDB + "A",
        SUMDB[:-4],
        SUMDB.replace("033de0ae", "033DE0AE"),
        SUMDB.replace("+Ac4", "+BM4"),
        "x" * 600,
        " " + SUMDB,
        "\ud800" + SUMDB,
    ],
)
def test_a_verifier_key_in_any_other_spelling_is_refused(vkey):
    with pytest.raises(InvalidInputError):
        VerifierKey.parse(vkey)


@given(st.data())
def test_mutated_notes_never_open_and_never_crash(data):
    changed = bytearray(SIGNED)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        changed[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    with suppress(ShuniuError):
        assert open_checkpoint(bytes(changed), [KEY]) == CHECKPOINT
        assert bytes(changed).startswith(CHECKPOINT.text().encode())


@given(st.text(max_size=80))
def test_random_text_is_refused_with_a_clear_error(text):
    for read in (VerifierKey.parse, Checkpoint.parse):
        with pytest.raises(InvalidInputError):
            read(text)
    with suppress(InvalidInputError):
        Note.parse(text.encode())
