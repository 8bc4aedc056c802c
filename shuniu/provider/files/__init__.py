"""Serves a CSV or Parquet file as a table: read whole into an index on disk, and again when the file is replaced. Needs no database.

provider.add(FileProvider("permits.csv", "permit_number", encoding="gb18030").resource())
"""

from __future__ import annotations

from shuniu.provider.files.provider import FileProvider

__all__ = ["FileProvider"]
