"""A live grant and what it would lose by a publication or a withdrawal."""

from collections.abc import Mapping
from dataclasses import dataclass

from brokerage.model.entry_rule import Loss
from brokerage.model.grant import Grant


@dataclass(frozen=True, slots=True)
class AffectedGrant:
    """A live grant and its loss."""

    of: Grant
    loss: Loss

    @property
    def grant(self) -> str:
        """Return the resource name of the grant."""
        return self.of.name

    @property
    def consumer(self) -> str:
        """Return the consumer (USCC)."""
        return self.of.consumer

    @property
    def dropped_fields(self) -> tuple[str, ...]:
        """Return the fields that it would lose."""
        return self.loss.dropped_fields

    @property
    def masks(self) -> Mapping[str, str]:
        """Return the masks that would be stricter, by field."""
        return self.loss.masks

    @property
    def dropped_purposes(self) -> tuple[str, ...]:
        """Return the purposes that it would lose."""
        return self.loss.dropped_purposes

    @property
    def dropped_predicates(self) -> tuple[str, ...]:
        """Return the questions that it could ask no more."""
        return self.loss.dropped_predicates

    @property
    def ended(self) -> bool:
        """Tell whether it would end."""
        return self.loss.ended
