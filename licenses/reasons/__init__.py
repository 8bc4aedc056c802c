"""Rows of the catalogue: `issuing` for what departments do, `type_file` for the file of license types."""

from licenses.reasons import issuing, type_file

__all__ = ["issuing", "type_file"]
