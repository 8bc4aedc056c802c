"""No bare hash of something guessable: each place that hashes without a key is named here, with what keeps its hash from being searched."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "audit",
    "brokerage",
    "catalog",
    "certs",
    "cli",
    "exchange",
    "files",
    "hub",
    "licenses",
    "migrations",
    "questions",
    "seals",
    "shuniu",
    "timing",
    "web",
    "work",
)
# A call, so that a hash that is handed to an HMAC as its algorithm does not count.
BARE = re.compile(r"\b(?:hashlib\.(?!sha256\(_DOMAIN\))\w+|sha(?:1|224|256|384|512)|md5|blake2[bs]|sm3)\(")
PLACES = {
    "audit/commitment.py": "a commitment under 32 random bytes",
    "catalog/export.py": "the published directory, which everybody may read",
    "catalog/model/plain.py": "the same",
    "catalog/release.py": "the same",
    "certs/inviting.py": "the CA's public key",
    "certs/model/passkey.py": "a passkey's credential id, random bytes that its device made",
    "certs/model/secret.py": "secrets of 32 random bytes",
    "cli/demo/members.py": "the CA's public key",
    "cli/demo/papers.py": "the demo's own documents",
    "shuniu/cli/daily/stamping.py": "a document that is sealed; its digest is what the stamp says",
    "shuniu/cli/seals.py": "a document that is verified, kept nowhere; a public certificate",
    "shuniu/cli/stamp_verifying.py": "a document that is verified; kept nowhere",
    "exchange/frame_making.py": "the bytes of a stream, hashed again under 32 random bytes before anybody is told",
    "exchange/change_portions.py": "the bytes of changes, hashed again under 32 random bytes before anybody is told",
    "exchange/subscribe_permit.py": "names of fields, inside a token that is sealed",
    "shuniu/provider/table/changes.py": "versions and keys, inside a cursor that the hub seals, and that its provider could read anyway",
    "shuniu/subscriptions.py": "the bytes of changes, kept beside them by whoever has them",
    "exchange/stream_places.py": "the terms of a grant, inside a token that is sealed",
    "shuniu/provider/files/provider.py": "the size and the times of a file",
    "shuniu/downloads.py": "a whole file, told to whoever has it",
    "shuniu/streams.py": "the bytes of a stream, kept beside it by whoever has it",
    "shuniu/receipts/delivery.py": "the same, read again out of the file",
    "exchange/model.py": "a question, by which its provider names it in the answer to the hub that asked; kept nowhere",
    "files/actions.py": "a whole file as it came, compared with what was said of it",
    "shuniu/uploading.py": "a whole file, which goes to the hub; kept on its log as what its provider uploaded",
    "hub/db/binding.py": "parts of a list of keyed digests, and then under a key itself",
    "hub/db/transaction.py": "names of locks",
    "hub/db/requests.py": "compared with rows of earlier releases, kept no more",
    "hub/key_set.py": "public keys",
    "hub/keys.py": "public keys",
    "shuniu/sm2/keys.py": "what signatures are made of; kept nowhere",
    "licenses/issue_index.py": "under a key that each process draws",
    "seals/actions/trusts.py": "a public certificate",
    "seals/actions/verifying.py": "a document that is verified; kept nowhere",
    "seals/store.py": "public keys",
    "shuniu/seals/verification.py": "a document that is verified; kept nowhere",
    "seals/x509/issuing.py": "ids of public keys",
    "shuniu/codes/cose.py": "ids of public keys",
    "shuniu/digest.py": "an answer under 32 random bytes",
    "shuniu/joining/invitation.py": "eight digits that tell a line cut off from a whole one; they stand beside the token in it",
    "shuniu/pinning.py": "the CA's public key",
    "shuniu/proofs/checkpoint.py": "ids of public keys (signed-note)",
    "shuniu/proofs/tree.py": "leaves, which are such commitments, and nodes above them",
    "shuniu/provider/reading.py": "the same question, at its provider; kept nowhere",
    "cli/demo/identity_provider.py": "a secret of 32 random bytes (PKCE)",
    "web/oidc.py": "the same, which the provider is to compare",
    "web/assets.py": "pictures and style sheets",
    "web/seal_verifying.py": "a document that is verified; kept nowhere",
    "web/exports.py": "an entry of the published directory",
    "web/published.py": "signed lists, which everybody may read",
}


def hashing() -> set[str]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {str(path.relative_to(ROOT)) for path in [*files, ROOT / "server.py"] if BARE.search(path.read_text(encoding="utf-8"))}


def test_every_place_that_hashes_without_a_key_is_known():
    assert hashing() - PLACES.keys() == set(), "say in PLACES why what is hashed there cannot be guessed, or use a key or a salt"


def test_no_place_is_listed_that_hashes_no_more():
    assert PLACES.keys() - hashing() == set()


@pytest.mark.parametrize("line", ["digest = hashlib.sha256(answer).digest()", "sm3(data)", "sha256(b'x')", "hashlib.md5(b'')"])
def test_the_search_sees_a_bare_hash(line):
    assert BARE.search(line)
