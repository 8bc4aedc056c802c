"""Doctor asks the identity provider as the hub does, and says what keeps people from signing in by it."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cli.doctor.result import CheckResult, results_of
from cli.doctor.sign_in import provider
from hub.config import Config
from hub.sign_in import SignIn
from tests.cli.processes import run

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def document(issuer: str) -> dict[str, Any]:
    return {"issuer": issuer, **{name: f"{issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}}


@contextmanager
def answering(make: Callable[[str], tuple[int, bytes, datetime]]) -> Iterator[str]:
    """Serve a discovery document at an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, date = make(issuer) if self.path == "/.well-known/openid-configuration" else (404, b"", NOW)
            self.send_response_only(status)
            self.send_header("Date", format_datetime(date, usegmt=True))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def asked(issuer: str, **more: Any) -> list[CheckResult]:
    config = Config(sign_in=SignIn(issuer=issuer, client="shuniu", **more))
    return list(results_of("sign-in", lambda: provider(config, NOW)))


def found(change: Callable[[dict[str, Any]], Any] = lambda told: told, status: int = 200, date: datetime = NOW) -> list[CheckResult]:
    def make(issuer: str) -> tuple[int, bytes, datetime]:
        told = change(document(issuer))
        return status, told if isinstance(told, bytes) else json.dumps(told).encode(), date

    with answering(make) as issuer:
        return asked(issuer)


def test_a_provider_that_is_the_one_that_is_set_is_well_and_none_is_well_too():
    (one,) = found()
    assert one.ok
    (none,) = list(provider(Config(), NOW))
    assert (none.ok, "passkeys" in none.en) == (True, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told | {"issuer": told["issuer"] + "/"}, "calls itself"),
        (lambda told: told | {"issuer": "https://other.example"}, "https://other.example"),
        (lambda told: {name: value for name, value in told.items() if name != "issuer"}, "calls itself nothing"),
        (lambda told: told | {"token_endpoint": "http://other.example/token"}, "token_endpoint"),
        (lambda told: {name: value for name, value in told.items() if name != "jwks_uri"}, "jwks_uri"),
        (lambda _told: b"<html>", "no discovery document"),
        (lambda _told: b"[1]", "no discovery document"),
        (lambda _told: b"[" * 100_000, "no discovery document"),
        (lambda told: json.dumps(told | {"more": "x" * 300_000}).encode(), "no discovery document"),
    ],
)
def test_a_provider_that_is_another_or_says_nothing_of_use_is_told(change, said):
    (one,) = found(change)
    assert (one.ok, one.unanswered) == (False, False)
    assert said in one.en
    assert "curl -v http://127.0.0.1" in one.mend


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_a_redirect_and_an_error_are_no_discovery(status):
    (one,) = found(status=status)
    assert (one.ok, str(status) in one.en) == (False, True)


def test_a_provider_that_is_gone_did_not_answer():
    with answering(lambda _issuer: (200, b"{}", NOW)) as issuer:
        pass
    (one,) = asked(issuer)
    assert (one.ok, one.unanswered) == (False, True)
    assert issuer in one.zh


@pytest.mark.parametrize(
    ("by", "count"), [(timedelta(seconds=50), 1), (timedelta(seconds=-50), 1), (timedelta(minutes=3), 2), (-timedelta(hours=8), 2)]
)
def test_a_clock_that_differs_by_more_than_a_minute_is_told(by, count):
    results = found(date=NOW + by)
    assert len(results) == count
    if count > 1:
        assert (results[1].name, results[1].ok) == ("clock and sign-in", False)
        assert f"{abs(by).total_seconds():.0f} s" in results[1].en


def test_a_secret_that_others_may_read_is_told_before_anybody_is_asked(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    secret.chmod(0o644)
    (one,) = asked("http://127.0.0.1:1", secret=str(secret))
    assert "chmod 600" in replace(one).mend
    secret.chmod(0o600)
    (gone,) = asked("http://127.0.0.1:1", secret=str(secret))
    assert gone.unanswered


def test_the_command_says_it_too(template, tmp_path: Path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    config = tmp_path / "shuniu.toml"
    settings = '[sign_in]\nissuer = "http://127.0.0.1:1"\nclient = "shuniu"\n'
    text = config.read_text()
    config.write_text(re.sub(r"^\[sign_in\]\n", settings, text, flags=re.MULTILINE) if "\n[sign_in]\n" in text else f"{text}\n{settings}")
    done = run("doctor", "--config", config, "--json")
    checks = json.loads(done.stdout)["checks"]
    assert {one["name"]: one["unanswered"] for one in checks if not one["ok"]}.get("sign-in") is True, checks
