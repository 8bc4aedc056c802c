import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import IllegalStateError, InvalidInputError
from licenses.identifier import identifier_of
from shuniu.codes.identifier import ISSUER_NOT_A_USCC, LEGACY_CHECK, LicenseIdentifier, check_character, legacy_check_character
from tests.shuniu_sdk.codes.issuing import MARKET, TYPE, mutants, reason_of

PUBLISHED = (
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S",
    "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
)
LEGACY = "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
SERIALS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=40)


@pytest.mark.parametrize("text", PUBLISHED)
def test_a_published_identifier_verifies_and_is_built_the_same(text):
    read = LicenseIdentifier.parse(text)
    assert str(read) == text
    assert LicenseIdentifier.build(read.type_code, read.issuer, read.serial, read.version) == read
    assert LEGACY_CHECK not in read.warnings


def test_an_issuer_that_is_no_uscc_is_accepted_with_a_warning():
    assert LicenseIdentifier.parse(PUBLISHED[4]).warnings == (ISSUER_NOT_A_USCC,)
    assert LicenseIdentifier.parse(PUBLISHED[0]).warnings == ()


def test_the_wrong_check_character_of_a_deployed_program_is_understood_and_named():
    read = LicenseIdentifier.parse(LEGACY)
    assert LEGACY_CHECK in read.warnings
    assert LicenseIdentifier.build(read.type_code, read.issuer, read.serial).check == "D"


@given(SERIALS, st.integers(1, 998))
def test_the_next_version_is_a_new_identifier_with_a_standard_check_character(serial, version):
    first = LicenseIdentifier.build(TYPE, MARKET, serial, version)
    following = first.next_version()
    assert (following.version, following.serial, following.warnings) == (version + 1, serial, ())
    assert LicenseIdentifier.parse(str(following)) == following != first


def test_after_version_999_there_is_none():
    with pytest.raises(IllegalStateError):
        LicenseIdentifier.build(TYPE, MARKET, "1", 999).next_version()


@given(SERIALS, st.integers(0, 200), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_changed_character_is_always_noticed_by_the_standard_check(serial, place, other):
    body = f"{TYPE}{MARKET}{serial}001"
    place %= len(body)
    changed = body[:place] + other + body[place + 1 :]
    assert (check_character(changed) == check_character(body)) == (changed == body)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PUBLISHED[0][:-1] + "V", "IDENTIFIER_CHECK"),
        (PUBLISHED[0].lower(), "IDENTIFIER_SHAPE"),
        (" " + PUBLISHED[0], "IDENTIFIER_SHAPE"),
        (PUBLISHED[0] + "\n", "IDENTIFIER_SHAPE"),
        (PUBLISHED[0].replace("3005", "3006"), "IDENTIFIER_SHAPE"),
        (PUBLISHED[0].replace(".001.", ".1."), "IDENTIFIER_SHAPE"),
        (PUBLISHED[0].replace("4", "４"), "IDENTIFIER_SHAPE"),
        (PUBLISHED[0].replace("20230000403", "2" * 100), "IDENTIFIER_SHAPE"),
        ("1" * 1_000_000, "IDENTIFIER_SHAPE"),
        ("", "IDENTIFIER_SHAPE"),
        (f"1.2.156.3005.2.{TYPE}.{MARKET}.1.000.{check_character(f'{TYPE}{MARKET}1000')}", "IDENTIFIER_VERSION"),
    ],
)
def test_a_wrong_identifier_is_refused_with_its_reason(text, reason):
    assert reason_of(LicenseIdentifier.parse, text) == reason


def test_a_version_that_needs_four_digits_is_not_built():
    with pytest.raises(InvalidInputError):
        LicenseIdentifier.build(TYPE, MARKET, "1", 1000)


def test_mutants_never_crash_and_pass_only_with_a_check_character_that_fits():
    for mutant in mutants(PUBLISHED[0].encode(), 5000, seed=1):
        try:
            read = LicenseIdentifier.parse(mutant.decode("latin-1"))
        except InvalidInputError:
            continue
        body = f"{read.type_code}{read.issuer}{read.serial}{read.version:03d}"
        assert read.check in (check_character(body), legacy_check_character(body))


@pytest.mark.parametrize("name", ["", "license", "licence/1", PUBLISHED[0]])
def test_a_license_has_one_kind_of_name(name):
    with pytest.raises(InvalidInputError) as refusal:
        identifier_of(name)
    assert refusal.value.field == "name"
    assert identifier_of(f"licenses/{PUBLISHED[0]}") == PUBLISHED[0]
