"""What a caller keeps of its accesses, and how it is checked: a receipt with its answer, a folder of them, and the verdict over each.

    from shuniu import connect
    with connect("hub.example:7443", "identity", receipts="receipts") as hub:
        ...  # each answer lies in receipts/N.json, N being the index of its record in the hub's log

`shuniu receipts verify receipts` checks them against the log's signed checkpoints. What is wrong is a row of the catalogue
(`shuniu.receipts.reasons`), told in both languages.
"""

from shuniu.receipts.delivery import KeptDelivery
from shuniu.receipts.folder import ReceiptFolder
from shuniu.receipts.proof import KeptProof
from shuniu.receipts.reasons import NotKeptError
from shuniu.receipts.receipt import LEAF_HASH_LENGTH, KeptAnswer, Receipt
from shuniu.receipts.verdict import ReceiptVerdict, Standing

__all__ = ["LEAF_HASH_LENGTH", "KeptAnswer", "KeptDelivery", "KeptProof", "NotKeptError", "Receipt", "ReceiptFolder", "ReceiptVerdict", "Standing"]
