"""Which hosts a certificate may name: one rule for both sides, which says why not."""

from __future__ import annotations

import ipaddress

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from shuniu.catalogue import InvalidInputError
from shuniu.joining.hosts import MOST_HOSTS, canonical, fault_of, hosts_from, is_host


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("gat_data.dept.example", "underscore"),
        ("data.dept.example.", "final dot"),
        ("*.dept.example", "wildcard"),
        ("", "empty"),
        ("\t", "empty"),
        ("data .example", "blank"),
        (" data.example", "blank"),
        ("data.example\n", "blank"),
        ("https://data.example", "url"),
        ("10.0.0.0/8", "url"),
        ("data.example:7443", "port"),
        ("[::1]", "port"),
        ("数据.example", "not ascii"),
        ("ｄata.example", "not ascii"),
        ("a" * 64 + ".example", "label"),
        ("-a.example", "label"),
        ("a..example", "label"),
        ("a." * 126 + "abc", "too long"),
        ("1.2.3.256", "digits"),
        ("::", "address"),
        ("224.0.0.1", "address"),
        ("fe80::1%eth0", "address"),
    ],
)
def test_a_host_that_no_certificate_names_is_told_why(host: str, why: str):
    found = fault_of(host)
    assert found is not None
    assert found.id == why
    with pytest.raises(InvalidInputError) as refused:
        hosts_from(["good.example", host], "hosts")
    assert (refused.value.reason, refused.value.field) == ("HOST_WRONG", "hosts")
    assert found.en in refused.value.message
    assert found.zh in refused.value.zh


@pytest.mark.parametrize("host", ["data", "a-b.example", "xn--fiqs8s.example", "10.0.0.7", "::1", "2001:db8::7", "127.0.0.1", "1a.example"])
def test_a_dns_name_or_an_address_is_one(host: str):
    assert hosts_from([host, host.upper()], "hosts") == (canonical(host),)


def test_eight_are_the_most_and_the_same_one_counts_once():
    eight = [f"h{number}.example" for number in range(MOST_HOSTS)]
    assert hosts_from([*eight, "H0.EXAMPLE"], "hosts") == tuple(eight)
    with pytest.raises(InvalidInputError, match="9 hosts"):
        hosts_from([*eight, "one.more"], "hosts")


@given(st.one_of(st.text(max_size=300), st.from_regex(r"[a-zA-Z0-9.:_*-]{1,40}", fullmatch=True)))
def test_whatever_is_a_host_stands_in_a_certificate_as_it_is(text: str):
    if is_host(text):
        host = canonical(text)
        assert is_host(host)
        assert canonical(host) == host
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        assert x509.SubjectAlternativeName([name])
    else:
        with pytest.raises(InvalidInputError):
            hosts_from([text], "hosts")
