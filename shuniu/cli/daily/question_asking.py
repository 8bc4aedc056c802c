"""`shuniu question ask NAME`: a question that waits, asked again by the system that asked it, also after its program has gone."""

from __future__ import annotations

from pathlib import Path

import click

from shuniu.cli.calling import OneCall, method_of
from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import connected
from shuniu.cli.daily.questions import QUESTION
from shuniu.cli.department import identity_option
from shuniu.cli.options import PLACE, officer_of
from shuniu.receipts import ReceiptFolder
from shuniu.when_available import request_of


@click.command("ask")
@click.argument("name")
@officer_of("经办人，缺省为原经办人 the officer who asks now; the one who asked first unless named.", required=False)
@click.option("--keep", type=PLACE, metavar="FILE", help="保存结果与回执 keep the answer with receipt and salt; personal data, mode 0600.")
@click.option("--receipts", type=PLACE, metavar="DIR", help="保存到存证回执目录 keep it in a folder of receipts, as DIR/INDEX.json.")
@identity_option
def ask(*, name: str, officer: str, keep: Path | None, receipts: Path | None, identity: Path) -> None:
    """重新提出待答查询 Ask a waiting question again: everything is checked anew, and an answer or a refusal ends it.

    The answer is JSON on standard output, the receipt goes to standard error. Where the provider is away still, the question waits on.
    """
    folder = None if receipts is None else ReceiptFolder(receipts)  # before anything is asked: a receipt must not be lost
    with connected(identity, DEADLINE) as client:
        request = request_of(client.questions.get(QUESTION.full_name(name)), officer)
        method = method_of(f"ExchangeService/{type(request).__name__.removesuffix('Request')}")
        OneCall(client, method, DEADLINE, keep, folder).run(request)
