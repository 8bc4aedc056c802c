"""What the story expects of the hub, and how it ends where the hub does otherwise."""


class StoryError(Exception):
    """The hub did not do what the story expects of it."""


def expect(holds: bool, what: str) -> None:  # noqa: FBT001 - the value that is looked at
    """Raise StoryError unless `holds`; `what` says what should have been."""
    if not holds:
        raise StoryError(f"与预期不符 not as expected: {what}")
