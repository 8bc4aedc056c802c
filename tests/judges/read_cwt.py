"""Run by the judges' interpreter: reads one job as JSON on standard input and answers in JSON what python-cwt makes of it.

The job is {"cwt": hex, "pem": text, "kid": hex}; the answer {"ok": bool, "claims": ..., "error": ...}.
"""

import importlib
import json
import sys
from typing import Any


def plain(value: Any) -> Any:
    """Make a decoded value fit for JSON: bytes as hex, keys as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def main() -> None:
    """Judge the job on standard input."""
    cwt, cbor2, job = importlib.import_module("cwt"), importlib.import_module("cbor2"), json.load(sys.stdin)
    data = bytes.fromhex(job["cwt"])
    try:
        key = cwt.COSEKey.from_pem(job["pem"], kid=bytes.fromhex(job["kid"]), alg="ES256")
        claims = cwt.decode(data, keys=key)
        tag = cbor2.loads(data)
        same = cbor2.dumps(tag, canonical=True) == data and cbor2.dumps(cbor2.loads(tag.value[2]), canonical=True) == tag.value[2]
        answer = {"ok": True, "claims": plain(claims), "deterministic": same, "protected": plain(cbor2.loads(tag.value[0]))}
    except Exception as problem:  # noqa: BLE001 - any refusal is an answer
        answer = {"ok": False, "error": f"{type(problem).__name__}: {problem}"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
