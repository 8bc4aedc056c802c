"""What can be wrong with the access log, in both languages: rows of the catalogue (`hub.errors.Reason`).

`records` holds what is wrong with events, searches, stored records and signing, `copies` what anybody may find in a copy of the log,
`times` what is wrong with the clock.
"""

from audit.reasons import copies, records, times

__all__ = ["copies", "records", "times"]
