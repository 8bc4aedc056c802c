"""Electronic licenses: types, identifiers, codes, status, trust and the verdict on what somebody shows.

A License is issued by a Department to one or several Holders under a LicenseType. Its identifier (GB/T 36904) names one
version of it; a change is a new version with a new identifier. The Code is the public minimum of a license, signed by the
issuing department's own key, drawn as a QR picture and readable without a network. The StatusList tells which licenses are
revoked, suspended or superseded; the TrustList tells which keys may sign for which department and which type.

What always holds: the key that signs a license never enters the hub; nothing named inside a code is ever fetched; foreign
bytes are read once, strictly, under caps; a verdict says what it knows, how old that knowledge is, and never guesses.
"""
