"""Are the keys in the folder those with which this hub has worked? Compared with the check values in its database, without making any."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub.db import KeyCheckStore, Tx
from hub.errors import ConfigError
from hub.key_set import KEYS
from hub.keys import KeyRing
from hub.reasons.operation import KEY_CHANGED, KEY_MISSING, KEY_NOT_MADE, KEY_SWAPPED
from hub.signer import HubKey, Maker


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """The keys in a folder beside what a database knows of them: check values by the name of the key, none in that of a former release."""

    folder: Path
    known: Mapping[str, bytes]

    @classmethod
    def of(cls, tx: Tx, folder: Path) -> "KeyCheck":
        """Return the check of a folder against a database."""
        return cls(folder, KeyCheckStore(tx).all())

    @property
    def ring(self) -> KeyRing:
        """Return the ring of the folder."""
        return KeyRing(self.folder)

    def to_make(self) -> list[HubKey]:
        """Return the keys that are not there and that `shuniu keys add` may make."""
        return [key for key in KEYS if not self.ring.has(key) and self._may_make(key)]

    def refuse_lost(self) -> None:
        """Raise ConfigError that names every key which is not there and must come from the backup."""
        lost = [key.file for key in KEYS if not self.ring.has(key) and not self._may_make(key)]
        if lost:
            raise KEY_MISSING(files=", ".join(lost), folder=self.folder)

    def refuse_missing(self) -> None:
        """Raise ConfigError that names what is not there: first what is lost, then what this release brought and nobody made yet."""
        self.refuse_lost()
        if new := self.to_make():
            raise KEY_NOT_MADE(files=", ".join(key.file for key in new), folder=self.folder)

    def refuse_wrong(self) -> None:
        """Raise ConfigError that names a key which is there and is not the one that it was."""
        for _, error in self.wrong():
            raise error

    def wrong(self) -> Iterator[tuple[HubKey, ConfigError]]:
        """Yield each key whose file holds another one, with the error that says so. One that cannot be read as a key raises its own error."""
        owners = {check: name for name, check in self.known.items()}
        files = {key.name: key.file for key in KEYS}
        for key in KEYS:
            if not self.ring.has(key):
                continue
            found = self.ring.check(key)
            owner = owners.get(found)
            if owner is not None and owner != key.name:
                yield key, KEY_SWAPPED(file=key.file, other=files.get(owner, owner))
            elif found != self.known.get(key.name, found):
                yield key, KEY_CHANGED(file=key.file)

    @property
    def fits_at_all(self) -> bool:
        """Tell whether at least one key is the one that the database knows: then the folder is this hub's, and single keys in it are wrong."""
        return any(key.name in self.known and self.fits(key) for key in KEYS)

    def fits(self, key: HubKey) -> bool:
        """Tell whether a key is there and not known to be another one. What cannot be read as a key raises its own error."""
        if not self.ring.has(key):
            return False
        found = self.ring.check(key)
        return found == self.known.get(key.name, found)

    def write(self, tx: Tx, at: datetime) -> list[str]:
        """Write the check values of the keys that have none yet, and return their names. The caller knows that the folder is this database's."""
        new = [key for key in KEYS if key.maker is not Maker.ANYTIME and key.name not in self.known]
        for key in new:
            KeyCheckStore(tx).add(key.name, self.ring.check(key), at)
        return [key.name for key in new]

    def _may_make(self, key: HubKey) -> bool:
        return key.maker is Maker.ANYTIME or (key.maker is Maker.RELEASE and key.name not in self.known)
