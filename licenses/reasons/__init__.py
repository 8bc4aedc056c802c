"""Rows of the catalogue: `issuing` for what departments do, `shown` for what strangers show, `type_file` for the file of license types."""

from licenses.reasons import issuing, shown, type_file

__all__ = ["issuing", "shown", "type_file"]
