"""The access log: who looked at whose data, when, why and under which grant, in a form that nobody can quietly change.

Words: an `Event` is what happened; a `Record` is the event as it stands in the log; a leaf is the commitment to a record, and the
only part that enters the Merkle tree; a `Checkpoint` is the signed head of that tree; a tile is a piece of the tree as a file; a
`Receipt` is what a caller keeps. Invariants: no personal data leaves the hub before its record is durable; no name and no ID number
stands in the log in clear (a subject is a pseudonym); erasing a record's payload and salt leaves every proof valid; no checkpoint is
signed that does not extend the last one. Formats are RFC 6962 and C2SP signed-note, tlog-checkpoint and tlog-tiles, byte for byte,
so that tools made by others verify this log.
"""
