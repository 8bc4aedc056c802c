from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.store import Reception
from brokerage.model import (
    GRANT_PROCEDURE,
    OBJECTION_PROCEDURE,
    REQUEST_PROCEDURE,
    Concern,
    CorrectionNotice,
    DataRequest,
    DataRequestState,
    DeliveryExplanation,
    Extension,
    FollowKind,
    Grant,
    GrantState,
    GrantStep,
    Mending,
    NoticeState,
    Objection,
    ObjectionRuling,
    ObjectionState,
    ObjectionStep,
    ObjectionTarget,
    Recipient,
    RequestStep,
    Term,
    Terms,
    grant_for,
    issuer_of,
    possible_keys,
    recipients_of,
)
from brokerage.model.succession import pass_objection, pass_request
from brokerage.model.terms import shows_no_more
from catalog.model import EntryState
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError
from hub.procedure import Party
from hub.succession import Passing
from tests.brokerage.given import AUTHORITY, CIVIL, ENTRY, HOUSING, LAW, MONDAY, NOT_SHARED, POLICE, TAX, TERMS, UNCONDITIONAL, asking, wrong_record
from timing.timer import Timer

TIMER = Timer("answer-conditional", "条例", 10, False, MONDAY)
DRAFT = replace(DataRequest.draft(CIVIL, asking(), ENTRY, "r", MONDAY), timer=TIMER)
WISH = Extension(working_days=5, reason="需补充核验", officer="李强", request_time=MONDAY)
LESS = replace(TERMS, period_days=30)
GRANT = Grant(
    id="g",
    data_request="dataRequests/r",
    entry=ENTRY.name,
    entry_version=1,
    consumer=CIVIL.department,
    provider=POLICE.department,
    terms=TERMS,
    start_time=MONDAY,
    expire_time=MONDAY + timedelta(days=90),
)
OBJECTION = Objection.file(HOUSING, wrong_record(), Concern(POLICE.department, "cn-id", b"p" * 16), "o", MONDAY)
CLOSING = Passing(succession="successions/1", predecessor=POLICE.department, successor="", time=MONDAY, reason="撤销")

REQUEST_STEPS = {
    RequestStep.SUBMIT: (CIVIL, lambda it, by: it.submit(by, ENTRY, TIMER, MONDAY)),
    RequestStep.ASK_FOR_MORE: (POLICE, lambda it, by: it.ask_for_more(by, ("缺依据",), MONDAY)),
    RequestStep.SUPPLEMENT: (CIVIL, lambda it, by: it.supplement(by, "依据如下", MONDAY)),
    RequestStep.APPROVE: (POLICE, lambda it, by: it.approve(by, ENTRY, None, "", MONDAY)),
    RequestStep.OFFER: (POLICE, lambda it, by: it.approve(by, ENTRY, LESS, "三十日足够", MONDAY)),
    RequestStep.ACCEPT: (CIVIL, lambda it, by: it.accept(by, ENTRY)),
    RequestStep.REFUSE: (POLICE, lambda it, by: it.refuse(by, "不符合", LAW, MONDAY)),
    RequestStep.REQUEST_EXTENSION: (POLICE, lambda it, by: it.request_extension(by, WISH, 10)),
    RequestStep.ALLOW_EXTENSION: (AUTHORITY, lambda it, by: replace(it, extension=WISH).allow_extension(by, "情况属实", "王芳", MONDAY)),
    RequestStep.REFUSE_EXTENSION: (AUTHORITY, lambda it, by: replace(it, extension=WISH).refuse_extension(by, "可在时限内答复", "王芳", MONDAY)),
    RequestStep.WITHDRAW: (CIVIL, lambda it, by: it.withdraw(by, "不再需要")),
    RequestStep.RUN_OUT: (None, lambda it, _by: it.run_out()),
    RequestStep.END: (None, lambda it, _by: pass_request(it, CLOSING)),
}
TERM = Term(working_days=10, due_time=MONDAY + timedelta(days=14))
MENDING = Mending(working_days=5, due_time=MONDAY + timedelta(days=7), by=Party.PROVIDER)
REPORT = replace(MENDING, statement="已整改", officer="王敏", report_time=MONDAY)
LATE = Timer("delivery", "第二十二条", 20, verified=False, start_time=MONDAY, told_time=MONDAY)
EXPLANATION = DeliveryExplanation(statement="接口尚在改造", expected_date=date(2025, 11, 10), officer="李强")
GRANT_STEPS = {
    GrantStep.SUSPEND: (POLICE, lambda it, by: it.suspend(by, "核查", MONDAY)),
    GrantStep.RESUME: (POLICE, lambda it, by: it.resume(by, "核查完毕", MONDAY)),
    GrantStep.REVOKE: (AUTHORITY, lambda it, by: it.revoke(by, "依据废止", MONDAY)),
    GrantStep.END: (None, lambda it, _by: it.end("业务系统下线", MONDAY)),
    GrantStep.REPORT_MENDING: (CIVIL, lambda it, by: replace(it, mending=MENDING).report_mending(by, "已整改", "王敏", MONDAY)),
    GrantStep.REFUSE_MENDING: (POLICE, lambda it, by: replace(it, mending=REPORT).refuse_mending(by, "仍有问题", TERM, MONDAY)),
    GrantStep.EXPLAIN_DELIVERY: (POLICE, lambda it, by: replace(it, timer=LATE).explain_delivery(by, EXPLANATION, MONDAY)),
    GrantStep.AMEND: (None, lambda it, _by: it.follow_by(GRANT, FollowKind.AMENDMENT, MONDAY)),
    GrantStep.RENEW: (None, lambda it, _by: it.follow_by(GRANT, FollowKind.RENEWAL, MONDAY)),
}
STOPPING = (GrantStep.SUSPEND, GrantStep.RESUME)
OBJECTION_STEPS = {
    ObjectionStep.VERIFY: (POLICE, lambda it, by: it.verify(by)),
    ObjectionStep.CORRECT: (POLICE, lambda it, by: it.correct(by, "已更正")),
    ObjectionStep.DISMISS: (POLICE, lambda it, by: it.dismiss(by, "记录无误")),
    ObjectionStep.CONFIRM: (HOUSING, lambda it, by: it.confirm(by, MONDAY)),
    ObjectionStep.END: (None, lambda it, _by: pass_objection(it, CLOSING, MONDAY)),
    ObjectionStep.WITHDRAW: (HOUSING, lambda it, by: it.withdraw(by, "已自行核实", MONDAY)),
    ObjectionStep.APPEAL: (HOUSING, lambda it, by: it.appeal_to_authority(by, "档案本身有误", MONDAY)),
    ObjectionStep.UPHOLD: (AUTHORITY, lambda it, by: it.uphold(by, "处理得当", "赵云", MONDAY)),
    ObjectionStep.OVERTURN: (AUTHORITY, lambda it, by: it.overturn(by, "证据充分", "赵云", TIMER, MONDAY)),
}


@pytest.mark.parametrize(("state", "step"), list(product(DataRequestState, RequestStep)))
def test_a_request_takes_the_steps_of_its_table_and_no_other(state, step):
    by, act = REQUEST_STEPS[step]
    request = replace(DRAFT, state=state)
    if (state, step) in REQUEST_PROCEDURE.next:
        after = act(request, by)
        assert after.state is REQUEST_PROCEDURE.next[state, step]
        assert after.revision == request.revision + 1
    else:
        with pytest.raises(IllegalStateError) as refused:
            act(request, by)
        assert (refused.value.facts["state"], refused.value.facts["step"]) == (state.value, step.value)


@pytest.mark.parametrize(("state", "step"), list(product(GrantState, GrantStep)))
def test_a_grant_takes_the_steps_of_its_table_and_no_other(state, step):
    by, act = GRANT_STEPS[step]
    grant = replace(GRANT, state=state)
    if (state, step) in GRANT_PROCEDURE.next:
        after = act(grant, by)
        assert (after.state, after.revision) == (GRANT_PROCEDURE.next[state, step], grant.revision + 1)
    else:
        with pytest.raises(IllegalStateError):
            act(grant, by)


@pytest.mark.parametrize(("state", "step"), list(product(ObjectionState, ObjectionStep)))
def test_an_objection_takes_the_steps_of_its_table_and_no_other(state, step):
    by, act = OBJECTION_STEPS[step]
    objection = replace(OBJECTION, state=state)
    if (state, step) in OBJECTION_PROCEDURE.next:
        assert act(objection, by).state is OBJECTION_PROCEDURE.next[state, step]
    else:
        with pytest.raises(IllegalStateError):
            act(objection, by)


@pytest.mark.parametrize(("step", "caller"), list(product([s for s in RequestStep if REQUEST_STEPS[s][0]], [CIVIL, POLICE, TAX, AUTHORITY])))
def test_a_step_of_a_request_is_for_its_party_alone_whatever_the_state(step, caller):
    by, act = REQUEST_STEPS[step]
    for state in DataRequestState:
        if caller is not by:
            with pytest.raises(NotAllowedError):
                act(replace(DRAFT, state=state), caller)


@pytest.mark.parametrize("step", STOPPING)
def test_a_grant_is_stopped_by_its_provider_or_the_authority_alone(step):
    state = next(state for state, possible in GRANT_PROCEDURE.next if possible is step)
    for caller in (POLICE, AUTHORITY):
        assert GRANT_STEPS[step][1](replace(GRANT, state=state), caller).reason
    for caller in (CIVIL, TAX):
        with pytest.raises(NotAllowedError):
            GRANT_STEPS[step][1](replace(GRANT, state=state), caller)


@pytest.mark.parametrize(
    ("step", "caller"), list(product([one for one in ObjectionStep if OBJECTION_STEPS[one][0]], [HOUSING, POLICE, TAX, AUTHORITY]))
)
def test_a_step_of_an_objection_is_for_its_party_alone(step, caller):
    by, act = OBJECTION_STEPS[step]
    if caller is not by:
        with pytest.raises(NotAllowedError):
            act(OBJECTION, caller)


def test_a_step_from_a_wrong_state_is_refused_in_both_languages():
    with pytest.raises(IllegalStateError) as refused:
        DRAFT.approve(POLICE, ENTRY, None, "", MONDAY)
    assert refused.value.message == "the data request is a draft; to approve it, it must be overdue or submitted"
    assert refused.value.zh == "该数据共享申请当前为“草稿”，只有“已逾期或已提交”时才能批准"


def test_a_step_of_a_wrong_party_is_refused_in_both_languages():
    with pytest.raises(NotAllowedError) as refused:
        GRANT.suspend(CIVIL, "依据废止", MONDAY)
    assert (refused.value.reason, refused.value.facts["step"]) == ("WRONG_PARTY", "suspend")
    assert refused.value.message == "grant: only the authority or provider may suspend it"
    assert refused.value.zh == "只有数据共享主管部门或提供部门可以暂停该共享授权"


def test_a_provider_ends_no_running_grant_out_of_hand_and_a_consumer_gives_its_own_up():
    with pytest.raises(IllegalStateError) as refused:
        GRANT.revoke(POLICE, "依据废止", MONDAY)
    assert refused.value.reason == "CONSULT_FIRST"
    suspended = replace(GRANT, state=GrantState.SUSPENDED)
    with pytest.raises(IllegalStateError):  # else a suspension would be the way around the consultation
        suspended.revoke(POLICE, "不再提供", MONDAY)
    unmended = replace(suspended, mending=MENDING)
    assert unmended.revoke(POLICE, "逾期未改正", MENDING.due_time + timedelta(days=1)).state is GrantState.REVOKED
    assert GRANT.revoke(CIVIL, "不再需要", MONDAY).state is GrantState.REVOKED
    assert GRANT.revoke(AUTHORITY, "依据废止", MONDAY).state is GrantState.REVOKED


def test_a_department_does_not_request_its_own_data():
    with pytest.raises(InvalidInputError, match="its own data"):
        DataRequest.draft(POLICE, asking(), ENTRY, "r", MONDAY)


@pytest.mark.parametrize("without", [{"legal_basis": " "}, {"scenario": ""}, {"scope": "\n"}, {"officer": " "}])
def test_a_request_without_its_grounds_is_sent_back(without):
    with pytest.raises(InvalidInputError):
        replace(asking(), **without)


@pytest.mark.parametrize("basis", ["领导指示", "《宁夏回族自治区政务数据管理办法》", "《银川市数据条例》"])
def test_a_refusal_that_cites_what_is_no_national_law_is_sent_back(basis):
    with pytest.raises(InvalidInputError):
        replace(DRAFT, state=DataRequestState.SUBMITTED).refuse(POLICE, "不符合", basis, MONDAY)


def test_a_refusal_without_a_reason_is_sent_back():
    with pytest.raises(InvalidInputError):
        replace(DRAFT, state=DataRequestState.SUBMITTED).refuse(POLICE, " \n", LAW, MONDAY)


def test_what_people_write_is_kept_in_one_spelling():
    content = replace(asking(), officer=" 王 敏\u200b ", scope="全区\r\n", asked=replace(TERMS, purposes=("６４００００-relief",)))
    assert (content.officer, content.scope, content.asked) == ("王 敏", "全区", TERMS)
    with pytest.raises(InvalidInputError) as refused:
        replace(asking(), scenario=f"核对 {wrong_record().subject_key} 的低保")
    assert (refused.value.reason, refused.value.field) == ("ID_NUMBER_IN_CLEAR", "scenario")


def test_more_is_asked_for_once():
    asked = replace(DRAFT, state=DataRequestState.SUBMITTED, timer=TIMER).ask_for_more(POLICE, ("缺依据", "缺范围"), MONDAY)
    assert asked.timer is not None
    assert asked.timer.stopped
    again = asked.supplement(CIVIL, "依据如下", MONDAY + timedelta(days=2))
    assert again.timer is not None
    assert again.timer.pauses == ((MONDAY, MONDAY + timedelta(days=2)),)
    with pytest.raises(IllegalStateError, match="once"):
        again.ask_for_more(POLICE, ("还缺",), MONDAY)


@pytest.mark.parametrize("gaps", [(), ("",), ("x",) * 51])
def test_gaps_are_named(gaps):
    with pytest.raises(InvalidInputError):
        replace(DRAFT, state=DataRequestState.SUBMITTED).ask_for_more(POLICE, gaps, MONDAY)


def test_a_counter_offer_says_why_and_is_never_wider_than_asked():
    waiting = replace(DRAFT, state=DataRequestState.SUBMITTED)
    with pytest.raises(InvalidInputError, match="reason"):
        waiting.approve(POLICE, ENTRY, LESS, "", MONDAY)
    with pytest.raises(InvalidInputError, match="wider"):
        waiting.approve(POLICE, ENTRY, replace(TERMS, period_days=91), "更长", MONDAY)
    offer = waiting.approve(POLICE, ENTRY, LESS, "三十日足够", MONDAY)
    assert offer.offered == LESS
    with pytest.raises(IllegalStateError):
        grant_for(offer, "g", MONDAY)


def test_the_same_terms_in_another_order_are_an_approval():
    same = replace(TERMS, fields=TERMS.fields[::-1], systems=TERMS.systems[::-1], masks={"name": "keep:1,1"})
    approved = replace(DRAFT, state=DataRequestState.SUBMITTED).approve(POLICE, ENTRY, same, "", MONDAY)
    assert approved.state is DataRequestState.APPROVED


def test_nothing_is_given_of_an_entry_that_was_withdrawn():
    gone = replace(ENTRY, state=EntryState.WITHDRAWN)
    with pytest.raises(IllegalStateError, match="withdrawn"):
        replace(DRAFT, state=DataRequestState.SUBMITTED).approve(POLICE, gone, None, "", MONDAY)
    with pytest.raises(IllegalStateError, match="withdrawn"):
        replace(DRAFT, state=DataRequestState.OFFERED, offered=LESS).accept(CIVIL, gone)


def test_an_entry_answers_at_once_when_it_is_unconditional_or_not_shared():
    waiting = replace(DRAFT, state=DataRequestState.SUBMITTED)
    assert waiting.answer_at_once(ENTRY, MONDAY) is waiting
    granted = waiting.answer_at_once(UNCONDITIONAL, MONDAY)
    assert (granted.state, granted.offered) == (DataRequestState.APPROVED, TERMS)
    assert "by the hub" in granted.reason
    refused = waiting.answer_at_once(NOT_SHARED, MONDAY)
    assert (refused.state, refused.refusal_basis) == (DataRequestState.REFUSED, NOT_SHARED.refusal_basis)


def test_a_grant_lives_for_the_days_given():
    request, grant = grant_for(replace(DRAFT, state=DataRequestState.APPROVED, offered=LESS), "g", MONDAY)
    assert request.grant == grant.name
    assert grant.state_at(MONDAY + timedelta(days=30, microseconds=-1)) is GrantState.ACTIVE
    assert grant.state_at(MONDAY + timedelta(days=30)) is GrantState.EXPIRED
    with pytest.raises(IllegalStateError):
        grant_for(request, "g2", MONDAY)


def test_an_expired_grant_takes_no_step_and_a_revoked_one_stays_revoked():
    late = GRANT.expire_time
    for state in (GrantState.ACTIVE, GrantState.SUSPENDED):
        with pytest.raises(IllegalStateError, match="expired"):
            replace(GRANT, state=state).resume(POLICE, "继续", late)
    assert replace(GRANT, state=GrantState.REVOKED).state_at(late) is GrantState.REVOKED


@pytest.mark.parametrize(
    "changed",
    [
        {"fields": ()},
        {"fields": ("name", "name")},
        {"fields": ("Name; DROP",)},
        {"purposes": ()},
        {"purposes": ("has blank",)},
        {"systems": ("UPPER",)},
        {"period_days": 0},
        {"period_days": 1096},
        {"daily_calls": 0},
        {"mode": ""},
        {"masks": {"born": "hide"}},
        {"masks": {"name": "blur"}},
    ],
)
def test_terms_of_a_wrong_shape_are_refused(changed):
    with pytest.raises(InvalidInputError):
        replace(TERMS, **changed).clean()


@pytest.mark.parametrize(
    ("changed", "entry"),
    [
        ({"fields": ("salary",)}, ENTRY),
        ({"mode": "stream"}, ENTRY),
        ({"masks": {"name": "keep:2,1"}}, ENTRY),
        ({"fields": ("born",), "masks": {"born": "keep:4,0"}}, ENTRY),
        ({}, replace(ENTRY, purposes=("640000-tax",))),
    ],
)
def test_terms_beyond_the_entry_are_refused(changed, entry):
    with pytest.raises(InvalidInputError):
        replace(TERMS, **changed).fit(entry)


def test_terms_within_the_entry_lose_only_the_masks_that_say_nothing_new():
    terms = replace(TERMS, masks={"name": "keep:1,1", "address": "hide"})
    assert dict(terms.fit(replace(ENTRY, purposes=("640000-relief", "x"))).masks) == {"address": "hide"}


NARROWER = [
    {"fields": ("name",)},
    {"masks": {"name": "keep:1,0"}},
    {"masks": {"address": "hide"}},
    {"systems": ("relief",)},
    {"period_days": 1},
    {"daily_calls": 1},
]
WIDER = [{"fields": (*TERMS.fields, "born")}, {"purposes": ("other",)}, {"systems": ()}, {"systems": ("tax",)}, {"mode": "check"}]


@pytest.mark.parametrize("changed", NARROWER)
def test_less_in_one_respect_is_narrower(changed):
    less = replace(TERMS, **changed)
    assert less.narrower_than(TERMS)
    assert not TERMS.narrower_than(less)


@pytest.mark.parametrize("changed", WIDER)
@pytest.mark.parametrize("also", NARROWER[3:])
def test_more_in_one_respect_is_never_narrower_whatever_is_less(changed, also):
    assert not replace(TERMS, **{**also, **changed}).narrower_than(TERMS)


names = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(tuple)
rules = st.sampled_from(["", "keep:1,1", "keep:2,2", "keep:0,3", "year", "hide"])


@st.composite
def some_terms(draw):
    fields = draw(names)
    return Terms(
        fields=fields,
        purposes=draw(names),
        period_days=draw(st.integers(1, 3)),
        daily_calls=draw(st.integers(1, 3)),
        mode=draw(st.sampled_from(["query", "check"])),
        systems=draw(st.just(()) | names),
        masks=draw(st.dictionaries(st.sampled_from(fields), rules)),
    )


@given(some_terms(), some_terms(), some_terms())
def test_narrower_is_an_order(one, two, three):
    assert one.narrower_than(one)
    if one.narrower_than(two) and two.narrower_than(three):
        assert one.narrower_than(three)
    if one.same_extent(two):
        assert set(one.fields) == set(two.fields)
        assert one.masks == two.masks


@given(rules, rules)
def test_of_two_masking_rules_hide_is_the_strictest_and_none_the_widest(one, two):
    assert shows_no_more("hide", one)
    assert shows_no_more(one, "")
    assert one == two or not (shows_no_more(one, two) and shows_no_more(two, one))


@pytest.mark.parametrize(
    "changed",
    [
        {"subject_key": ""},
        {"subject_key": "x" * 65},
        {"target": ObjectionTarget.ENTRY},
        {"statement": f"身份证{wrong_record().subject_key.lower()}有误"},
        {"case_number": f"CASE{wrong_record().subject_key}"},
    ],
)
def test_an_objection_names_a_subject_where_it_must_and_nowhere_else(changed):
    with pytest.raises(InvalidInputError):
        wrong_record(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"statement": ""},
        {"evidence_digest": b"short"},
        {"field": "name"},
        {"case_number": "two\nlines"},
        {"officer": ""},
        {"target": ObjectionTarget.FIELD},
    ],
)
def test_an_objection_of_a_wrong_shape_is_not_written(changed):
    with pytest.raises(InvalidInputError):
        wrong_record(**changed)


def test_the_key_of_a_record_shows_in_no_repr():
    assert wrong_record().subject_key not in repr(wrong_record())


def test_the_words_of_an_outcome_are_what_could_be_a_key():
    assert possible_keys("已更正：ab12345x，３２０１０２ 与 12345 无关") == {"AB12345X", "320102"}


@pytest.mark.parametrize("key", ["BUSINESS-1234", "ＢＵＳＩＮＥＳＳ１２３４", "business 1234"])
def test_a_key_is_found_in_any_spelling(key):
    with pytest.raises(InvalidInputError) as refused:
        wrong_record(subject_key="Business1234", statement=f"{key}登记有误")
    assert refused.value.reason == "SUBJECT_IN_CLEAR"


def test_every_open_objection_carries_the_notice_that_service_continues():
    for state in ObjectionState:
        notice = replace(OBJECTION, state=state).service_continues_notice
        assert notice.startswith("服务不中断告知") == (state in {ObjectionState.FILED, ObjectionState.VERIFYING, ObjectionState.APPEALED})


def test_after_an_overturned_outcome_the_source_can_only_correct_and_a_new_appeal_lifts_that():
    dismissed = replace(OBJECTION, state=ObjectionState.DISMISSED, outcome="与档案一致")
    overturned = dismissed.appeal_to_authority(HOUSING, "档案本身有误", MONDAY).overturn(AUTHORITY, "证据充分", "赵云", TIMER, MONDAY)
    assert (overturned.state, overturned.ruling, overturned.decision) == (ObjectionState.VERIFYING, ObjectionRuling.OVERTURNED, "证据充分")
    assert (overturned.decision_officer, overturned.decide_time, overturned.timer) == ("赵云", MONDAY, TIMER)
    with pytest.raises(IllegalStateError) as refused:
        overturned.dismiss(POLICE, "仍与档案一致")
    assert refused.value.reason == "MUST_CORRECT"
    again = overturned.correct(POLICE, "档案已更正").appeal_to_authority(HOUSING, "更正仍有误", MONDAY)
    assert (again.ruling, again.decision, again.decision_officer, again.decide_time) == (None, "", "", None)
    upheld = again.uphold(AUTHORITY, "更正无误", "赵云", MONDAY)
    assert (upheld.state, upheld.end_time, upheld.outcome) == (ObjectionState.CLOSED, MONDAY, "档案已更正")


def test_every_text_of_an_appeal_and_its_decision_is_said():
    appealed = replace(OBJECTION, state=ObjectionState.APPEALED)
    for step in (
        lambda: OBJECTION.withdraw(HOUSING, " ", MONDAY),
        lambda: replace(OBJECTION, state=ObjectionState.CORRECTED).appeal_to_authority(HOUSING, "", MONDAY),
        lambda: appealed.uphold(AUTHORITY, "", "赵云", MONDAY),
        lambda: appealed.overturn(AUTHORITY, " ", "赵云", TIMER, MONDAY),
    ):
        with pytest.raises(InvalidInputError):
            step()


def test_only_a_license_has_a_successor():
    verifying = replace(OBJECTION, state=ObjectionState.VERIFYING)
    with pytest.raises(InvalidInputError) as refused:
        verifying.correct(POLICE, "已更正", "licenses/1")
    assert refused.value.reason == "SUCCESSOR_AND_TARGET"
    assert replace(verifying, target=ObjectionTarget.LICENSE).correct(POLICE, "已换发", "licenses/1").successor == "licenses/1"


def test_an_outcome_is_said():
    verifying = replace(OBJECTION, state=ObjectionState.VERIFYING)
    with pytest.raises(InvalidInputError):
        verifying.correct(POLICE, " ")
    with pytest.raises(InvalidInputError):
        verifying.dismiss(POLICE, "")


def test_receptions_are_grouped_by_department_without_the_source():
    found = [Reception("A", "c1", 3), Reception("B", "c2", 5), Reception("A", "c1", 7), Reception("S", "c3", 9), Reception("A", "", 11)]
    assert recipients_of(found, "S") == (Recipient("A", ("c1",), (3, 7, 11)), Recipient("B", ("c2",), (5,)))


def test_a_notice_is_acknowledged_once_by_its_recipient():
    notice = CorrectionNotice(
        id="n",
        objection="objections/o",
        recipient=CIVIL.department,
        entry=ENTRY.name,
        case_numbers=(),
        log_indexes=(1,),
        outcome="已更正",
        create_time=MONDAY,
    )
    with pytest.raises(NotAllowedError):
        notice.acknowledge(POLICE, "李强", MONDAY)
    assert notice.state is NoticeState.SENT
    done = notice.acknowledge(CIVIL, "王敏", MONDAY)
    assert done.state is NoticeState.ACKNOWLEDGED
    assert done.acknowledge_time == MONDAY
    with pytest.raises(IllegalStateError):
        done.acknowledge(CIVIL, "王敏", MONDAY)
    again = done.send_again(replace(notice, id="n2", outcome="再次更正"))
    assert (again.id, again.revision, again.state, again.outcome) == ("n", 3, NoticeState.SENT, "再次更正")
    assert (again.for_source().log_indexes, again.for_source().access_count) == ((), 1)


def test_the_issuer_of_a_license_stands_in_its_identifier():
    type_code = "11100000000013338W001"
    assert issuer_of(f"licenses/1.2.156.3005.2.{type_code}.{POLICE.department}.SER1.001.K") == POLICE.department
    wrong = POLICE.department[:-1] + ("0" if POLICE.department[-1] != "0" else "1")
    for name in (f"licenses/1.2.156.3005.2.{type_code}.{wrong}.SER1.001.K", "licenses/x", f"1.2.156.3005.2.{type_code}.{POLICE.department}.S.001.K"):
        with pytest.raises(InvalidInputError):
            issuer_of(name)


@given(st.text(max_size=200))
def test_any_text_is_a_license_of_somebody_or_refused(text):
    with pytest.raises(InvalidInputError):
        issuer_of("licenses/" + text)


@given(st.text(alphabet=st.characters(codec=None), max_size=20))
def test_a_text_is_kept_only_when_the_log_can_hold_it(text):
    try:
        after = replace(DRAFT, state=DataRequestState.SUBMITTED).withdraw(CIVIL, text)
    except InvalidInputError:
        return
    assert after.reason.strip()
    assert not any(c < " " and c != "\n" for c in after.reason)
    after.reason.encode()


def test_a_mask_is_compared_by_its_counts_not_by_its_spelling() -> None:
    assert shows_no_more("keep:03,4", "keep:6,4")
    assert shows_no_more("keep:3,04", "keep:3,4")
    assert not shows_no_more("keep:07,4", "keep:6,4")
