"""The line that invites: one spelling for one meaning, and every accident of copying is told before anything is sent."""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from shuniu import accept_invitation
from shuniu.catalogue import InvalidInputError, NotAllowedError, UnavailableError
from shuniu.joining.invitation import LONGEST, InvitationLine, read_invitation
from tests.shuniu_sdk.authority import Authority
from tests.shuniu_sdk.hub import Hub, running

USCC = "116400000100831619"
SAID = InvitationLine("hub.example:7444", "10.0.0.7:7443", "ningxia", USCC, "main", bytes(range(32)), "A" * 43, ("a.example", "::1"))
LINE = SAID.text()
HOSTS = st.lists(st.sampled_from(["a.example", "10.0.0.7", "::1", "b-c.example"]), unique=True, max_size=4).map(tuple)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,39}", fullmatch=True)
LINES = st.builds(
    InvitationLine,
    st.sampled_from(["hub.example:7444", "[2001:db8::7]:1", "10.0.0.1:65535"]),
    st.sampled_from(["hub.example:7443", "[::1]:7443"]),
    NAMES,
    st.from_regex(r"[0-9A-Z]{18}", fullmatch=True),
    NAMES,
    st.binary(min_size=32, max_size=32),
    st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True),
    HOSTS,
)


def why(text: str) -> str:
    with pytest.raises(InvalidInputError) as refused:
        read_invitation(text)
    assert refused.value.reason == "INVITATION_WRONG"
    assert re.search("[一-鿿]", refused.value.zh)
    assert "A" * 16 not in f"{refused.value}{refused.value.facts}", "the token is in no error"
    return str(refused.value.facts["why"])


def signed(line: str) -> str:
    """Return a line with the right check over whatever it says."""
    head = line.partition("/check=")[0]
    return f"{head}/check={hashlib.sha256(head.encode()).hexdigest()[:8]}"


def test_it_says_everything_that_joining_needs_in_one_line():
    assert (
        "shuniu://hub.example:7444/join.1/members=10.0.0.7:7443/hub=ningxia/department=116400000100831619/system=main/hosts=a.example,::1"
        f"/ca=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8/token={'A' * 43}/check={LINE[-8:]}"
    ) == LINE
    assert read_invitation(LINE) == SAID
    assert "A" * 43 not in repr(SAID)


@given(LINES)
def test_what_is_written_is_read_back(said: InvitationLine):
    assert read_invitation(said.text()) == said
    assert read_invitation(f"\ufeff  {said.text()}\r\n") == said
    assert read_invitation(f"“'{said.text()}'”") == said
    assert not set(said.text()) & set(" \"'$&;|<>()*?~`\\!#%\n")


@pytest.mark.parametrize(
    ("accident", "word"),
    [
        (lambda line: "", "empty"),
        (lambda line: line[:60] + "\n" + line[60:], "blank"),
        (lambda line: line[:60] + "\u3000" + line[60:], "blank"),
        (lambda line: line[:60] + " " + line[60:], "blank"),
        (lambda line: line.replace(":", "：", 1), "not ascii"),
        (lambda line: "".join(chr(ord(one) + 0xFEE0) if one.isalnum() else one for one in line), "not ascii"),
        (lambda line: line.upper(), "start"),
        (lambda line: line.lower(), "changed"),
        (lambda line: line[9:], "start"),
        (lambda line: line[:-9], "end"),
        (lambda line: line[:-1], "end"),
        (lambda line: line.replace("AAAA", "AAA", 1), "changed"),
        (lambda line: line.replace("7444", "7445"), "changed"),
        (lambda line: line + "x" * LONGEST, "too long"),
        (lambda line: signed(line.replace("join.1", "join.2")), "form"),
        (lambda line: signed(line.replace("/hosts=a.example,::1", "/hosts=::1,A.example")), "form"),
        (lambda line: signed(line.replace("/hosts=a.example,::1", "/hosts=")), "form"),
        (lambda line: signed(line.replace("/hub=ningxia", "/hub=ningxia/hub=other")), "form"),
        (lambda line: signed(line.replace("hub.example:7444", "hub.example:07444")), "form"),
        (lambda line: signed(line.replace("hub.example:7444", "hub.example:65536")), "form"),
        (lambda line: signed(line.replace("hub.example:7444", "0.0.0.0:7444")), "form"),
        (lambda line: signed(line.replace("hub.example:7444", "user@hub.example:7444")), "form"),
        (lambda line: signed(line.replace("Hh8/", "Hh9/")), "form"),  # the last bits of base64url that say nothing
    ],
)
def test_every_accident_of_copying_is_told(accident, word):
    assert why(accident(LINE)) == word


@given(st.one_of(st.text(max_size=400), st.text(max_size=200).map(lambda text: signed(f"shuniu://{text}"))))
def test_whatever_else_is_read_is_refused_in_words(text: str):
    try:
        said = read_invitation(text)
    except InvalidInputError:
        assert why(text)
    else:
        assert said.text() == text.lstrip("\ufeff").strip()


@given(LINES, st.data())
def test_one_changed_character_is_always_noticed(said: InvitationLine, data):
    line = said.text()
    place = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda one: one != line[place]))
    with pytest.raises(InvalidInputError):
        read_invitation(line[:place] + other + line[place + 1 :])


# joining by it


@pytest.fixture
def hub(authority: Authority) -> Iterator[Hub]:
    with running(authority) as hub:
        yield hub


def pin_of(pem: bytes) -> bytes:
    key = x509.load_pem_x509_certificate(pem).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).digest()


reads_chain = pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 cannot read the CA that a server shows; it is given as a file there")


def invitation(hub: Hub, authority: Authority, **changed) -> str:
    said = {"public": hub.public, "members": hub.members, "hub": "test", "department": USCC, "system": "civil", "ca": pin_of(authority.pem)}
    return InvitationLine(**{**said, "token": "good" * 10, **changed}).text()


@reads_chain
def test_joining_by_the_line_alone_takes_the_ca_from_the_handshake(hub: Hub, authority: Authority, tmp_path: Path):
    hub.identities.tokens.add("good" * 10)
    accept_invitation(invitation(hub, authority), tmp_path / "identity", ("db.civil.example",))
    assert (tmp_path / "identity" / "ca.pem").read_bytes() == authority.pem
    assert hub.identities.requests


@reads_chain
def test_another_ca_in_the_handshake_gets_no_token(hub: Hub, authority: Authority, tmp_path: Path):
    with pytest.raises(NotAllowedError) as refused:
        accept_invitation(invitation(hub, authority, ca=bytes(32)), tmp_path / "identity")
    assert refused.value.reason == "CA_OF_ANOTHER"
    assert not hub.identities.requests
    assert not (tmp_path / "identity").exists()


def test_a_forged_certificate_for_the_ca_s_own_key_is_not_the_ca(authority: Authority):
    from shuniu.pinning import _is_pinned  # noqa: PLC0415

    genuine = x509.load_pem_x509_certificate(authority.pem)
    forged = bytearray(genuine.public_bytes(Encoding.DER))
    place = bytes(forged).index(genuine.subject.public_bytes()[-6:])
    forged[place + 4] ^= 1
    assert _is_pinned(genuine, pin_of(authority.pem))
    assert not _is_pinned(x509.load_der_x509_certificate(bytes(forged)), pin_of(authority.pem))


def test_a_ca_file_is_compared_with_the_line(hub: Hub, authority: Authority, tmp_path: Path):
    hub.identities.tokens.add("good" * 10)
    with pytest.raises(NotAllowedError):
        accept_invitation(invitation(hub, authority), tmp_path / "identity", ca_pem=Authority.new().pem)
    accept_invitation(invitation(hub, authority), tmp_path / "identity", ca_pem=authority.pem)


def test_a_hub_that_does_not_answer_gets_no_token(authority: Authority, hub: Hub, tmp_path: Path):
    with pytest.raises(UnavailableError) as refused:
        accept_invitation(invitation(hub, authority, public="127.0.0.1:1"), tmp_path / "identity")
    assert refused.value.reason == "CA_NOT_SHOWN"


def test_hosts_beyond_those_of_the_line_are_refused_before_anything_is_sent(hub: Hub, authority: Authority, tmp_path: Path):
    with pytest.raises(InvalidInputError) as refused:
        accept_invitation(invitation(hub, authority, hosts=("a.example",)), tmp_path / "identity", ("b.example",))
    assert refused.value.reason == "HOST_NOT_ALLOWED"
    assert not hub.identities.requests


@reads_chain
def test_a_certificate_for_somebody_else_is_not_kept(hub: Hub, authority: Authority, tmp_path: Path):
    hub.identities.tokens.add("good" * 10)
    with pytest.raises(NotAllowedError) as refused:
        accept_invitation(invitation(hub, authority, system="other"), tmp_path / "identity")
    assert refused.value.reason == "INVITED_OTHERWISE"
    assert not list((tmp_path / "identity").iterdir())
