"""Where the log lives: batches and the tree in one transaction, so that index order is commit order; the index by which records are found."""

from audit.store.access import erasable, erasable_of
from audit.store.bulk import BulkDelivery, BulkStore, is_bulk_of
from audit.store.eraser import Eraser
from audit.store.former import FormerStore
from audit.store.proposals import ErasureProposalStore
from audit.store.receptions import BulkReception, Reception, bulk_receptions, receptions
from audit.store.records import Found, MovedError, RecordStore
from audit.store.search import IndexStore, RecordFilter
from audit.store.thinning import CHECKPOINT_KEPT, CheckpointThinning
from audit.store.times import largest_time
from audit.store.tree import TreeStore, found_log, log_size

__all__ = [
    "CHECKPOINT_KEPT",
    "BulkDelivery",
    "BulkReception",
    "BulkStore",
    "CheckpointThinning",
    "Eraser",
    "ErasureProposalStore",
    "FormerStore",
    "Found",
    "IndexStore",
    "MovedError",
    "Reception",
    "RecordFilter",
    "RecordStore",
    "TreeStore",
    "bulk_receptions",
    "erasable",
    "erasable_of",
    "found_log",
    "is_bulk_of",
    "largest_time",
    "log_size",
    "receptions",
]
