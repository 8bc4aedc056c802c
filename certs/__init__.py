"""Who is who: departments, their systems and officers, enrolment by one-time token and CSR, and the built-in CA.

A Department is known by its unified social credit code (`uscc.py`), a System by a client certificate whose SAN URI names
hub, department and system, an Officer by name on every access. A private key is made where it is used and never leaves
there. `citizen_id.py` knows what a well-formed ID number is, so that a mistyped one is refused before anything is asked.
"""
