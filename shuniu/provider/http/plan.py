"""From settings to how a service is asked and read: each part of them checked, and refused by its key."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path as FilePath
from typing import Final

from shuniu.provider.comparison import TEXT
from shuniu.provider.http import problems
from shuniu.provider.http.answers import ABSENT, AnswerForm
from shuniu.provider.http.headers import HeaderFile, read_headers
from shuniu.provider.http.paths import Path, read_path
from shuniu.provider.http.places import Places
from shuniu.provider.http.problems import ProblemError
from shuniu.provider.http.template import Template, read_template
from shuniu.provider.http.values import TEXT_OF_ANY, Read, readers_in
from shuniu.provider.reasons import SERVICE_FIELD, SERVICE_FILE, SERVICE_KEY_TYPE, SERVICE_SETTING
from shuniu.provider.settings import ResourceSettings

LONGEST_SECONDS: Final = 60.0
Headers = Callable[[], Mapping[str, str]]
_KEY_TYPES: Final = (TEXT, "int64")


@dataclass(frozen=True)
class ServedField:
    """One field: where it stands in a record, its type, how it is read, and whether a record may leave it out."""

    path: Path
    type: str
    read: Read
    is_optional: bool = False


@dataclass(frozen=True)
class ServicePlan:
    """How a service is asked for the records of one key, and how its answers are read."""

    name: str
    key: str
    template: Template
    fields: Mapping[str, ServedField]
    form: AnswerForm
    seconds: float
    places: Places
    tls: ssl.SSLContext | None
    headers: Headers


def plan_of(settings: ResourceSettings, environment: Mapping[str, str] = os.environ) -> ServicePlan:
    """Return the plan that the settings state; raise ConfigError naming the key that is wrong."""
    fields = _fields(settings)
    if fields[settings.key].type not in _KEY_TYPES:
        raise SERVICE_KEY_TYPE(resource=settings.name, column=settings.key)
    try:
        template = read_template(settings.url, settings.method, settings.body)
    except ProblemError as error:
        raise SERVICE_SETTING(resource=settings.name, key="url, method, body", problem=error.problem) from None
    form = AnswerForm(
        _path(settings, "records", settings.records),
        _absent(settings),
        _terms(settings, "good", settings.good),
        _terms(settings, "none", settings.none),
        settings.encoding,
    )
    if not 0 < settings.timeout <= LONGEST_SECONDS:
        raise SERVICE_SETTING(resource=settings.name, key="timeout", problem=problems.SECONDS)
    tls = _tls(settings, template)
    return ServicePlan(settings.name, settings.key, template, fields, form, settings.timeout, _places(settings), tls, _headers(settings, environment))


def _fields(settings: ResourceSettings) -> dict[str, ServedField]:
    """Return the fields that are named: each that has a path or a type, and the key."""
    readers = readers_in(settings.tzinfo)
    named = dict.fromkeys((settings.key, *settings.names, *settings.types))
    stray = next((one for one in (*settings.as_text, *settings.optional) if one not in named), "")
    if stray or settings.key in settings.optional:
        raise SERVICE_FIELD(resource=settings.name, column=stray or settings.key)
    fields = {}
    for name in named:
        kind = TEXT if name in settings.as_text else settings.types.get(name, TEXT)
        read = readers[TEXT_OF_ANY if name in settings.as_text else kind]
        path = _path(settings, f"names.{name}", settings.names.get(name, name))
        fields[name] = ServedField(path, kind, read, name in settings.optional)
    return fields


def _path(settings: ResourceSettings, key: str, text: str) -> Path:
    try:
        return read_path(text)
    except ValueError:
        raise SERVICE_SETTING(resource=settings.name, key=key, problem=problems.PATH) from None


def _terms(settings: ResourceSettings, key: str, terms: Mapping[str, str]) -> tuple[tuple[Path, str], ...]:
    return tuple((_path(settings, key, path), value) for path, value in terms.items())


def _absent(settings: ResourceSettings) -> tuple[int, ...]:
    if not ABSENT.issuperset(settings.absent):
        raise SERVICE_SETTING(resource=settings.name, key="absent", problem=problems.STATUS)
    return settings.absent


def _places(settings: ResourceSettings) -> Places:
    try:
        return Places(tuple(map(ip_network, settings.networks)))
    except ValueError:
        raise SERVICE_SETTING(resource=settings.name, key="networks", problem=problems.NETWORKS) from None


def _tls(settings: ResourceSettings, template: Template) -> ssl.SSLContext | None:
    """Return by which certificates the service is known, and which one it is shown; None for a service that is asked in clear."""
    stated = next((key for key in ("ca_file", "certificate_file", "key_file") if getattr(settings, key)), "")
    if template.server.scheme == "http":
        if stated:
            raise SERVICE_SETTING(resource=settings.name, key=stated, problem=problems.HTTPS_ALONE)
        return None
    if bool(settings.certificate_file) != bool(settings.key_file):
        raise SERVICE_SETTING(resource=settings.name, key="certificate_file, key_file", problem=problems.PAIR)
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        if settings.certificate_file:
            context.load_cert_chain(settings.certificate_file, settings.key_file, _no_password)
    except (OSError, ValueError):  # also a key with a password, which nobody is there to type
        raise SERVICE_FILE(resource=settings.name, key=stated or "url", problem=problems.PEM) from None
    return context


def _no_password() -> str:
    raise ValueError("the key has a password")


def _headers(settings: ResourceSettings, environment: Mapping[str, str]) -> Headers:
    if settings.header_file and settings.header_env:
        raise SERVICE_SETTING(resource=settings.name, key="header_file, header_env", problem=problems.ONE_OF_BOTH)
    if settings.header_env and not environment.get(settings.header_env):
        raise SERVICE_FILE(resource=settings.name, key="header_env", problem=problems.NOT_SET)
    try:
        if settings.header_file:
            return HeaderFile(FilePath(settings.header_file))
        fixed = read_headers(environment.get(settings.header_env, ""))
    except (OSError, ValueError) as error:
        problem = error.problem if isinstance(error, ProblemError) else problems.UNREADABLE
        raise SERVICE_FILE(resource=settings.name, key="header_file" if settings.header_file else "header_env", problem=problem) from None
    return lambda: fixed
