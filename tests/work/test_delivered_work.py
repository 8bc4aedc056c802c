"""What a thing waits for reaches the department's receiver, in the order in which it happens."""

import json

from hub.access import Duty
from hub.desk import Notice, Thing, Waiting
from tests.hub.test_watch import soon
from tests.work.receivers import Receiver
from tests.work.test_service import box, receiving, set_target, world  # noqa: F401 - fixtures
from tests.world import CONSUMER


def test_work_and_notices_of_the_desk_are_sent(world):  # noqa: F811
    member = world.member(CONSUMER)
    with receiving(Receiver()) as receiver:
        set_target(member, webhook=f"https://localhost:{receiver.port}/")
        thing, at = Thing("dataRequests/1", "x"), world.clock.now()
        waits = (Waiting(step="BrokerageService/ApproveDataRequest", department=member.department, duties=(Duty.REQUESTS,), due_time=at),)
        notice = Notice(kind="deadline_over", department=member.department, duties=(Duty.REQUESTS,))
        with world.hub.db.begin() as tx:
            world.hub.desk.follow(tx, thing, waits, at)
            world.hub.desk.follow(tx, thing, (), at)
            world.hub.desk.tell(tx, thing, (notice,), at)
        soon(lambda: len(receiver.came) >= 3)
        said = [json.loads(body) for _, body in receiver.came]
        assert [one["event"] for one in said] == ["posted", "settled", "notice"]
        assert all(one["resource"] == "dataRequests/1" and one["token"] for one in said)
