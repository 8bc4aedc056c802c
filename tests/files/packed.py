"""Workbooks and Parquet files as departments send them, and as nobody should."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


class Raw(str):
    """The XML of a cell's content, with its attributes before a bar."""

    __slots__ = ()


def day(number: float) -> Raw:
    """Return a date as a spreadsheet keeps it: a number, shown as a day."""
    return Raw(f's="1"|<v>{number}</v>')


def formula(text: str, value: object) -> Raw:
    """Return a computed cell and what it last came to."""
    return Raw(f"|<f>{escape(text)}</f><v>{value}</v>")


def sheet(rows: Sequence[Sequence[object]], behind: str = "") -> str:
    """Return a sheet of cells: texts, numbers, truth values, raw ones; None is no cell."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + at)}{number}", one) for at, one in enumerate(row) if one is not None)
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{behind}</worksheet>'


def _cell(place: str, value: object) -> str:
    if isinstance(value, Raw):
        attributes, _, content = value.partition("|")
        return f'<c r="{place}" {attributes}>{content}</c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def workbook(*sheets: str, states: Sequence[str] = ()) -> bytes:
    """Return a workbook of sheets, each in a state: visible unless told."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        book.writestr("_rels/.rels", _relations(("officeDocument", "xl/workbook.xml")))
        named = [
            f'<sheet name="S{at}" sheetId="{at}" r:id="r{at}" state="{(*states, *["visible"] * 9)[at - 1]}"/>' for at in range(1, len(sheets) + 1)
        ]
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>{"".join(named)}</sheets></workbook>')
        targets = [("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)]
        book.writestr("xl/_rels/workbook.xml.rels", _relations(*targets, ("styles", "styles.xml")))
        book.writestr("xl/styles.xml", _STYLES)
        for at, one in enumerate(sheets, 1):
            book.writestr(f"xl/worksheets/sheet{at}.xml", one)
    return out.getvalue()


def _relations(*targets: tuple[str, str]) -> str:
    inner = "".join(f'<Relationship Id="r{at}" Type="{_OFFICE}/{kind}" Target="{path}"/>' for at, (kind, path) in enumerate(targets, 1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def parquet(columns: dict[str, Any], **how: Any) -> bytes:
    """Return a Parquet file of columns."""
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **how)
    return out.getvalue()
