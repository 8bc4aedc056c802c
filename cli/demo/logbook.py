"""Chapter 9: the auditor finds the citizen's accesses, and proves with a signed checkpoint alone that the log was not changed."""

import shutil
import time
import urllib.request
from pathlib import Path
from typing import Final

from google.protobuf.json_format import MessageToJson

from cli.demo.expectation import StoryError, expect
from cli.demo.story import AUDITOR, OFFICER, Story
from hub.keys import write_private
from shuniu.cli.output import ExitCode
from shuniu.cli.receipts import judge
from shuniu.proofs.checkpoint import VerifierKey, open_checkpoint
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.proof import ConsistencyProof, InclusionProof
from shuniu.proofs.tiles import ENTRIES, levels_of, tiles_of
from shuniu.receipts import KeptAnswer
from shuniu.v1 import audit_pb2 as pb

PATIENCE: Final = 15.0
KINDS: Final = {"intent": "访问意图", "outcome": "访问结果", "refusal": "拒绝", "change": "变更", "search": "查阅"}


def search(story: Story) -> None:
    """Find every access to the citizen's record by the ID number."""
    with story.screen.step(
        "audit_search", "审计厅按证件号码查询访问记录，查询本身也记入日志", "the auditor finds the accesses to the citizen's data"
    ) as step:
        request = pb.SearchAuditRecordsRequest(
            subject=story.subject.id_number, subject_domain="cn-id", reason="居民申请查询", searcher=AUDITOR, page_size=50
        )
        audit = story.auditor.client.audit
        found = audit.SearchAuditRecords(request)
        records = found.records
        kinds = [record.kind for record in records]
        expect(kinds.count("outcome") >= 1 and kinds.count("intent") >= 1 and kinds.count("refusal") >= 1, "intent, outcome and refusal")
        indexes = {record.index for record in records}
        expect(story.answer is not None and story.answer.receipt.index in indexes, "the record that the receipt names")
        # what the search found opens under it; anything else would be a look of its own, with a reason of its own
        one = audit.GetAuditRecord(pb.GetAuditRecordRequest(index=records[0].index, search_index=found.search_index))
        expect(one == records[0], "the record as the search showed it")
        for record in records[:4]:
            kind = KINDS.get(record.kind, record.kind)
            parts = (f"第 {record.index} 条", kind, record.department, record.officer, record.case_number, *record.fields)
            step.say(" ".join(filter(None, parts)))


def check_receipt(story: Story) -> None:
    """Hold the answer that civil affairs kept against the record that its receipt names: the digest there is opened by the caller's salt alone."""
    folder = story.out / "receipts"
    folder.mkdir(parents=True, exist_ok=True)
    with story.screen.step(
        "receipt", "民政厅核对存证回执：日志所指正是其取得的结果", "the log speaks of just the answer that civil affairs received"
    ) as step:
        answer = story.answer
        if answer is None:
            raise StoryError("有查询结果 an answer")
        asked = pb.GetAuditRecordRequest(index=answer.receipt.index, searcher=OFFICER, reason="核对存证回执")
        record = story.civil.client.audit.GetAuditRecord(asked)
        write_private(folder / "answer.json", answer.keep().encode())
        (folder / "record.json").write_text(MessageToJson(record, preserving_proto_field_name=True, ensure_ascii=False), encoding="utf-8")
        kept = KeptAnswer.from_json((folder / "answer.json").read_text(encoding="utf-8"))
        verdict, text = judge(kept, record)
        expect(verdict is ExitCode.OK, text)
        step.say(text)


def prove(story: Story, size1: int) -> None:
    """Fetch checkpoint and tiles as any outsider may, verify them, and write the proofs."""
    folder = story.out / "audit"
    folder.mkdir(parents=True, exist_ok=True)
    with story.screen.step(
        "checkpoint", "下载已签名的检查点和日志分片，离线验证整个日志", "checkpoint and tiles are downloaded, the whole log is verified offline"
    ) as step:
        size = _fetch(story, folder)
        verdict = verify_directory(folder)
        expect(verdict.ok, "; ".join(one.zh for one in verdict.findings))
        step.say(f"{verdict.origin}：{size} 条记录，根哈希 {verdict.root.hex()[:16]}…")
    with story.screen.step("proofs", "验证存在性证明和一致性证明", "inclusion and consistency proofs hold"):
        audit = story.auditor.client.audit
        receipt = story.answer.receipt if story.answer else None
        expect(receipt is not None, "a receipt")
        given = audit.GetInclusionProof(pb.GetInclusionProofRequest(index=receipt.index if receipt else 0, size=size))
        inclusion = InclusionProof(given.index, given.size, given.leaf_hash, given.root, tuple(given.proof))
        inclusion.verify()
        expect(receipt is not None and inclusion.leaf_hash == receipt.leaf_hash, "the leaf hash of the receipt")
        grown = audit.GetConsistencyProof(pb.GetConsistencyProofRequest(size1=size1, size2=size))
        consistency = ConsistencyProof(grown.size1, grown.size2, grown.root1, grown.root2, tuple(grown.proof))
        consistency.verify()
        (folder / "inclusion.json").write_bytes(inclusion.to_json())
        (folder / "consistency.json").write_bytes(consistency.to_json())
        expect(verify_directory(folder).ok, "the folder with its proofs verifies")


def tamper(story: Story, scratch: Path) -> None:
    """Flip one byte in a copy of the log: it is found and named."""
    with story.screen.step(
        "tamper", "在日志副本中改动一个字节，立即发现并指明位置", "one changed byte in a copy is found and its place named"
    ) as step:
        copy = scratch / "tampered"
        shutil.copytree(story.out / "audit", copy)
        bundle = next(path for path in sorted((copy / "tile" / "entries").rglob("*")) if path.is_file())
        data = bytearray(bundle.read_bytes())
        # in the middle, where a record stands
        data[len(data) // 2] ^= 1
        bundle.write_bytes(data)
        verdict = verify_directory(copy)
        expect(not verdict.ok and verdict.findings[0].leaf is not None, "a finding that names the record")
        step.say(verdict.findings[0].zh)
        shutil.rmtree(copy)


def head(story: Story) -> int:
    """Return the size of the newest checkpoint that covers the log as it is now, for a later consistency proof."""
    given = story.auditor.client.audit.GetCheckpoint(pb.GetCheckpointRequest())
    return open_checkpoint(given.checkpoint.encode(), [VerifierKey.parse(given.vkey)]).size


def _fetch(story: Story, folder: Path) -> int:
    """Wait for a checkpoint that covers the story's last record, then download it with every tile it rests on."""
    newest = story.auditor.client.audit.SearchAuditRecords(
        pb.SearchAuditRecordsRequest(department=story.civil.uscc, reason="取证前定位最新记录", searcher=AUDITOR, page_size=1)
    )
    end = time.monotonic() + PATIENCE
    # an index counts from 0, so a checkpoint covers it from the size above
    while (size := head(story)) <= newest.records[0].index and time.monotonic() < end:
        time.sleep(0.1)
    expect(size > newest.records[0].index, "a checkpoint over the whole story")
    (folder / "log.vkey").write_bytes(_get(story, "log.vkey"))
    note = _get(story, "checkpoint")
    (folder / "checkpoint").write_bytes(note)
    key = VerifierKey.parse((folder / "log.vkey").read_text(encoding="utf-8").strip())
    # the log may have grown since the wait: which tiles are wanted follows from the checkpoint at hand
    size = open_checkpoint(note, [key]).size
    for level in (ENTRIES, *levels_of(size)):
        for tile in tiles_of(size, level):
            path = folder / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_get(story, tile.path))
    return size


def _get(story: Story, path: str) -> bytes:
    with urllib.request.urlopen(f"{story.web}/log/{path}", timeout=10) as answer:  # noqa: S310 - the demo's own loopback address
        data: bytes = answer.read()
    return data
