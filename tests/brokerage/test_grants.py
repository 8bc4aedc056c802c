import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.grants import LiveGrant, LiveGrants, Quota
from brokerage.model import Grant, GrantState
from catalog.model import ShareMode
from hub.access import Caller
from hub.errors import LimitError, MissingGrantError, NotAllowedError
from tests.brokerage.given import CIVIL, ENTRY, MONDAY, POLICE, TAX, TERMS

GRANT = Grant(
    id="01k0000000000000000000000g",
    data_request="dataRequests/r",
    entry=ENTRY.name,
    entry_version=1,
    consumer=CIVIL.department,
    provider=POLICE.department,
    terms=TERMS,
    start_time=MONDAY,
    expire_time=MONDAY + timedelta(days=90),
)


def live(**changed) -> LiveGrant:
    fields = tuple(field for field in ENTRY.fields if field.name in TERMS.fields)
    return LiveGrant(replace(GRANT, **changed), ENTRY.name, ENTRY.title, fields, "id_number", "cn-id", POLICE.department, "register", "residents")


def state_in(registry: LiveGrants) -> GrantState | None:
    found = registry.get(GRANT.id, MONDAY)
    return None if found is None else found.grant.state


def test_a_call_within_the_grant_passes():
    live().check(CIVIL, ShareMode.QUERY, ENTRY.name, "640000-relief", MONDAY)
    live().check(CIVIL, ShareMode.QUERY, "", "640000-relief", MONDAY)


@pytest.mark.parametrize(
    ("changed", "caller", "entry", "purpose", "days", "error", "reason"),
    [
        ({}, TAX, "", "640000-relief", 0, NotAllowedError, "NOT_CONSUMER"),
        ({}, replace(CIVIL, system="other"), "", "640000-relief", 0, NotAllowedError, "SYSTEM_NOT_COVERED"),
        ({}, CIVIL, "", "640000-relief", -1, MissingGrantError, "GRANT_NOT_BEGUN"),
        ({}, CIVIL, "", "640000-relief", 90, MissingGrantError, "GRANT_EXPIRED"),
        ({"state": GrantState.SUSPENDED}, CIVIL, "", "640000-relief", 0, MissingGrantError, "GRANT_SUSPENDED"),
        ({"state": GrantState.REVOKED}, CIVIL, "", "640000-relief", 0, MissingGrantError, "GRANT_REVOKED"),
        ({}, CIVIL, "entries/other", "640000-relief", 0, NotAllowedError, "ENTRY_NOT_GRANTED"),
        ({}, CIVIL, "", "640000-tax", 0, NotAllowedError, "PURPOSE_NOT_GRANTED"),
        ({}, CIVIL, "", "", 0, NotAllowedError, "PURPOSE_NOT_GRANTED"),
        # who comes before when, when before why
        ({"state": GrantState.REVOKED}, TAX, "", "640000-tax", 0, NotAllowedError, "NOT_CONSUMER"),
        ({"state": GrantState.REVOKED}, CIVIL, "entries/other", "640000-tax", 0, MissingGrantError, "GRANT_REVOKED"),
        # why before how
        ({"terms": replace(TERMS, mode="check")}, CIVIL, "", "640000-tax", 0, NotAllowedError, "PURPOSE_NOT_GRANTED"),
        ({"terms": replace(TERMS, mode="check")}, CIVIL, "", "640000-relief", 0, NotAllowedError, "MODE_NOT_GRANTED"),
    ],
)
def test_a_call_outside_the_grant_is_refused_with_its_reason(changed, caller, entry, purpose, days, error, reason):
    with pytest.raises(error) as refused:
        live(**changed).check(caller, ShareMode.QUERY, entry, purpose, MONDAY + timedelta(days=days))
    assert refused.value.reason == reason
    assert refused.value.next_action
    assert refused.value.facts["grant"] == GRANT.name


@pytest.mark.parametrize("mode", [mode for mode in ShareMode if mode is not ShareMode.QUERY])
def test_data_moves_in_no_other_way_than_was_granted(mode):
    with pytest.raises(NotAllowedError) as refused:
        live(terms=replace(TERMS, mode=mode.value)).check(CIVIL, ShareMode.QUERY, "", "640000-relief", MONDAY)
    assert (refused.value.reason, refused.value.facts["granted"], refused.value.facts["wanted"]) == ("MODE_NOT_GRANTED", mode.value, "query")
    with pytest.raises(NotAllowedError) as refused:
        live().check(CIVIL, mode, "", "640000-relief", MONDAY)
    assert (refused.value.reason, refused.value.facts["granted"]) == ("MODE_NOT_GRANTED", "query")


def test_a_grant_that_names_no_system_covers_all_of_the_consumer():
    live(terms=replace(TERMS, systems=())).check(Caller(CIVIL.department, "any"), ShareMode.QUERY, "", "640000-relief", MONDAY)


def test_all_granted_fields_are_given_where_none_is_named():
    assert [field.name for field in live().fields_of(())] == ["id_number", "name", "address"]
    assert [field.name for field in live().fields_of(["name", "id_number", "name"])] == ["name", "id_number"]


def test_a_field_that_is_not_granted_is_named_and_foreign_text_is_not_repeated():
    with pytest.raises(NotAllowedError) as refused:
        live().fields_of(["name", "born", "640104199003070128", "<b>"])
    assert refused.value.reason == "FIELD_NOT_GRANTED"
    assert refused.value.facts["fields"] == "born, (no field name), (no field name)"
    assert "640104" not in str(refused.value)


@given(st.lists(st.text(max_size=8) | st.sampled_from([field.name for field in ENTRY.fields]), max_size=6))
def test_what_is_allowed_is_never_more_than_granted(wanted):
    try:
        given_fields = live().fields_of(wanted)
    except NotAllowedError:
        assert set(wanted) - set(TERMS.fields)
        return
    assert {field.name for field in given_fields} <= set(TERMS.fields)


def test_the_quota_counts_by_the_day_of_utc_plus_8():
    quota, grant = Quota(), live(terms=replace(TERMS, daily_calls=2))
    evening = MONDAY.replace(hour=15, minute=59)  # 23:59 in Yinchuan
    quota.take(grant, evening)
    quota.take(grant, evening)
    with pytest.raises(LimitError) as refused:
        quota.take(grant, evening)
    assert refused.value.retry_after == 60
    quota.take(grant, evening + timedelta(minutes=1))
    quota.take(grant, evening)
    with pytest.raises(LimitError):
        quota.take(grant, evening)  # a clock set back gives no second day


def test_each_grant_has_its_own_quota():
    quota = Quota()
    for grant_id in ("a", "b"):
        quota.take(live(id=grant_id, terms=replace(TERMS, daily_calls=1)), MONDAY)


def test_parallel_calls_never_exceed_the_quota():
    quota, grant, passed = Quota(), live(terms=replace(TERMS, daily_calls=50)), []

    def call():
        for _ in range(20):
            try:
                quota.take(grant, MONDAY)
                passed.append(1)
            except LimitError:
                pass

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 50


def test_a_changed_grant_is_read_again_and_other_topics_are_not_heard():
    stored = {GRANT.id: live()}
    registry = LiveGrants(stored.get, lambda: list(stored.values()))
    assert registry.get(GRANT.id, MONDAY) is None
    registry.load_all()
    assert registry.get(GRANT.id, MONDAY) is stored[GRANT.id]
    stored[GRANT.id] = live(state=GrantState.REVOKED)
    registry.reload("identities", GRANT.id)
    assert state_in(registry) is GrantState.ACTIVE
    registry.reload("grants", GRANT.id)
    assert state_in(registry) is GrantState.REVOKED
    stored.clear()
    registry.reload("grants", GRANT.id)
    assert registry.get(GRANT.id, MONDAY) is None


def test_how_many_departments_hold_a_live_grant_at_a_system_follows_every_change():
    def grant(number: str, consumer: Caller, system: str = "s", **said) -> LiveGrant:
        one = live(**said)
        return replace(one, grant=replace(one.grant, id=number, consumer=consumer.department), serving_system=system)

    stored = {"1": grant("1", CIVIL), "2": grant("2", CIVIL), "3": grant("3", TAX), "4": grant("4", TAX, "elsewhere")}
    registry = LiveGrants(stored.get, lambda: list(stored.values()))
    at = (stored["1"].provider, "s", MONDAY)
    assert registry.consumers_at(*at) == 0
    registry.load_all()
    assert registry.consumers_at(*at) == 2
    for number, changed, count in (
        ("3", grant("3", TAX, state=GrantState.REVOKED), 1),
        ("3", grant("3", TAX), 2),
        ("3", grant("3", TAX, "elsewhere"), 1),
        ("1", None, 1),
        ("2", grant("2", CIVIL, state=GrantState.SUSPENDED), 0),
    ):
        stored.pop(number)
        if changed is not None:
            stored[number] = changed
        registry.reload("grants", number)
        assert registry.consumers_at(*at) == count
    registry.load_all()
    assert registry.consumers_at(stored["3"].provider, "elsewhere", MONDAY) == 1
    assert registry.consumers_at(stored["3"].provider, "elsewhere", stored["3"].grant.expire_time) == 0


def test_a_slow_reading_of_all_never_brings_a_revoked_grant_back():
    """load_all has read the old state and is slow to store it; meanwhile the grant is revoked and announced."""
    stored, read, go_on = {GRANT.id: live()}, threading.Event(), threading.Event()

    def load_all():
        old = list(stored.values())
        read.set()
        go_on.wait(5)
        return old

    registry = LiveGrants(stored.get, load_all)
    slow = threading.Thread(target=registry.load_all)
    slow.start()
    read.wait(5)
    stored[GRANT.id] = live(state=GrantState.REVOKED)
    change = threading.Thread(target=registry.reload, args=("grants", GRANT.id))
    change.start()
    go_on.set()
    slow.join()
    change.join()
    assert state_in(registry) is GrantState.REVOKED


def test_a_moment_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Quota().take(live(), MONDAY.replace(tzinfo=None))
