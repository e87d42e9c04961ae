"""The API's paths, below /api/. No trailing slash on resources; everything unknown is a problem of its own."""

from django.urls import path, re_path

from fulfillment.api.docs import docs, problems, schema
from fulfillment.api.v1.appointments import (
    AppointmentCancel,
    AppointmentDetail,
    AppointmentList,
    AppointmentMove,
)
from fulfillment.api.v1.cases import CaseAnswer, CaseDetail, CaseEvidence, CaseList, PhotoDetail
from fulfillment.api.v1.charges import ChargeList
from fulfillment.api.v1.inbound_parcels import InboundCancel, InboundParcels
from fulfillment.api.v1.inbounds import InboundDetail, InboundList
from fulfillment.api.v1.labels import InboundLabels
from fulfillment.api.v1.measurements import MeasurementList
from fulfillment.api.v1.orders import OrderDetail, OrderList
from fulfillment.api.v1.preflight import Preflight, Proposal
from fulfillment.api.v1.receipts import InboundFindings, InboundReceipts
from fulfillment.api.v1.skus import SkuDetail, SkuList
from fulfillment.api.v1.slots import HubSlots
from fulfillment.api.v1.splits import InboundSplit
from fulfillment.api.v1.uploads import PlanUpload, SkuUpload
from fulfillment.api.views import nowhere

app_name = "api"

urlpatterns = [
    path("v1/appointments", AppointmentList.as_view(), name="appointments"),
    path("v1/appointments/<str:number>", AppointmentDetail.as_view(), name="appointment"),
    path("v1/appointments/<str:number>/cancel", AppointmentCancel.as_view(), name="appointment-cancel"),
    path("v1/appointments/<str:number>/reschedule", AppointmentMove.as_view(), name="appointment-reschedule"),
    path("v1/hubs/<str:code>/slots", HubSlots.as_view(), name="hub-slots"),
    path("v1/inbounds", InboundList.as_view(), name="inbounds"),
    path("v1/inbounds/preflight", Preflight.as_view(), name="preflight"),
    path("v1/inbounds/proposal", Proposal.as_view(), name="proposal"),
    path("v1/inbounds/split", InboundSplit.as_view(), name="split"),
    path("v1/inbounds/<str:number>", InboundDetail.as_view(), name="inbound"),
    path("v1/inbounds/<str:number>/cancel", InboundCancel.as_view(), name="inbound-cancel"),
    path("v1/inbounds/<str:number>/labels", InboundLabels.as_view(), name="inbound-labels"),
    path("v1/inbounds/<str:number>/parcels", InboundParcels.as_view(), name="inbound-parcels"),
    path("v1/inbounds/<str:number>/findings", InboundFindings.as_view(), name="inbound-findings"),
    path("v1/inbounds/<str:number>/receipts", InboundReceipts.as_view(), name="inbound-receipts"),
    path("v1/cases", CaseList.as_view(), name="cases"),
    path("v1/cases/<str:number>", CaseDetail.as_view(), name="case"),
    path("v1/cases/<str:number>/answer", CaseAnswer.as_view(), name="case-answer"),
    path("v1/cases/<str:number>/evidence", CaseEvidence.as_view(), name="case-evidence"),
    path("v1/charges", ChargeList.as_view(), name="charges"),
    path("v1/measurements", MeasurementList.as_view(), name="measurements"),
    path("v1/photos/<str:number>", PhotoDetail.as_view(), name="photo"),
    path("v1/orders", OrderList.as_view(), name="orders"),
    path("v1/orders/<str:number>", OrderDetail.as_view(), name="order"),
    path("v1/skus", SkuList.as_view(), name="skus"),
    path("v1/skus/<path:code>", SkuDetail.as_view(), name="sku"),
    path("v1/uploads/inbounds", PlanUpload.as_view(), name="upload-inbounds"),
    path("v1/uploads/skus", SkuUpload.as_view(), name="upload-skus"),
    path("v1/schema", schema, name="schema"),
    path("v1/docs/", docs, name="docs"),
    path("v1/problems", problems, name="problems"),
    re_path(r"^(?P<path>.*)$", nowhere, name="nowhere"),
]
