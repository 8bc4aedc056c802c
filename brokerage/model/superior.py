"""共同上级: when a dispute asks for the common superior of two departments, and which department is one (Decree 809 art. 28). Pure."""

from certs.model import Department


def suggests_superior(one: Department, other: Department) -> bool:
    """Tell whether two departments differ in level or region, so that no authority of one level is that of both."""
    return (one.reach, one.area) != (other.reach, other.area)


def may_coordinate(superior: Department, one: Department, other: Department) -> bool:
    """Tell whether a department is above at least one of two others and below neither, its region holds both, and it is neither of them."""
    parties = (one, other)
    return (
        superior.uscc not in {one.uscc, other.uscc}
        and any(superior.reach.is_above(party.reach) for party in parties)
        and not any(party.reach.is_above(superior.reach) for party in parties)
        and all(party.area.startswith(superior.area) for party in parties)
    )
