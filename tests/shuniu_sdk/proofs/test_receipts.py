"""A receipt is proven against a signed head with hashes alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shuniu.catalogue import CatalogueError
from shuniu.proofs import Checkpoint, inclusion_proof, leaf_hash
from shuniu.proofs.tree import range_root, root_of
from shuniu.receipts import Receipt

HASHES = [leaf_hash(bytes((number,))) for number in range(200)]
HEAD = Checkpoint("hub.test/log", 200, root_of(HASHES))
RECEIPT = Receipt("hub.test/log", 41, HASHES[41])
PROOF = inclusion_proof(41, 200, lambda level, index: root_of(HASHES[index << level : (index + 1) << level]))


def reason_of(receipt, head, proof):
    with pytest.raises(CatalogueError) as refusal:
        receipt.prove(head, proof)
    return refusal.value.reason


def test_the_record_of_a_receipt_stands_in_the_log():
    assert range_root(0, 200, lambda level, index: root_of(HASHES[index << level : (index + 1) << level])) == HEAD.root
    RECEIPT.prove(HEAD, PROOF)


def test_another_record_place_log_or_proof_is_refused():
    assert reason_of(replace(RECEIPT, leaf_hash=HASHES[42]), HEAD, PROOF) == "PROOF_FAILED"
    assert reason_of(replace(RECEIPT, index=42), HEAD, PROOF) == "PROOF_FAILED"
    assert reason_of(replace(RECEIPT, index=200), HEAD, PROOF) == "MALFORMED_PROOF"
    assert reason_of(replace(RECEIPT, origin="other.test/log"), HEAD, PROOF) == "WRONG_ORIGIN"
    assert reason_of(RECEIPT, replace(HEAD, root=HASHES[0]), PROOF) == "PROOF_FAILED"
    assert reason_of(RECEIPT, HEAD, PROOF[:-1]) == "MALFORMED_PROOF"
