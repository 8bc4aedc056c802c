"""Where the directory lives: entry versions, the search index that follows them, signed releases, and what systems said that they serve."""

from catalog.store.descriptions import DescriptionStore
from catalog.store.entries import EntryStore
from catalog.store.index import create_search_index, drop_search_index, rebuild_search_index
from catalog.store.releases import ReleaseStore
from catalog.store.search import EntryPage, EntrySearch

__all__ = [
    "DescriptionStore",
    "EntryPage",
    "EntrySearch",
    "EntryStore",
    "ReleaseStore",
    "create_search_index",
    "drop_search_index",
    "rebuild_search_index",
]
