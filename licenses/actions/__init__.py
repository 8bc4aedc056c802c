"""What departments, the authority and passers-by can do with licenses. The hub never holds a department's key: it prepares, the department signs."""

from collections.abc import Callable
from dataclasses import dataclass

from hub.key_set import LICENSE_CONTENT, LISTS
from hub.keys import KeyRing
from hub.unit_of_work import Kit
from licenses.actions.issuing import IssuingActions
from licenses.actions.keys import KeyActions
from licenses.actions.posting import PostingOfLicenses
from licenses.actions.register import LicenseRegister, StampJudge
from licenses.actions.supersession import SuccessionActions
from licenses.actions.verification import PublicActions
from licenses.store import ContentBox, live_licenses
from licenses.store.predecessors import live_predecessors
from licenses.type_file import types_of
from shuniu.words import Word

__all__ = ["LicenseActions", "LicenseRegister", "Setting", "StampJudge", "build"]


class LicenseActions(KeyActions, IssuingActions, SuccessionActions, PublicActions, PostingOfLicenses):
    """Keys, licenses, lists and verification of one hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is configured for licenses: the hub, the address of a status list's shard, why nobody would find it there, the file of types."""

    hub: str
    uri_of: Callable[[int], str]
    obstacle: Word | None
    types: str = ""


def build(kit: Kit, keys: KeyRing, setting: Setting, judge_stamp: StampJudge) -> LicenseActions:
    """Return the actions over the license types and the registry of this hub."""
    register = LicenseRegister(
        types=types_of(setting.types),
        live=live_licenses(kit.db, kit.clock, setting.hub, setting.uri_of),
        box=ContentBox(keys.secret(LICENSE_CONTENT)),
        signer=keys.signer(LISTS),
        judge_stamp=judge_stamp,
        predecessors=live_predecessors(kit.db),
        obstacle=setting.obstacle,
    )
    return LicenseActions(kit, register)
