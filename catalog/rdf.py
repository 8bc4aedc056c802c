"""RDF as far as the export needs it: nodes with what is said of them, written one by one as Turtle 1.1 or as JSON-LD 1.1.

A graph that is held whole and sorted before it is written takes gigabytes and most of an hour for 100,000 entries. Names of classes, properties and
types are written with the prefixes of `PREFIXES`; what stands behind a prefix is `Iri`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import quote

PREFIXES: Final[Mapping[str, str]] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_NOT_IN_IRI: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')  # Turtle 1.1, section 6.4, IRIREF
_ESCAPES: Final = {number: f"\\u{number:04X}" for number in (*range(0x20), 0x7F)} | {ord('"'): '\\"', ord("\\"): "\\\\"}


@dataclass(frozen=True, slots=True)
class Iri:
    """A node by its address."""

    text: str

    def __post_init__(self) -> None:
        """Escape what no address may hold: of a title or a configured address it would end the statement."""
        object.__setattr__(self, "text", _NOT_IN_IRI.sub(lambda found: quote(found[0]), self.text))


@dataclass(frozen=True, slots=True)
class Words:
    """A text in Chinese."""

    text: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in no language, such as a code; with `kind` a value of that type."""

    text: str
    kind: str = ""


Value: TypeAlias = Iri | Words | Plain


@dataclass(slots=True)
class Node:
    """One node: its classes, and what is said of it by property, each value once and in the order in which it was said."""

    iri: Iri
    kinds: tuple[str, ...] = ()
    values: dict[str, dict[Value, None]] = field(default_factory=dict)

    def add(self, name: str, value: Value) -> None:
        """Say something of it; what was said stays said once."""
        self.values.setdefault(name, {})[value] = None


def turtle(nodes: Iterable[Node]) -> Iterator[bytes]:
    """Yield a Turtle document in UTF-8, a piece for each node."""
    yield "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()).encode()
    for node in nodes:
        said = [*(("a", node.kinds),) * bool(node.kinds), *((name, map(_turtle, values)) for name, values in node.values.items())]
        lines = " ;\n    ".join(f"{name} {', '.join(values)}" for name, values in said)
        yield f"\n{_turtle(node.iri)} {lines} .\n".encode()


def json_ld(nodes: Iterable[Node]) -> Iterator[bytes]:
    """Yield a JSON-LD document in UTF-8, a piece for each node, each on a line of its own."""
    yield b'{"@context": ' + json.dumps(PREFIXES).encode() + b',\n"@graph": ['
    separator = "\n"
    for node in nodes:
        types = {"@type": list(node.kinds)} if node.kinds else {}
        values = {name: [_json(value) for value in values] for name, values in node.values.items()}
        plain = {"@id": node.iri.text, **types, **{name: value[0] if len(value) == 1 else value for name, value in values.items()}}
        yield (separator + json.dumps(plain, ensure_ascii=False)).encode()
        separator = ",\n"
    yield b"\n]}\n"


SYNTAXES: Final[Mapping[str, Callable[[Iterable[Node]], Iterator[bytes]]]] = {"turtle": turtle, "json-ld": json_ld}


def _turtle(value: Value) -> str:
    if isinstance(value, Iri):
        return f"<{value.text}>"
    text = f'"{value.text.translate(_ESCAPES)}"'
    if isinstance(value, Words):
        return f"{text}@zh"
    return f"{text}^^{value.kind}" if value.kind else text


def _json(value: Value) -> Any:
    if isinstance(value, Iri):
        return {"@id": value.text}
    if isinstance(value, Words):
        return {"@language": "zh", "@value": value.text}
    return {"@type": value.kind, "@value": value.text} if value.kind else value.text
