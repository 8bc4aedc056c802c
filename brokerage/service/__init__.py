"""BrokerageService over the actions: who, what, answer. A file for each thing that the service is about."""

from typing import Final

from brokerage.actions import BrokerageActions
from brokerage.service.appeals import AppealMethods
from brokerage.service.complaints import ComplaintMethods
from brokerage.service.deliveries import DeliveryMethods
from brokerage.service.demands import DemandMethods
from brokerage.service.disposals import DisposalMethods
from brokerage.service.disputes import DisputeMethods
from brokerage.service.grants import GrantMethods
from brokerage.service.notices import NoticeMethods
from brokerage.service.objections import ObjectionMethods
from brokerage.service.requests import RequestMethods
from brokerage.service.service_changes import ServiceChangeMethods
from brokerage.service.use_records import UseRecordMethods
from shuniu.v1 import brokerage_pb2 as pb


class BrokerageService(
    RequestMethods,
    GrantMethods,
    ObjectionMethods,
    ServiceChangeMethods,
    DeliveryMethods,
    DisposalMethods,
    DemandMethods,
    DisputeMethods,
    ComplaintMethods,
    AppealMethods,
    NoticeMethods,
    UseRecordMethods,
):
    """The servicer of shuniu.v1.BrokerageService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["BrokerageService"]

    _actions: BrokerageActions

    def __init__(self, actions: BrokerageActions) -> None:
        """Take the actions."""
        self._actions = actions
