"""SM2 signatures and SM3 digests (GB/T 32918, GB/T 32905) by the system libcrypto, through a thin ctypes binding; and DER.

`native` declares the functions of libcrypto that are called, `keys` gives them a shape that cannot leak
or crash, `der` reads and writes DER strictly. No wheel brings any of it along: nothing has to be installed but OpenSSL 3.
"""

from shuniu.sm2.keys import USER_ID, PrivateKey, PublicKey, generate, is_signature, self_test, sm3

__all__ = ["USER_ID", "PrivateKey", "PublicKey", "generate", "is_signature", "self_test", "sm3"]
