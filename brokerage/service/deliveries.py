"""How the data of a grant begins to be served: who, what, answer."""

from brokerage.actions.deliveries import DeliveryActions
from brokerage.service.steps import step_of
from brokerage.wire import explanation_from, grant_to
from hub.rpc import Call
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import grant_life_pb2 as life


class DeliveryMethods:
    """The methods of BrokerageService that are about deliveries."""

    _actions: DeliveryActions

    def ExplainDelivery(self, request: life.ExplainDeliveryRequest, call: Call) -> pb.Grant:
        """Say why data could not be used in time, and by when it can be."""
        step = step_of(call, request, officer=request.officer)
        return grant_to(self._actions.explain_delivery(step, explanation_from(request)))
