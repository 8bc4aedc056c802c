"""Kinds of arguments that several subcommands take; each is checked before the command runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from cryptography import x509

if TYPE_CHECKING:
    from collections.abc import Callable

    _Text = click.ParamType[str]
    _Bytes = click.ParamType[bytes]
    _Span = click.ParamType[timedelta]
else:  # click 8.1, the last for Python 3.9, has no parameter for the type
    _Text = _Bytes = _Span = click.ParamType

_FC = TypeVar("_FC", bound="Callable[..., Any] | click.Command")

FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
PLACE: Final = click.Path(path_type=Path)
LEVELS: Final = click.Choice(["debug", "info", "warning", "error"])
_HIGHEST_PORT: Final = 65535
_LARGEST_PEM: Final = 256 * 1024
_LARGEST_KEY: Final = 4_096
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST_SPAN: Final = 366 * 86_400


def identity_of(words: str = "身份目录 the folder that `shuniu join` made.", *, required: bool = True) -> Callable[[_FC], _FC]:
    """Return the option of whose identity a command acts with; whoever uses one all day says it once, in the environment."""
    return click.option("--identity", type=FOLDER, required=required, envvar="SHUNIU_IDENTITY", show_envvar=True, metavar="DIR", help=words)


def officer_of(words: str, *, required: bool = True) -> Callable[[_FC], _FC]:
    """Return the option of the officer in charge, who is said once in the environment as well."""
    default: dict[str, Any] = {} if required else {"default": ""}
    return click.option("--officer", required=required, envvar="SHUNIU_OFFICER", show_envvar=True, metavar="NO", help=words, **default)


def is_said(ctx: click.Context, name: str) -> bool:
    """Tell whether a parameter stands on the command line itself, which outweighs what the environment says."""
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


class Address(_Text):
    """host:port; an IPv6 address stands in brackets."""

    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged when it is an address."""
        text = str(value)
        host, colon, port = text.rpartition(":")
        if "://" in text:
            self.fail(f"{text!r} 应为“主机:端口”，不含 http:// 等前缀: this is not host:port; leave away what stands before //", param, ctx)
        # six digits are enough to be too many; `int` refuses very long ones with an error of its own
        if not colon or not host or not (port.isascii() and port.isdigit()) or int(port[:6]) > _HIGHEST_PORT:
            self.fail(f"{text!r} 应为“主机:端口”: this is not host:port", param, ctx)
        return text


class CaFile(_Bytes):
    """A PEM file with the certificate of the hub's CA; the command gets its bytes."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """Return the file's bytes when certificates are in them."""
        # click may hand in what it has converted before
        if isinstance(value, bytes):
            return value
        try:
            with Path(str(value)).open("rb") as file:
                data = file.read(_LARGEST_PEM)
            x509.load_pem_x509_certificates(data)
        except OSError as error:
            self.fail(f"{value}: {error.strerror}", param, ctx)
        except ValueError:
            self.fail(f"{value} 不是 PEM 格式的证书: this is not a certificate in PEM", param, ctx)
        return data


class Span(_Span):
    """A span of time: 30m, 2h, 1d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span; more than a year is none."""
        if isinstance(value, timedelta):
            return value
        text = str(value).strip().lower()
        number, unit = text[:-1], text[-1:]
        if unit not in _UNITS or not (number.isascii() and number.isdecimal()) or not 0 < int(number[:7]) * _UNITS[unit] <= _LONGEST_SPAN:
            self.fail(f"{value!r} 应为时长，例如 30m、2h、1d: this is no span of time such as 30m, 2h or 1d", param, ctx)
        return timedelta(seconds=int(number) * _UNITS[unit])


def key_of(vkey: str | None) -> str | None:
    """Return the verifier key that an option gives, itself or as a file."""
    if vkey and Path(vkey).is_file():
        with Path(vkey).open("rb") as file:
            return file.read(_LARGEST_KEY).decode("utf-8-sig", "replace").strip()
    return vkey


ADDRESS: Final = Address()
SPAN: Final = Span()
CA_FILE: Final = CaFile()
