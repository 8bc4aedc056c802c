"""What can be wrong with the access log, in both languages: rows of the catalogue (`hub.errors.Reason`).

`records` holds what is wrong with events, searches, stored records and signing, `publishing` what is wrong while it is published,
`damage` what follows from damage that is known, `times` what is wrong with the clock, `rows` what is wrong with what binds the register to
the log. What anybody may find in a copy of the log stands in `shuniu.proofs.reasons`.
"""

from audit.reasons import damage, publishing, records, rows, times

__all__ = ["damage", "publishing", "records", "rows", "times"]
