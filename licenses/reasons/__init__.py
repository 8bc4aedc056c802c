"""Rows of the catalogue: `issuing` for what departments do, `foreign` for what strangers show, `type_file` for the file of license types."""

from licenses.reasons import foreign, issuing, type_file

__all__ = ["foreign", "issuing", "type_file"]
