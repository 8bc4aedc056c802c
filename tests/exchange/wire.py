"""Messages written by hand, as no library would write them."""


def varint(number: int, longer: int = 0) -> bytes:
    """Return a number as protobuf writes it, or by some bytes longer than it need be."""
    found = []
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number | 128, *[128] * (longer - 1), 0]) if longer else bytes([*found, number])


def part(number: int, content: bytes, longer: int = 0) -> bytes:
    """Return a field that has a length: a message, a text or bytes."""
    return varint(number << 3 | 2, longer) + varint(len(content)) + content


def entry(name: bytes, value: bytes, longer: int = 0) -> bytes:
    """Return a field of a record, with the content of its value."""
    return part(1, part(1, name) + part(2, value), longer)


def text(value: str) -> bytes:
    return part(2, value.encode())


TRUE = b"\x20\x01"
