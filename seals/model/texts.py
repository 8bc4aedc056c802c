"""What people write about seals: texts as types (`hub.wording`)."""

from typing import Self

from hub.wording import Guard, Reasons, Title
from seals.reasons import PROPERTY_NOT_ASCII


class SealTitle(Title):
    """印章名称: the text on the ring."""

    field, cap = "seal.title", 60


class SealReason(Reasons):
    """理由: why a seal is refused or revoked, or a signer's certificate revoked; no longer than the column that holds it."""

    cap = 500


class TrustTitle(Title):
    """名称: what the authority calls the CA of another maker of seals."""

    cap = 100


class SealedProperty(Title):
    """签章属性: what is sealed, as the signature names it (propertyInfo). The identifier of a license has dots between its digits."""

    field, cap, guard = "property", 200, Guard.WHOLE

    def __new__(cls, value: str, field: str = "") -> Self:
        """Return the text; GB/T 38540-2020 7.1 writes propertyInfo as IA5String."""
        text = super().__new__(cls, value, field)
        if not text.isascii():
            raise PROPERTY_NOT_ASCII(field=field or cls.field)
        return text
