"""What a member sees of another department's inside: every field of every message that tells of systems, certificates and entries, by descriptor."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from shuniu.v1 import catalog_pb2, identity_pb2
from tests.world import AUDITOR, AUTHORITY, CONSUMER, OTHER, PROVIDER, World

SYSTEM, ENTRY = "shuniu.v1.System", "shuniu.v1.Entry"
_NAMES = """
    name version etag state resource_code title abstract keywords class_path region level series provider provider_title steward steward_phone
    legal_basis share_type share_condition refusal_reason refusal_basis modes purposes open_type open_condition update_period fields source
    serving_system retention_days subject_domain create_time submit_time publish_time end_time data_update_time change_reason
    data_format data_class data_grade
"""
OF_AN_ENTRY = set(_NAMES.split())
OPEN = {
    SYSTEM: {"name", "department", "system"},
    "shuniu.v1.Certificate": set(),
    ENTRY: OF_AN_ENTRY,
}
"""What a foreign member may be told, by message; a field that is added later is nobody's until it stands here."""
OWN = {
    SYSTEM: {"roles", "endpoint", "certificates"},
    "shuniu.v1.Certificate": {"serial", "fingerprint", "roles"},
    ENTRY: {"serving_resource", "assessment"},
}
"""What the department itself and the authority see beside it, of a system that serves."""
LOOKS = {"ListSystems", "GetEntry", "ListEntryVersions", "ListEntries", "SearchEntries"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


def told(message: Message, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the fields that are set, by message, however deep."""
    seen = found.setdefault(message.DESCRIPTOR.full_name, set())
    for field, value in message.ListFields():
        seen.add(field.name)
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for one in value if field.is_repeated else [value]:
                told(one, found)
    return found


def holds(kind: Descriptor, wanted: set[str], seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether a message is one of these, or has one in it."""
    inner = [one.message_type for one in cast("list[FieldDescriptor]", list(kind.fields)) if one.message_type is not None]
    return kind.full_name in wanted or any(one.full_name not in seen and holds(one, wanted, seen | {kind.full_name}) for one in inner)


def looked(world: World, kind: str, roles: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """Return everything that a department is told when it looks at the provider."""
    entry, by = world.usual_entry, world.member(kind, roles=roles)
    provider = world.member(PROVIDER).department
    asked: dict[str, dict[str, Any]] = {
        "ListSystems": {"department": provider},
        "GetEntry": {"name": entry.name},
        "ListEntryVersions": {"name": entry.name},
        "ListEntries": {"provider": provider},
        "SearchEntries": {"query": entry.title},
    }
    assert set(asked) == LOOKS
    found: dict[str, set[str]] = {}
    for rpc, fields in asked.items():
        told(by.do(rpc, **fields), found)
    return found


def test_every_rpc_that_only_looks_and_tells_of_systems_or_entries_is_walked():
    reading = {
        method.name
        for file in (identity_pb2, catalog_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if method.name.startswith(("Get", "List", "Search")) and holds(method.output_type, set(OPEN))
    }
    assert reading == LOOKS


@pytest.mark.parametrize(("kind", "roles"), [(CONSUMER, ()), (OTHER, ()), (AUDITOR, ("auditor",))])
def test_a_foreign_member_is_told_nothing_of_the_inside(world: World, kind: str, roles: tuple[str, ...]):
    found = looked(world, kind, roles)
    for message, fields in OPEN.items():
        assert found.get(message, set()) <= fields, message
    assert found[SYSTEM] == OPEN[SYSTEM]
    assert "serving_system" in found[ENTRY]


@pytest.mark.parametrize("kind", [PROVIDER, AUTHORITY])
def test_the_department_itself_and_the_authority_see_it_all(world: World, kind: str):
    found = looked(world, kind)
    for message, fields in OWN.items():
        assert fields <= found[message], message


def test_a_system_that_serves_nothing_is_not_named_to_others(world: World):
    idle = world.member(PROVIDER, "idle")
    world.usual_entry  # noqa: B018 - makes the provider serve
    for kind, is_named in ((CONSUMER, False), (PROVIDER, True), (AUTHORITY, True)):
        listed = world.member(kind).do("ListSystems", department=idle.department).systems
        assert (idle.system in [one.system for one in listed]) is is_named
