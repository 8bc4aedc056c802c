"""What a load balancer sees of a hub, and that a stopping hub says so while calls under way finish."""

import threading
import time
from dataclasses import replace

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from audit.store.damage import Damage
from hub.errors import IntegrityError
from shuniu.enrolment import renew
from tests.world import METHODS, World


@pytest.fixture
def world():
    with World() as running:
        yield running


def test_both_doors_answer_for_the_whole_and_for_each_service(world: World):
    for channel in (world.public.channel, world.as_("civil-affairs").client.channel):
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "shuniu.v1.ExchangeService", "shuniu.v1.LicenseService"):
            assert health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5).status == health_pb2.HealthCheckResponse.SERVING
        services = {path.split("/")[1] for path, _ in METHODS.values()}
        assert len(health.List(health_pb2.HealthListRequest(), timeout=5).statuses) == len(services) + 1
        with pytest.raises(grpc.RpcError) as error:
            health.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=5)
        assert error.value.code() is grpc.StatusCode.NOT_FOUND
        assert next(health.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=5)).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


def test_a_damaged_record_alone_takes_no_service_away_and_a_log_that_refuses_takes_the_data_plane(world: World):
    health = health_pb2_grpc.HealthStub(world.public.channel)
    watch = health.Watch(health_pb2.HealthCheckRequest(service="shuniu.v1.ExchangeService"), timeout=20)
    alarm = world.hub.publisher.alarm
    alarm.note(Damage(0, 0, "LOG_BROKEN"))
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == health_pb2.HealthCheckResponse.SERVING
    alarm.report(IntegrityError("the tree is gone", reason="LOG_BROKEN"))
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    statuses = health.List(health_pb2.HealthListRequest(), timeout=5).statuses
    away = {name for name, one in statuses.items() if one.status == health_pb2.HealthCheckResponse.NOT_SERVING}
    assert away == {"", "shuniu.v1.ExchangeService"}


def test_reflection_names_every_service(world: World):
    stub = reflection_pb2_grpc.ServerReflectionStub(world.public.channel)
    (answer,) = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=5)
    names = {one.name for one in answer.list_services_response.service}
    assert {"shuniu.v1.ExchangeService", "shuniu.v1.AuditService"} <= names
    asked = reflection_pb2.ServerReflectionRequest(file_containing_symbol="shuniu.v1.ExchangeService")
    (answer,) = stub.ServerReflectionInfo(iter([asked]), timeout=5)
    assert answer.file_descriptor_response.file_descriptor_proto


def test_an_open_stream_ends_within_a_second_of_the_revocation_of_what_its_caller_grew_from(world: World):
    member = world.member("civil-affairs", "watcher")
    stolen = member.do("WhoAmI").certificates[0].serial
    renew(member.folder, force=True)
    renewed = replace(member, system="watcher-renewed")  # another connection, under the renewed certificate
    watch = health_pb2_grpc.HealthStub(renewed.client.channel).Watch(health_pb2.HealthCheckRequest(), timeout=20)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    world.as_("data").do("RevokeCertificate", serial=stolen, reason="密钥遗失")
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as cut:
        next(watch)
    assert cut.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert time.monotonic() - began < 1


def test_who_watches_hears_of_the_stop():
    with World() as world:
        watch = health_pb2_grpc.HealthStub(world.public.channel).Watch(health_pb2.HealthCheckRequest(), timeout=20)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        heard: list[int] = []
        listening = threading.Thread(target=lambda: heard.append(next(watch).status))
        listening.start()
    listening.join(10)
    assert heard == [health_pb2.HealthCheckResponse.NOT_SERVING]
