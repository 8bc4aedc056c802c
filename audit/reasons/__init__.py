"""What can be wrong with the access log, in both languages: rows of the catalogue (`hub.errors.Reason`).

`records` holds what is wrong with events, searches, stored records and signing, `damage` what follows from damage that is known, `copies`
what anybody may find in a copy of the log, `times` what is wrong with the clock, `rows` what is wrong with what binds the register to the log.
"""

from audit.reasons import copies, damage, records, rows, times

__all__ = ["copies", "damage", "records", "rows", "times"]
