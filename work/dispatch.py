"""Everything of one hub that sends by itself, put together from its configuration. A hub whose configuration names nothing sends nothing."""

from datetime import timedelta

from hub.clock import Clock
from hub.config import Config
from hub.db import Database
from hub.ids import Ids
from hub.signer import Signer
from work.mail import Mail
from work.model import webhook_of
from work.outbox import Outbox
from work.reasons import MAIL_OFF
from work.sending import Channels, Sender, Standing
from work.webhook import Names, Nets, Webhooks, trust_of


class Dispatch:
    """The outbox of a hub and its sender."""

    def __init__(self, config: Config, db: Database, clock: Clock, ids: Ids, signer: Signer, pages: str) -> None:
        """Take the configuration, database, clock, the maker of ids, the key that signs messages, and where the pages are."""
        delivery = config.delivery
        self._nets, self._mail = Nets.of(config), bool(delivery.smtp)
        self.key = signer.public_pem
        """By which receivers know that a message is this hub's."""
        channels = Channels()
        if delivery.sends:
            trust = trust_of(delivery.ca)
            webhooks = Webhooks(self._nets, signer, trust, Names()) if self._nets.are_open else None
            channels = Channels(webhooks, Mail(config, config.authority_title or config.hub, pages, trust) if self._mail else None)
        period = timedelta(minutes=delivery.digest_minutes)
        self.outbox = Outbox(ids, period, webhooks=channels.webhooks is not None, mail=channels.mail is not None)
        self._sender = Sender(db, clock, ids, channels)
        self.outbox.wake = self._sender.wake

    @property
    def standing(self) -> Standing:
        """Return how much waits, is dead, was sent and failed."""
        return self._sender.standing

    def admit(self, webhook: str, email: str) -> None:
        """Refuse a target to which this hub sends nothing: of a kind that is not configured, or outside the allowed nets."""
        if webhook:
            self._nets.admit(webhook_of(webhook))
        elif email and not self._mail:
            raise MAIL_OFF()

    def start(self) -> None:
        """Send from now on, in the running loop."""
        self._sender.start()

    async def stop(self) -> None:
        """Send no more; what is under way and not acknowledged comes again after the next start."""
        await self._sender.stop()
