"""Who descends from a process and where they listen, read from /proc: what must be gone when it has ended."""

from pathlib import Path

LISTENING = "0A"


def descendants(pid: int) -> set[int]:
    """Return every process below this one, and itself."""
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def running(pids: set[int]) -> set[int]:
    """Return those that run: one that has ended and waits to be buried does not."""
    return {pid for pid in pids if _state(pid) not in {"", "Z", "X"}}


def listening(pids: set[int]) -> set[int]:
    """Return the TCP ports on which these processes listen."""
    sockets = {inode for pid in pids for inode in _sockets(pid)}
    return {port for inode, port in _listeners().items() if inode in sockets}


def open_ports() -> set[int]:
    """Return every TCP port of this machine on which anybody listens."""
    return set(_listeners().values())


def _stat(pid: int | str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(entry: Path) -> int:
    stat = _stat(entry.name)
    return int(stat[1]) if stat else -1


def _state(pid: int) -> str:
    stat = _stat(pid)
    return stat[0] if stat else ""


def _sockets(pid: int) -> set[str]:
    try:
        links = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return set()
    return {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}


def _listeners() -> dict[str, int]:
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            columns = line.split()
            if columns[3] == LISTENING:
                found[columns[9]] = int(columns[1].rpartition(":")[2], 16)
    return found
