"""Where the directory lives: entry versions, the search index that follows them, signed releases, what systems said and how they stand."""

from catalog.store.descriptions import DescriptionStore
from catalog.store.directory_updates import DirectoryUpdateStore
from catalog.store.entries import EntryStore
from catalog.store.health import HealthStore
from catalog.store.index import create_search_index, drop_search_index, index_provider, rebuild_search_index
from catalog.store.record_sources import RecordSourceStore
from catalog.store.releases import ReleaseStore
from catalog.store.search import EntryPage, EntrySearch
from catalog.store.titles import published_with_titles, titles_of_providers, with_titles

__all__ = [
    "DescriptionStore",
    "DirectoryUpdateStore",
    "EntryPage",
    "EntrySearch",
    "EntryStore",
    "HealthStore",
    "RecordSourceStore",
    "ReleaseStore",
    "create_search_index",
    "drop_search_index",
    "index_provider",
    "published_with_titles",
    "rebuild_search_index",
    "titles_of_providers",
    "with_titles",
]
