"""Chapter 1: departments write their entries, the authority reviews them, a release of the whole directory is signed."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cli.demo.expectation import expect
from cli.demo.members import SYSTEM, Member
from cli.demo.story import AUTHORITY_OFFICER, MARKET_OFFICER, POLICE_OFFICER, Story
from cli.synthetic import EntrySeed
from shuniu.errors import ShuniuCallError
from shuniu.v1 import catalog_pb2 as pb
from shuniu.v1 import identity_pb2

_PREDICATES: Final = (
    pb.Predicate(
        name="is_adult",
        text="年满18周岁",
        text_en="is 18 or older",
        terms=[pb.PredicateTerm(field="birth_date", comparison=pb.COMPARISON_YEARS_SINCE, values=["18"])],
    ),
    pb.Predicate(
        name="same_name", text="姓名一致", text_en="the name is the same", terms=[pb.PredicateTerm(field="name", comparison=pb.COMPARISON_SAME)]
    ),
)
ASSESSED_ON: Final = "2026-01-05"
AT_ONCE: Final = 4
MOST_WAITS: Final = 100
_R = TypeVar("_R")
_T = TypeVar("_T")


def publish(story: Story) -> None:
    """Put the two registers of the story and 498 further entries into the directory."""
    with story.screen.step(
        "publish", "公安厅、市监厅编目提交，数据局审核发布", "two departments submit entries, the authority publishes them"
    ) as step:
        resident, business = story.seeds[0], story.seeds[1]
        story.entries["resident"] = through(story, story.police, resident, POLICE_OFFICER)
        story.entries["business"] = through(story, story.market, business, MARKET_OFFICER)
        step.say(f"{resident.title}（有条件共享）  {business.title}（无条件共享）")
    with story.screen.step("directory", "数据局代全区其余部门编制并发布目录", "the authority publishes the rest of the directory") as step:
        rest = story.seeds[2:]
        _register(story, rest)
        published = _at_once(lambda seed: through(story, story.authority, seed, AUTHORITY_OFFICER), rest)
        expect(all(entry.state == pb.ENTRY_STATE_PUBLISHED for entry in published), "every entry published")
        step.say(f"共 {len(published) + 2} 个条目，覆盖省、市、县")
    with story.screen.step("release", "签发目录发布版", "a release of the directory is signed and checked") as step:
        release = story.authority.client.catalog.CreateRelease(pb.CreateReleaseRequest(request_id="demo-release"))
        expect(release.entry_count == len(story.seeds), "all entries in the release")
        expect(_has_signature(release), "a signature that holds")
        step.say(f"第 {release.number} 版，{release.entry_count} 个条目，摘要值 {release.digest.hex()[:16]}…")


def export(story: Story) -> None:
    """Write the directory as DCAT-AP and as a table."""
    with story.screen.step("export", "导出目录：DCAT-AP 3.0.1，编制指南栏目", "the directory as DCAT-AP 3.0.1 and as CSV"):
        folder = story.out / "directory"
        folder.mkdir(parents=True, exist_ok=True)
        formats = {"ttl": pb.EXPORT_FORMAT_TURTLE, "jsonld": pb.EXPORT_FORMAT_JSON_LD, "csv": pb.EXPORT_FORMAT_CSV}
        for ending, kind in formats.items():
            # the first export writes every entry, which may take longer than a call usually does
            pieces = story.civil.client.catalog.ExportDirectory(pb.ExportDirectoryRequest(format=kind), timeout=120)
            (folder / f"directory.{ending}").write_bytes(b"".join(piece.chunk for piece in pieces))


def _register(story: Story, seeds: Iterable[EntrySeed]) -> None:
    """Register the departments that the rest of the directory names."""
    names = {seed.provider: seed for seed in seeds if seed.provider not in story.members.by_uscc}
    identity = story.authority.client.identity

    def create(seed: EntrySeed) -> None:
        level = pb.Level.Value(f"LEVEL_{seed.level.upper()}")
        department = identity_pb2.Department(uscc=seed.provider, title=seed.provider_name, region=seed.region, level=level)
        identity.CreateDepartment(identity_pb2.CreateDepartmentRequest(department=department, request_id=f"demo-{seed.provider}"))

    _at_once(create, names.values())


def _at_once(work: Callable[[EntrySeed], _T], seeds: Iterable[EntrySeed]) -> list[_T]:
    """Do the work a few at a time; what has not begun is dropped when the story is interrupted."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(pool.map(work, seeds))
    finally:
        pool.shutdown(cancel_futures=True)


def _patiently(call: Callable[[_R], _T], request: _R) -> _T:
    """Send a request, again in a while where the hub says that one system writes too much at a time: nothing was done then."""
    for _ in range(MOST_WAITS):
        try:
            return call(request)
        except ShuniuCallError as error:
            if error.reason != "WRITES_TOO_MANY":
                raise
            time.sleep(error.retry_after)
    return call(request)


def through(story: Story, by: Member, seed: EntrySeed, officer: str) -> pb.Entry:
    """Draft, submit, publish an entry; return it as published."""
    catalog = by.client.catalog
    # a request id has at most 64 characters
    entry = _patiently(catalog.CreateEntry, pb.CreateEntryRequest(entry=_entry(seed), request_id=f"demo-{seed.resource_code}"[:64]))
    entry = _patiently(catalog.SubmitEntry, pb.SubmitEntryRequest(name=entry.name, etag=entry.etag, reason="首次编目", officer=officer))
    request = pb.PublishEntryRequest(name=entry.name, etag=entry.etag, officer=AUTHORITY_OFFICER)
    return _patiently(story.authority.client.catalog.PublishEntry, request)


def _entry(seed: EntrySeed) -> pb.Entry:
    """Return the message that a department would send for a seed."""
    fields = [
        pb.Field(
            name=one.name,
            label=one.label,
            type=pb.FieldType.Value(f"FIELD_TYPE_{one.type.upper()}"),
            length=one.length,
            nullable=one.nullable,
            key=one.key,
            sensitivity=one.sensitivity,
            personal=one.personal,
            mask=one.mask,
        )
        for one in seed.fields
    ]
    return pb.Entry(
        resource_code=seed.resource_code,
        title=seed.title,
        abstract=seed.abstract,
        keywords=seed.keywords,
        class_path=seed.class_path,
        region=seed.region,
        level=pb.Level.Value(f"LEVEL_{seed.level.upper()}"),
        provider=seed.provider,
        steward=seed.steward,
        steward_phone=seed.steward_phone,
        legal_basis=seed.legal_basis,
        share_type=pb.ShareType.Value(f"SHARE_TYPE_{seed.share_type.upper()}"),
        share_condition=seed.share_condition,
        refusal_reason=seed.refusal_reason,
        refusal_basis=seed.refusal_basis,
        modes=[pb.ShareMode.Value(f"SHARE_MODE_{mode.upper()}") for mode in seed.modes],
        open_type=pb.OpenType.Value(f"OPEN_TYPE_{seed.open_type.upper()}"),
        open_condition=seed.open_condition,
        update_period=pb.UpdatePeriod.Value(f"UPDATE_PERIOD_{seed.update_period.upper()}"),
        fields=fields,
        source=pb.Source(record_term=seed.record_term),
        serving_system=SYSTEM if seed.serving_resource else "",
        serving_resource=seed.serving_resource,
        retention_days=seed.retention_days,
        subject_domain=seed.subject_domain,
        assessment=_assessed(seed),
        predicates=_PREDICATES if seed.serving_resource == "resident" else (),
        data_format=pb.DATA_FORMAT_DATABASE,
        data_class="/".join(seed.class_path),
        data_grade=pb.DATA_GRADE_GENERAL,
    )


def _assessed(seed: EntrySeed) -> pb.Assessment:
    """Return what the department assessed before it listed the data (Decree 809 art. 13); the reports are made up as the data is."""
    number = seed.resource_code.rpartition("/")[2]
    assessed = pb.Assessment(secrecy=pb.SECRECY_NONE, secrecy_report=f"保密风险评估报告（{number}）", secrecy_date=ASSESSED_ON)
    if any(one.personal for one in seed.fields):
        assessed.impact_report, assessed.impact_date = f"个人信息保护影响评估报告（{number}）", ASSESSED_ON
    return assessed


def _has_signature(release: pb.Release) -> bool:
    key = load_pem_public_key(release.public_key_pem.encode())
    # checked as an outsider would, without any code of the hub
    r, s = (int.from_bytes(release.signature[start : start + 32], "big") for start in (0, 32))
    try:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(encode_dss_signature(r, s), release.statement, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return release.digest.hex() in release.statement.decode()
