"""An address that nobody could reach is told as such before it stands in a license or a checkpoint."""

import pytest

from hub.config import Config
from hub.reach import obstacle_of_log, obstacle_of_origin, obstacle_of_pages, obstacle_of_url, origin_of

UNREACHABLE = [
    "http://127.0.0.1:7480", "http://127.1.2.3", "http://[::1]:7480", "http://localhost:7480", "http://0.0.0.0:7480", "http://[::]:7480", "https://hub.invalid",
    "https://share.localhost", "https://hub.example", "https://hub.test.", "http://169.254.1.1", "http://[fe80::1]", "http://224.0.0.1", "https://",
    "share.example.gov.cn", "ftp://share.gov.cn", "https://u@share.gov.cn", "https://share.gov.cn?x",
    "https://share.gov.cn/#x", "https://share .gov.cn",
    "https://share.gov.cn:0", "https://share.gov.cn:70000", "https://share.gov.cn:x", "https://[::1", "https://a_b", "",
]  # fmt: skip
REACHABLE = [
    "https://share.example.gov.cn",
    "https://share.gov.cn/hub",
    "http://10.64.1.2:7480",
    "http://[2001:db8::1]",
    "https://共享.政务",
    "http://hub",
]


@pytest.mark.parametrize("url", UNREACHABLE)
def test_nobody_reaches(url):
    assert obstacle_of_url(url)
    if url.startswith("https://"):
        assert obstacle_of_origin(f"{url.removeprefix('https://')}/log") or "?" in url or "#" in url


@pytest.mark.parametrize("url", [url for url in REACHABLE if "共享" not in url])
def test_others_reach(url):
    assert obstacle_of_url(url) is None
    assert origin_of(url) == f"{url.partition('://')[2]}/log"
    assert obstacle_of_origin(origin_of(url)) is None


@pytest.mark.parametrize(
    "origin", ["https://share.gov.cn/log", "share gov.cn/log", "share.gov.cn/a+b", "shuniu.invalid/ningxia", "127.0.0.1/log", ""]
)
def test_what_is_no_origin(origin):
    assert obstacle_of_origin(origin)


def test_a_local_hub_may_have_any():
    for config in (Config(), Config(web_url="http://127.0.0.1:1", log_origin="shuniu.invalid/x")):
        assert obstacle_of_pages(config)
        assert obstacle_of_log(config)
    local = Config(local=True, web_url="http://127.0.0.1:1")
    assert obstacle_of_pages(local) is obstacle_of_log(local) is None
