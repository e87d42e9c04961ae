"""Uploads in the API: files of items and of inbounds, and the templates they are filled into."""

from collections.abc import Callable
from typing import IO, Any, ClassVar, Final

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.api.fields import Query
from fulfillment.api.parsing import read_body
from fulfillment.api.views import Resource
from fulfillment.channels.templates import csv_template, xlsx_template
from fulfillment.services.upload_rows import MOST_ROWS, PLAN_COLUMNS, SKU_COLUMNS
from fulfillment.services.uploading import MOST_FAULTS, Uploaded, upload_plans, upload_skus

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAYOUTS: Final = {CSV: "csv", XLSX: "xlsx"}
WRITERS: Final = {"csv": (CSV, csv_template), "xlsx": (XLSX, xlsx_template)}

_FILE: Final[dict[Any, Any]] = {CSV: OpenApiTypes.BINARY, XLSX: OpenApiTypes.BINARY}
_TEMPLATE: Final = {(200, kind): OpenApiResponse(OpenApiTypes.BINARY, description="The template.") for kind in LAYOUTS}


class CSVFile(BaseParser):
    """Takes a CSV file as the bytes it is; what it says is for the service to judge."""

    media_type = CSV

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The bytes, as `content`."""
        return {"content": stream.read()}


class XLSXFile(CSVFile):
    """The same for a spreadsheet."""

    media_type = XLSX


class CSVTemplate(BaseRenderer):
    """Lets a client ask for `text/csv`."""

    media_type = CSV
    format = "csv"
    charset = None


class XLSXTemplate(BaseRenderer):
    """Lets a client ask for a spreadsheet."""

    media_type = XLSX
    format = "xlsx"
    charset = None


class TemplateQuery(Query):
    """Which template."""

    format = serializers.ChoiceField(choices=list(WRITERS), required=False, default="csv", help_text="Of the file.")


class UploadQuery(Query):
    """How a file is taken."""

    atomic = serializers.ChoiceField(
        choices=["0", "1"], required=False, default="0", help_text="`1`: one refused row refuses the file."
    )


class RowFaultOut(serializers.Serializer):
    """One wrong cell, or a wrong row."""

    row = serializers.IntegerField(help_text="1 is the first below the header.")
    column = serializers.CharField(allow_blank=True, help_text="Empty: the row as a whole.")
    code = serializers.CharField(help_text="Stable.")
    message = serializers.CharField()


class UploadOut(serializers.Serializer):
    """What became of a file."""

    rows = serializers.IntegerField()
    created = serializers.ListField(child=serializers.CharField(), help_text="Items, or references of inbounds.")
    updated = serializers.ListField(child=serializers.CharField())
    known = serializers.ListField(child=serializers.CharField(), help_text="They were there as the file says.")
    faults = RowFaultOut(many=True, help_text=f"The first {MOST_FAULTS:,}, by row.")


class Upload(Resource):
    """A file in, what became of it out."""

    parser_classes = [CSVFile, XLSXFile]
    renderer_classes = [JSONRenderer, CSVTemplate, XLSXTemplate]
    query_form = TemplateQuery
    post_query_form = UploadQuery
    rows: ClassVar[tuple[tuple[str, ...], ...]] = ()
    file_name: ClassVar[str] = ""

    def template(self) -> HttpResponse:
        """The file to fill in."""
        layout = self.query["format"]
        kind, write = WRITERS[layout]
        disposition = f'attachment; filename="{self.file_name}.{layout}"'
        return HttpResponse(write(self.rows), content_type=kind, headers={"Content-Disposition": disposition})

    def take(self, request: Request, upload: Callable[..., Uploaded]) -> Response:
        """What the service makes of the file."""
        read_body(request)
        body: Any = request.data  # read by one of the parsers above: another media type is refused here
        layout = LAYOUTS[(request.content_type or CSV).partition(";")[0].strip().lower()]
        is_atomic = self.query["atomic"] == "1"
        done = upload(seller=self.seller, content=body["content"], layout=layout, is_atomic=is_atomic)
        return Response(UploadOut(done).data, content_type="application/json")


class SkuUpload(Upload):
    """Files of items."""

    file_name = "items"
    rows = (
        SKU_COLUMNS.names,
        (
            "LU-MUG-SAGE",
            "Mug, sage green",
            "4006381333931",
            "320",
            "120",
            "90",
            "95",
            "no",
            "yes",
            "",
            "",
            "no",
            "",
            "",
            "",
            "0",
            "",
            "PT",
        ),
    )

    @extend_schema(
        operation_id="read_sku_template",
        summary="Get the template of a file of items",
        parameters=[TemplateQuery],
        responses=_TEMPLATE,
    )
    def get(self, request: Request) -> HttpResponse:
        """The columns, and a row that shows how."""
        return self.template()

    @extend_schema(
        operation_id="upload_skus",
        summary="Upload a file of items",
        description=(
            f"CSV or XLSX as the template, at most {MOST_ROWS:,} rows. New items are entered, others changed; the same "
            "file twice is once. Barcodes stand in one cell, with spaces between. A cell with a formula is refused."
        ),
        parameters=[UploadQuery],
        request=_FILE,
        responses={200: OpenApiResponse(UploadOut, description="What became of it.")},
    )
    def post(self, request: Request) -> Response:
        """Takes the file."""
        return self.take(request, upload_skus)


class PlanUpload(Upload):
    """Files of inbounds."""

    file_name = "inbounds"
    rows = (
        PLAN_COLUMNS.names,
        ("PO-118", "", "", "", "parcel", "1", "4", "", "9400", "400", "300", "300", "LU-MUG-SAGE", "24", "", ""),
    )

    @extend_schema(
        operation_id="read_inbound_template",
        summary="Get the template of a file of inbounds",
        parameters=[TemplateQuery],
        responses=_TEMPLATE,
    )
    def get(self, request: Request) -> HttpResponse:
        """The columns, and a row that shows how."""
        return self.template()

    @extend_schema(
        operation_id="upload_inbounds",
        summary="Upload a file of inbounds",
        description=(
            f"CSV or XLSX as the template, at most {MOST_ROWS:,} rows. Rows with one reference are one inbound, "
            "with one carton number one carton. One refused row refuses its whole inbound; the same file twice is once."
        ),
        parameters=[UploadQuery],
        request=_FILE,
        responses={200: OpenApiResponse(UploadOut, description="What became of it.")},
    )
    def post(self, request: Request) -> Response:
        """Takes the file."""
        return self.take(request, upload_plans)
