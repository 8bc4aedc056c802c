"""Rows of the catalogue: `issuing` for what departments do, `picture` for QR pictures, `type_file` for the file of license types."""

from licenses.reasons import issuing, picture, type_file

__all__ = ["issuing", "picture", "type_file"]
