"""A table of a page as a file that office programs open: CSV in UTF-8 with a byte order mark, and no cell that such a program would run."""

import csv
import io
from collections.abc import Iterable, Sequence

from aiohttp.web import Response

from shuniu.lists.formulas import guarded


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """Return a table as a file of that name, kept by no cache."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    body = f"\ufeff{text.getvalue()}".encode()
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(body=body, headers=headers, content_type="text/csv", charset="utf-8")
