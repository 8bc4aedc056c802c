"""Messages of downloads: parts out. No rules."""

from typing import Final

from audit.model import Receipt
from exchange.forms import CallSum, Form
from shuniu.v1 import download_pb2


def head_to(head: bytes, token: bytes) -> bytes:
    """Return the first part, the header row; nothing where the call goes on behind it."""
    return part_to(head, 0, 0, token) if head else b""


def part_to(data: bytes | memoryview, first_row: int, rows: int, token: bytes) -> bytes:
    """Return a part with rows."""
    part = download_pb2.DownloadPart(data=bytes(data), first_row=first_row, rows=rows, resume_token=token)
    return download_pb2.DownloadResponse(part=part).SerializeToString()


def end_to(total: CallSum, receipt: Receipt) -> bytes:
    """Return the last part."""
    end = download_pb2.DownloadEnd(
        rows=total.rows,
        bytes=total.size,
        sha256=total.content,
        digest=total.digest,
        salt=total.salt,
        log_origin=receipt.origin,
        log_index=receipt.index,
        log_leaf=receipt.leaf_hash,
    )
    return download_pb2.DownloadResponse(end=end).SerializeToString()


FILES: Final = Form(head_to, part_to, end_to)
"""A file in parts."""
