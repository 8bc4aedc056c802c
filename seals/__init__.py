"""Electronic seals: SM2 keys and certificates, GB/T 38540-2020 seals and signatures, their verification, their picture.

Words: a *seal* (SESeal) is a picture with an owner's certificates, signed by a *seal maker*; a *signature* (SES_Signature)
is the act of sealing one document with it. Invariants: what is verified are the bytes that came, never a re-encoding of
them; verification is a report of steps, not a yes; private keys stay with their owner, who signs bytes handed out here.
"""
