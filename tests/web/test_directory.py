"""The public directory: search, paging, one entry, and nothing that is not published."""

import asyncio

import pytest

from catalog.model import ShareType, Source
from hub.unit_of_work import Step
from tests.catalog.samples import POLICEMAN, RULER, TITLES, an_entry, step

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_the_first_page_says_what_this_is_and_how_large_the_directory_is(visit):
    async def story(client):
        page = await (await client.get("/", headers={"Accept-Language": "en"})).text()
        facts = await (await client.get("/.json")).json()
        assert 'lang="en"' in page
        assert "holds 2 published entries" in page
        assert (facts["title"], facts["entries"], facts["links"]["verify"]) == ("宁夏", 2, "/verify")

    visit(story)


def test_two_characters_find_an_entry_with_the_field_they_stand_in(house, visit):
    async def story(client):
        page = await (await client.get("/directory", params={"q": "出生"})).text()
        facts = await (await client.get("/directory.json", params={"q": "出生"})).json()
        assert "常住人口登记信息" in page
        assert "<mark>出生日期</mark>" in page
        assert (facts["total"], facts["hits"][0]["matched_fields"]) == (1, [{"name": "birth_date", "label": "出生日期"}])
        assert facts["hits"][0]["provider_title"] in TITLES.values()

    visit(story)


def test_filters_narrow_and_an_unknown_one_is_refused_in_both_languages(visit):
    async def story(client):
        facts = await (await client.get("/directory.json", params={"share": "unconditional"})).json()
        assert [hit["title"] for hit in facts["hits"]] == ["企业登记信息"]
        wrong = await client.get("/directory", params={"level": "galaxy"}, headers={"Accept-Language": "zh-CN"})
        page = await wrong.text()
        assert wrong.status == 400
        assert "行政层级的取值无效" in page
        assert "INVALID_INPUT" in page
        english = await client.get("/directory", params={"level": "galaxy"}, headers={"Accept-Language": "en"})
        assert "Level must be one of: province, city, county" in await english.text()

    visit(story)


def test_pages_of_hits_follow_each_other_without_gap_or_repetition(house, visit):
    for number in range(45):
        house.publish(an_entry(title=f"居住证批次{number:02d}", resource_code=f"101001/{number + 100:06d}", source=Source("")))

    async def story(client):
        seen, page = [], ""
        for _ in range(9):
            facts = await (await client.get("/directory.json", params={"q": "居住证", "page": page})).json()
            seen += [hit["title"] for hit in facts["hits"]]
            page = facts["next_page"]
            if not page:
                break
        assert sorted(seen) == [f"居住证批次{number:02d}" for number in range(45)]
        assert 'rel="next"' in await (await client.get("/directory", params={"q": "居住证"})).text()
        assert (await client.get("/directory", params={"page": "AAAA"})).status == 400

    visit(story)


def test_an_entry_shows_its_fields_with_sensitivity_and_mask_and_its_condition(house, visit):
    async def story(client):
        entry_id = (await (await client.get("/directory.json", params={"q": "常住"})).json())["hits"][0]["id"]
        page = await (await client.get(f"/entries/{entry_id}", headers={"Accept-Language": "zh"})).text()
        facts = (await (await client.get(f"/entries/{entry_id}.json")).json())["entry"]
        for text in ("4 级（共 4 级）", "保留前 6 位、后 4 位", "仅保留年份", "仅限办理政务服务事项核验身份", "0951-6136000"):
            assert text in page
        assert facts["fields"][0]["sensitivity"] == 4
        assert "residents" not in page + str(facts)  # the provider's table name

    visit(story)


def test_a_refusal_to_share_stands_there_with_its_law(house, visit):
    law = "《中华人民共和国保守国家秘密法》第二十六条"
    entry = house.publish(
        an_entry(
            title="涉密信息",
            resource_code="101001/900000",
            source=Source(""),
            share_type=ShareType.REFUSED,
            share_condition="",
            modes=(),
            purposes=(),
            refusal_reason="涉及国家秘密",
            refusal_basis=law,
        )
    )

    async def story(client):
        page = await (await client.get(f"/{entry.name}")).text()
        assert "涉及国家秘密" in page
        assert law in page

    visit(story)


def test_a_former_version_says_that_it_is_no_longer_in_force(house, visit):
    entry = house.publish(an_entry(title="旧标题", resource_code="101001/800000", source=Source("")))
    draft = house.catalog.revise(step(POLICEMAN, entry, reason="改名"))
    draft = house.catalog.update(step(POLICEMAN, draft), 0, an_entry(title="新标题", resource_code="101001/800000", source=Source("")))

    async def story(client):
        assert "新标题" not in await (await client.get(f"/{entry.name}")).text()
        assert (await client.get(f"/{entry.name}?version=2")).status == 404
        submitted = house.catalog.submit(step(POLICEMAN, draft, reason="改名", officer="王芳"))
        await asyncio.to_thread(house.catalog.publish, step(RULER, submitted, officer="李明"))
        assert "新标题" in await (await client.get(f"/{entry.name}")).text()
        old = await (await client.get(f"/{entry.name}?version=1&lang=zh")).text()
        assert "旧标题" in old
        assert "已不再有效" in old
        newest = await asyncio.to_thread(house.catalog.get, POLICEMAN, entry.name)
        await asyncio.to_thread(house.catalog.withdraw, step(POLICEMAN, newest, reason="停用", officer="王芳"))
        assert (await client.get(f"/{entry.name}?version=1")).status == 404

    visit(story)


def test_drafts_and_withdrawn_entries_are_not_public(house, visit):
    draft = house.catalog.create_entry(Step(caller=POLICEMAN), an_entry(title="未发布信息"))
    gone = house.publish(an_entry(title="已撤销信息", resource_code="101001/700000", source=Source("")))
    house.catalog.withdraw(step(POLICEMAN, gone, reason="停用", officer="王芳"))

    async def story(client):
        for path in (f"/{draft.name}", f"/{draft.name}.json", f"/{gone.name}", f"/{gone.name}?version=1", "/entries/nonsense"):
            answer = await client.get(path)
            assert answer.status == 404
            assert "信息</" not in await answer.text()

    visit(story)


def test_the_page_of_a_withdrawn_entry_says_since_when_and_why(house, visit):
    gone = house.publish(an_entry(title="已撤销信息", resource_code="101001/700001", source=Source("")))
    house.catalog.withdraw(step(POLICEMAN, gone, reason="由电子证照替代", officer="王芳"))

    async def story(client):
        answer = await client.get(f"/{gone.name}")
        assert answer.status == 404
        text = await answer.text()
        assert "由电子证照替代" in text
        assert "撤销" in text

    visit(story)


@pytest.mark.parametrize("path", ["/directory", "/directory.json"])
def test_what_is_typed_or_published_is_never_markup(house, visit, path):
    entry = house.publish(
        an_entry(title="户籍" + EVIL, abstract=EVIL, share_condition=EVIL, steward=EVIL[:50], resource_code="101001/600000", source=Source(""))
    )

    async def story(client):
        for address in (f"{path}?q=" + "户籍", f"/{entry.name}", path):
            answer = await client.get(address, params=None if "?" in address else {"q": EVIL[:90], "share": ""})
            text = await answer.text()
            if answer.content_type == "text/html":
                assert "<script" not in text
                assert "<img" not in text
            else:
                assert answer.content_type == "application/json"

    visit(story)


def test_hits_that_have_parts_of_the_words_alone_are_said_to_be_so(visit):
    async def story(client):
        page = await (await client.get("/directory", params={"q": "常住人口信息"})).text()
        assert "没有条目含有全部文字" in page
        assert "<mark>常住人口</mark> <mark>信息</mark>" in page
        facts = await (await client.get("/directory.json", params={"q": "常住人口信息"})).json()
        assert (facts["total"], facts["in_parts"]) == (1, ["常住人口", "信息"])
        whole = await client.get("/directory", params={"q": "常住人口登記"})
        assert "没有条目含有全部文字" not in await whole.text()

    visit(story)


def test_a_search_that_finds_nothing_says_what_else_can_be_done(visit):
    async def story(client):
        narrowed = {"q": "常住人口", "share": "unconditional"}
        facts = await (await client.get("/directory.json", params=narrowed)).json()
        assert (facts["total"], facts["without_filters"]) == (0, 1)
        page = await (await client.get("/directory", params=narrowed, headers={"Accept-Language": "zh"})).text()
        assert "清除筛选条件，查看含有这些词语的 1 个条目" in page
        assert 'href="/directory?q=%E5%B8%B8%E4%BD%8F%E4%BA%BA%E5%8F%A3"' in page
        nowhere = await client.get("/directory", params={"q": "xyzzy", "level": "city"}, headers={"Accept-Language": "zh"})
        text = await nowhere.text()
        assert "清除筛选条件" not in text  # it would find nothing either
        assert "换用更短或更通用的词语" in text
        assert '<a href="/directory">查看全部条目</a>' in text
        assert "without_filters" not in await (await client.get("/directory.json", params={"q": "xyzzy"})).json()

    visit(story)
