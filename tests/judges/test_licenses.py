"""What other people's programs make of our codes, lists and pictures."""

import json
import subprocess
import time
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shuniu.codes import code, cose, status_list, trust_list
from shuniu.codes.drawing import draw
from shuniu.codes.status_list import StatusBits
from tests.shuniu_sdk.codes.issuing import HUB_KEY, HUB_KID, KEY, KID, MARKET, OTHER_KEY, TYPE, URI, claims, trust, trusted

from . import judge_program, judge_python

NOW = int(time.time())  # python-cwt reads the machine's clock
CODE = code.encode(claims(issued_at=NOW - 60, expires_at=NOW + 3600), KID, cose.signer_of(KEY))


def judged(data, key, kid):
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    job = json.dumps({"cwt": data.hex(), "pem": pem, "kid": kid.hex()})
    script = Path(__file__).with_name("read_cwt.py")
    done = subprocess.run([judge_python(), script], input=job, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_python_cwt_decodes_and_verifies_a_code():
    answer = judged(code._unpacked(code.packed_in(CODE)), KEY, KID)
    assert answer["ok"], answer
    assert answer["deterministic"]
    assert answer["protected"] == {"1": -7, "4": KID.hex(), "16": code.CONTENT_TYPE}
    read = answer["claims"]
    assert (read["1"], read["4"], read["6"]) == (MARKET, NOW + 3600, NOW - 60)
    assert bytes.fromhex(read["7"]).decode() == str(claims().identifier)
    assert read["65535"] == {"status_list": {"idx": 77_001, "uri": URI}}
    private = {"1": TYPE, "2": "91640100MA76F8XY7N", "3": "营业执照", "4": "宁夏枢纽科技有限公司", "5": 20261101, "6": {"KZ_LX": "有限责任公司"}}
    assert read["-65537"] == private


def test_python_cwt_refuses_a_code_of_another_key_and_one_with_a_flipped_bit():
    signed = code._unpacked(code.packed_in(CODE))
    assert not judged(signed, OTHER_KEY, KID)["ok"]
    assert not judged(signed[:-1] + bytes((signed[-1] ^ 1,)), KEY, KID)["ok"]


def test_python_cwt_decodes_and_verifies_a_status_list():
    bits = StatusBits()
    bits.set(77_001, 1)
    answer = judged(status_list.encode(bits, URI, HUB_KID, NOW, cose.signer_of(HUB_KEY)), HUB_KEY, HUB_KID)
    assert answer["ok"], answer
    assert answer["deterministic"]
    read = answer["claims"]
    assert (read["2"], read["65534"], read["65533"]["bits"]) == (URI, 3600, 2)
    assert zlib.decompress(bytes.fromhex(read["65533"]["lst"])) == bits.pack()


def test_python_cwt_decodes_and_verifies_a_trust_list():
    made = trust_list.encode(trust(trusted(), issued_at=NOW - 60, expires_at=NOW + 3600), HUB_KID, cose.signer_of(HUB_KEY))
    answer = judged(made, HUB_KEY, HUB_KID)
    assert answer["ok"], answer
    assert answer["claims"]["-65538"]["2"][0]["1"] == KID.hex()


@pytest.mark.parametrize("text", [CODE, "EL1:0", "EL1:" + CODE[4:] * 4])
def test_zbar_reads_the_drawn_picture(text, tmp_path):
    picture = tmp_path / "license.png"
    picture.write_bytes(draw(text))
    command = [judge_program("zbarimg", "zbar-tools"), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode() == text + "\n"
