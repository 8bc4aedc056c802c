"""The configuration: the defaults run, an unknown key stops, a wrong value is named."""

import dataclasses
from pathlib import Path

import pytest

from hub.config import Config, from_mapping, load
from hub.errors import ConfigError


def refused(raw):
    with pytest.raises(ConfigError) as error:
        from_mapping(raw, Path("/x"))
    return error.value


def test_the_defaults_are_a_hub_on_a_laptop():
    config = from_mapping({}, Path("/srv/hub"))
    assert config.data == Path("/srv/hub/var")
    assert config.database_url == "sqlite:////srv/hub/var/shuniu.db"
    assert config.origin == "shuniu.invalid/ningxia"
    assert all(address.startswith("127.0.0.1:") for address in (config.members, config.public, config.web))


def test_the_configuration_cannot_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().hub = "other"  # type: ignore[misc]


def test_an_unknown_key_stops_the_start_and_the_known_ones_are_told():
    error = refused({"hub": "a", "datbase": "x"})
    assert "datbase" in error.message
    assert "database" in error.next_action


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hub", 7),
        ("hub", ["a"]),
        ("server_names", "localhost"),
        ("server_names", [1]),
        ("provider_concurrency", 1.5),
        ("provider_concurrency", True),
        ("provider_timeout", "10"),
        ("provider_timeout", True),
        ("data", 1),
        ("members", {"port": 1}),
    ],
)
def test_a_value_of_another_type_is_named(key, value):
    assert key in refused({key: value}).message


@pytest.mark.parametrize("network", ["10.0.0.1/8", "10.0.0.0/33", "hub.example", "", "10.0.0.0-10.0.0.9"])
def test_a_network_of_providers_is_one(network):
    error = refused({"provider_networks": ["10.0.0.0/8", network]})
    assert "provider_networks" in error.message
    assert "10.64.0.0/12" in error.next_action
    assert from_mapping({"provider_networks": ["10.0.0.0/8", "2001:db8::/32", "10.1.2.3"]}, Path("/x")).provider_networks[2] == "10.1.2.3"


@pytest.mark.parametrize("key", ["members", "public", "web"])
@pytest.mark.parametrize(
    "address", ["", "7443", "localhost", "localhost:", ":7443", "localhost:x", "localhost:65536", "localhost:-1", "localhost:７"]
)
def test_an_address_is_host_and_port(key, address):
    assert key in refused({key: address}).message


@pytest.mark.parametrize("value", [0, -1, 10_001, float("inf"), float("nan")])
@pytest.mark.parametrize("key", ["provider_timeout", "checkpoint_seconds"])
def test_a_limit_lets_something_through_and_not_everything(key, value):
    assert key in refused({key: value}).message


def test_a_provider_gets_at_least_one_call_at_a_time():
    assert "provider_concurrency" in refused({"provider_concurrency": 0}).message


def test_whole_numbers_do_for_seconds_and_paths_are_relative_to_the_file(tmp_path: Path):
    file = tmp_path / "shuniu.toml"
    file.write_text('provider_timeout = 3\ndata = "elsewhere"\nserver_names = ["a", "b"]\nmembers = "[::1]:0"\n', encoding="utf-8")
    config = load(file)
    assert (config.provider_timeout, config.data, config.server_names) == (3.0, tmp_path / "elsewhere", ("a", "b"))
    file.write_text('data = "/absolute"\n', encoding="utf-8")
    assert load(file).data == Path("/absolute")


def test_a_file_that_is_missing_or_no_toml_is_told_so(tmp_path: Path):
    with pytest.raises(ConfigError) as missing:
        load(tmp_path / "shuniu.toml")
    assert "shuniu init" in missing.value.next_action
    for content in (b"hub = ", b"\xff\xfe", b"a = 1\na = 2"):
        (tmp_path / "shuniu.toml").write_bytes(content)
        with pytest.raises(ConfigError):
            load(tmp_path / "shuniu.toml")


@pytest.mark.parametrize(
    ("address", "names", "called"),
    [
        ("127.0.0.1:7443", ("hub.example",), "127.0.0.1:7443"),
        ("hub.example:7443", ("other.example",), "hub.example:7443"),
        ("0.0.0.0:7443", ("localhost", "127.0.0.1", "hub.example"), "hub.example:7443"),
        ("[::]:7443", ("hub.example",), "hub.example:7443"),
        ("0.0.0.0:7443", ("localhost",), "0.0.0.0:7443"),
    ],
)
def test_where_the_hub_listens_everywhere_it_is_called_by_a_name_of_its_certificate(address: str, names: tuple[str, ...], called: str):
    assert Config(server_names=names).called_at(address) == called


def test_limits_stand_in_a_table_of_their_own_and_are_named_by_it():
    assert from_mapping({"limits": {"strangers_at_once": 3}}, Path("/x")).limits.strangers_at_once == 3
    assert "limits.stranger_at_once" in refused({"limits": {"stranger_at_once": 3}}).message
    assert "limits.strangers_share" in refused({"limits": {"strangers_share": 1.5}}).message
    assert "limits.strangers_waiting" in refused({"limits": {"strangers_waiting": 0}}).message
    assert "limits.handshake_seconds" in refused({"limits": {"handshake_seconds": "10"}}).message
    assert "limits" in refused({"limits": 3}).message
