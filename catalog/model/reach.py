"""How far a provider's entries reach: inside its region, and not above its level. A county's bureau describes no city's data."""

from catalog.model.content import EntryContent
from catalog.reasons import ENTRY_ABOVE_PROVIDER, ENTRY_OUTSIDE_REGION
from certs.model import LEVELS, Department
from hub.faults import Faults


def check_reach(content: EntryContent, provider: Department) -> None:
    """Refuse an entry that reaches beyond its provider, with both faults where it has both."""
    faults = Faults()
    if content.level.is_above(provider.reach):
        own, level = LEVELS[provider.reach], LEVELS[content.level]
        faults.add(ENTRY_ABOVE_PROVIDER(field="entry.level", level=level, own=own))
    if not content.region.startswith(provider.area):
        faults.add(ENTRY_OUTSIDE_REGION(field="entry.region", region=content.region, own=provider.region))
    faults.refuse()
