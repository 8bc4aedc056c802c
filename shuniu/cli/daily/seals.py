"""`shuniu seal`: what a seal office does, from the signer's certificate to a stamp, and what the authority does with seals that are applied for."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_APPLIED: Final = ("seal.kind", "seal.title", "seal.signers", "seal.valid_to", "officer")
SEAL: Final = Group(
    command="seal",
    line="电子印章 Seals of GB/T 38540: apply for one, make, use and revoke it; verify seals and stamps; whose seals the hub trusts.",
    collection="seals",
    find=by_get("SealService/GetSeal"),
    rows=(
        Row(
            "list",
            "SealService/ListSeals",
            "列出印章 List this department's seals; the authority's list has all.",
            columns=("name", "title", "kind", "state", "owner", "valid_to"),
        ),
        Row("show", "SealService/GetSeal", "查看印章 Show a seal."),
        Row(
            "apply",
            "SealService/ApplySeal",
            "申请印章 Apply for a seal; the hub draws its picture when the authority makes it.",
            inside="seal",
            takes=_APPLIED,
            needs=_APPLIED,
            helps={
                "seal.title": "环排文字 the text on the ring",
                "seal.signers": "签章者证书，可重复 certificate of a signer who may use it; may be repeated",
                "seal.valid_to": "有效期至，不晚于证书 valid to; not behind the certificates' end",
            },
        ),
        Row("make", "SealService/MakeSeal", "制作 Approve it, draw it and sign it as the seal maker. Authority only.", needs=("officer",)),
        Row("refuse", "SealService/RefuseSeal", "不予制作 Refuse to make it. Authority only.", needs=("reason", "officer"), ends=True),
        Row("activate", "SealService/ActivateSeal", "启用 Take a seal that was made into use.", needs=("officer",)),
        Row("revoke", "SealService/RevokeSeal", "注销 End a seal for good.", needs=("reason", "officer"), ends=True),
    ),
    more=(
        ("save", "shuniu.cli.daily.stamping:save"),
        ("stamp", "shuniu.cli.daily.stamping:stamp"),
        ("certificate", "shuniu.cli.daily.signer_certificates:certificate"),
        ("verify", "shuniu.cli.seals:verify"),
        ("trust", "shuniu.cli.seals:trust"),
    ),
)
seal: Final = group_of(SEAL)
