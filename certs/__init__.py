"""Who is who: departments, their systems and officers, enrolment by one-time token and CSR, and the built-in CA.

A Department is known by its unified social credit code (`shuniu.identifiers.uscc`), a System by a client certificate whose SAN URI names hub,
department and system, an Officer by name on every access. A private key is made where it is used and never leaves there: systems send a CSR, and the
CA's own key stays in the key ring, which signs for it.
"""
