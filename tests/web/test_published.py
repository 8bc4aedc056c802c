"""What anybody may fetch: status lists, trust list, checkpoint and tiles, with caches that never outlive a minute, and no way out of the folder."""

import asyncio
import json
import logging
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from audit.cleaning import ROUNDS
from hub.errors import UnavailableError
from shuniu.codes import public_key, status_list, trust_list
from shuniu.codes.status_list import LicenseStatus
from shuniu.proofs.checkpoint import VerifierKey, open_checkpoint
from shuniu.proofs.tiles import WIDTH
from tests.web.house import CITIZEN, House


def _hub_key(house: House) -> ec.EllipticCurvePublicKey:
    key = load_pem_public_key(house.licenses.trust_list()[1])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def test_a_status_list_is_the_signed_one_and_tells_of_a_revocation_within_seconds(house, visit):
    license_ = house.license()
    key = _hub_key(house)

    async def story(client):
        first = await client.get("/status/0")
        assert first.content_type == "application/statuslist+cwt"
        assert first.headers["Cache-Control"] == "public, max-age=60"
        assert status_list.decode(await first.read(), key).read(license_.status_index).status is LicenseStatus.VALID
        again = await client.get("/status/0", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")
        await asyncio.to_thread(house.revoke, license_)
        house.clock.advance(timedelta(seconds=4))
        assert (await client.get("/status/0")).headers["Age"] == "4"
        house.clock.advance(timedelta(seconds=7))
        later = await client.get("/status/0", headers={"If-None-Match": first.headers["ETag"]})
        assert (later.status, later.headers["Age"]) == (200, "0")
        assert status_list.decode(await later.read(), key).read(license_.status_index).status is LicenseStatus.INVALID
        for path in ("/status/1", "/status/999999999", "/status/-1", "/status/00", "/status/1.5", "/status/"):
            assert (await client.get(path)).status == 404

    visit(story)


def test_the_trust_list_is_the_signed_one(house, visit):
    key = _hub_key(house)

    async def story(client):
        answer = await client.get("/trust-list")
        assert (answer.content_type, answer.headers["Access-Control-Allow-Origin"]) == ("application/cwt", "*")
        found = trust_list.decode(await answer.read(), key)
        assert [one.kid for one in found.keys] == [house.kid]

    visit(story)


def test_the_key_by_which_receivers_know_the_hub_is_served(house, visit):
    async def story(client):
        answer = await client.get("/keys/release.pem")
        assert answer.content_type == "application/x-pem-file"
        assert await answer.read() == house.dispatch.key
        assert public_key(house.dispatch.key).curve.name == "secp256r1"

    visit(story)


def test_checkpoint_key_and_tiles_are_served_as_they_stand(house, visit):
    house.accesses(WIDTH + 10)
    house.publisher.publish()

    async def story(client):
        key = VerifierKey.parse((await (await client.get("/log/log.vkey")).text()).strip())
        answer = await client.get("/log/checkpoint")
        head = open_checkpoint(await answer.read(), [key])
        assert (answer.headers["Cache-Control"], answer.content_type) == ("no-cache", "text/plain")
        assert head.size > WIDTH
        full = await client.get("/log/tile/0/000")
        assert (len(await full.read()), full.headers["Cache-Control"]) == (WIDTH * 32, "public, max-age=31536000, immutable")
        partial = await client.get(f"/log/tile/0/001.p/{head.size - WIDTH}")
        assert (partial.status, partial.headers["Cache-Control"]) == (200, "public, max-age=60")
        assert len(await (await client.get("/log/tile/entries/000")).read()) > WIDTH

    visit(story)


def test_a_partial_tile_that_was_taken_away_is_answered_as_it_was(house, visit):
    house.publisher.publish()
    house.accesses(20)
    head = house.publisher.publish()
    paths = [f"tile/{kind}/000.p/{head.size}" for kind in ("0", "entries")]
    kept = {path: (house.publisher.directory / path).read_bytes() for path in paths}
    for _ in range(2):
        house.accesses(2 * WIDTH)
        house.publisher.publish()
    for _ in range(ROUNDS):
        house.publisher.publish()
    assert not any((house.publisher.directory / path).exists() for path in paths)

    async def story(client):
        for path in paths:
            answer = await client.get(f"/log/{path}")
            assert (answer.status, await answer.read()) == (200, kept[path])
        assert (await client.get("/log/tile/0/900.p/7")).status == 404

    visit(story)


PATHS = [
    "/log/tile/../checkpoint", "/log/tile/..%2f..%2f..%2fetc/passwd", "/log/tile/%2e%2e/%2e%2e/log.pem", "/log/tile//etc/passwd",
    "/log/tile/0/..%2f000", "/log/tile/0/000%00", "/log/tile/0/000.p/0", "/log/tile/0/000.p/256", "/log/tile/0/0", "/log/tile/00/000",
    "/log/tile/0/x000/000", "/log/tile/64/000", "/log/tile/0/000/", "/log/tile/entries/../0/000", "/log/tile/0/%EF%BC%90%EF%BC%90%EF%BC%90",
    "/log/../../etc/passwd", "/log/tile/", "/static/..%2fapp.py", "/static/../app.py", "/static/app.py",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_folder(house, visit, path):
    house.accesses(300)
    house.publisher.publish()

    async def story(client):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)  # a client of ours would tidy the path up
        writer.write(f"GET {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert b" 404 " in answer.split(b"\r\n")[0]
        assert b"root:" not in answer

    visit(story)


def test_health_tells_the_truth_and_errors_there_are_json(house, visit, caplog):
    def broken(*_):
        raise RuntimeError(f"parameters: {CITIZEN}")

    async def story(client):
        assert (await (await client.get("/health")).json())["status"] == "ok"
        house.certs.list_departments = broken
        answer = await client.get("/health")
        error = json.loads(await answer.read())["error"]
        assert (answer.status, error["message"]["en"]) == (500, "internal error")
        house.certs.list_departments = lambda *_: (_ for _ in ()).throw(UnavailableError("the disk is full", retry_after=2.0))
        answer = await client.get("/health")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")

    with caplog.at_level(logging.DEBUG):
        visit(story)
    assert "RuntimeError" in caplog.text
    assert CITIZEN not in caplog.text
