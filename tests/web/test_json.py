"""The JSON of every page, byte for byte as released: programs read it. What is random (ids, hashes, keys) stands under a number of its own."""

import re
from pathlib import Path

from tests.web.house import CITIZEN, OFFICER, House
from tests.web.reading import Client, field, sign_in

RELEASED = Path(__file__).with_name("pages.txt")
RANDOM = {
    "hash": r"\b[0-9a-f]{64,}\b",
    "id": r"\b[0-9a-hjkmnp-tv-z]{26}\b",
    "key": r"shuniu\.invalid/test\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}",
    "page": r'(?<="next_page": ")[^"]+|(?<="next_page_token": ")[^"]+',
    "identifier": r"1\.2\.156\.3005\.2\.[0-9A-Z.]+",
    "message": r'(?<="message": )\{[^}]*\}',
}


def test_the_json_of_every_page_is_the_released_one(house: House, visit):
    async def story(client: Client) -> dict[str, str]:
        (entry,) = await _hits(client, "常住")
        pages = {
            "home": await _get(client, "/.json"),
            "directory": await _get(client, "/directory.json?q=企业"),
            "hits": await _get(client, "/directory.json?q=常住&share=conditional&level=province"),
            "entry": await _get(client, f"/{entry}.json"),
            "version": await _get(client, f"/{entry}.json?version=1"),
            "verify": await _get(client, "/verify.json"),
            "valid": await _post(client, "/verify.json", code=house.code(house.license())),
            "suspended": await _post(client, "/verify.json", code=house.code(house.suspend(house.license("2", "银川商贸有限公司"), "接受调查"))),
            "elsewhere": await _post(client, "/verify.json", code=house.code_of_another_hub()),
            "no_code": await _post(client, "/verify.json", code="EL1:x"),
            "login": await _get(client, house.link() + ".json"),
        }
        house.accesses(60)
        house.publisher.publish()
        await sign_in(client, house)
        token = field(await (await client.get("/audit")).text(), "token")
        asked = {"token": token, "subject": CITIZEN, "since": "2026-03-01T08:00", "officer": "王芳", "reason": "信访件 2026-17"}
        latest = {"token": token, "officer": OFFICER, "reason": "复查"}
        return pages | {
            "audit": await _get(client, "/audit.json"),
            "results": _shortened(await _post(client, "/audit.json", **asked)),
            "record": await _get(client, f"/audit/records/{_first(await _post(client, '/audit.json', **asked))}"),
            "not_covered": await _get(client, f"/audit/records/{_first(await _post(client, '/audit.json', **latest))}"),
            "unexplained": await _get(client, "/audit/records/84.json"),
            "opened": await _post(client, "/audit/records/84.json", token=token, reason="信访件 2026-17"),
        }

    found = visit(story)
    text = "".join(f"=== {name}\n{page}" for name, page in found.items())
    assert _without_chance(text) == RELEASED.read_text(encoding="utf-8")


async def _hits(client: Client, query: str) -> list[str]:
    return [hit["name"] for hit in (await (await client.get("/directory.json", params={"q": query})).json())["hits"]]


async def _get(client: Client, address: str) -> str:
    answer = await client.get(address)
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def _post(client: Client, address: str, **fields: str) -> str:
    answer = await client.post(address, data=fields)
    assert answer.status == 200, await answer.text()
    return await answer.text()


def _first(page: str) -> str:
    """Return the address of the newest record on a page of results, under that search."""
    found, search = re.search(r'"index": (\d+)', page), re.search(r'"search": (\d+)', page)
    assert found
    assert search
    return f"{found[1]}.json?search={search[1]}"


def _shortened(page: str) -> str:
    """Return a page of results with its first and its last record alone."""
    start = "      {\n        "
    head, first, *_, last = page.split(start)
    return start.join([head, first, "...\n", last])


def _without_chance(text: str) -> str:
    for kind, pattern in RANDOM.items():
        for number, value in enumerate(dict.fromkeys(re.findall(pattern, text)), 1):
            text = text.replace(value, f"<{kind} {number}>")
    return text
