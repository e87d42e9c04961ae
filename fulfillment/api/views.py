"""What every route has in common: strict query, strict body, one seller, one 404, nothing cached."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final, TypeVar

import structlog
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from foundation.errors import FieldFault, Invalid, NotFound
from foundation.retry import retrying
from foundation.tenancy import for_seller, hub_wide
from fulfillment.api.auth import BearerToken, HasScope, Machine
from fulfillment.api.errors import NOT_FOUND, answer_error, not_found, refused_body, refused_query
from fulfillment.api.fields import Query, Strict
from fulfillment.api.idempotency import respond_once
from fulfillment.api.parsing import StrictJSONParser, read_body
from fulfillment.services.answering import Answer
from warehouses.models import Seller

log = structlog.get_logger("pakhuis.api")

M = TypeVar("M", bound=Model)

WRITING: Final = frozenset({"POST", "PATCH"})


class Resource(APIView):
    """A route that acts for one seller. `query_form` lists the parameters its GET takes; others are refused.

    `post_query_form` does so for a POST, which usually takes none.
    """

    http_method_names = ["get", "head", "post", "patch"]
    authentication_classes = [BearerToken]
    permission_classes = [HasScope]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    query_form: ClassVar[type[Query]] = Query
    post_query_form: ClassVar[type[Query]] = Query
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Checks token and scope, then the query string."""
        super().initial(request, *args, **kwargs)
        if request.method in self.allowed_methods:
            self.query = read_query(request, self.post_query_form if request.method in WRITING else self.query_form)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """REST framework's own, but the handler runs in one transaction in which there are only the seller's rows.

        The token is looked at before, because only then it is known whose rows; errors become answers after,
        when what they have begun is undone. A POST that the database gave up on is done once more, all of it
        (`foundation.retry`): what has no key in the header has one in the body, the seller's own reference.
        """
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **kwargs)
            method = (self.request.method or "").lower()
            is_known = method in self.http_method_names
            handler = getattr(self, method, self.http_method_not_allowed) if is_known else self.http_method_not_allowed

            def act() -> Any:
                with for_seller(self.seller.pk):
                    return handler(self.request, *args, **kwargs)

            response = retrying(act) if self.request.method in WRITING else act()
        except Exception as error:  # noqa: BLE001 - whatever it is, `answer_error` tells it
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    @property
    def seller(self) -> Seller:
        """Whose call this is."""
        caller = self.request.user
        assert isinstance(caller, Machine), "permissions let nobody else in"
        return caller.seller

    def own(self, rows: QuerySet[M], number: str, *, by: str = "number") -> M:
        """The row with this number, or other name, out of `rows`, which must be the seller's. Raises `NotFound`.

        Missing, somebody else's and badly written are the same to the caller; a knock at a stranger's door
        is logged. The second look is made in all three cases, so that the time tells nothing either.
        """
        is_written_well = number.isprintable() and (number.isascii() or by != "number")
        row = rows.filter(**{by: number}).first() if is_written_well else None
        if row is not None:
            return row
        strangers = rows.model._default_manager.filter(**{by: number if is_written_well else ""})  # noqa: SLF001
        with hub_wide():  # for the log alone; the caller learns nothing of it
            is_a_strangers = strangers.exists()
        if is_a_strangers:
            log.warning("api.foreign_row", seller=self.seller.code, path=self.request.path)
        raise NotFound(NOT_FOUND)

    def form(self, serializer: type[Strict]) -> dict[str, Any]:
        """The body, checked. Raises `ValidationError` with every fault."""
        read_body(self.request)
        form = serializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        return form.validated_data

    @contextmanager
    def all_faults(self, look_further: Callable[[dict[str, Any]], Iterable[FieldFault]]) -> Iterator[None]:
        """Around what reads and takes a body: when that is refused, `look_further` adds what else is wrong with it."""
        body: Any = self.request.data  # a JSON object: the parser takes nothing else
        try:
            yield
        except (ValidationError, Invalid) as error:
            raise refused_body(error, look_further(body)) from error

    def once(self, perform: Callable[[], Answer]) -> HttpResponse:
        """Answers a POST or PATCH with what `perform` says, or said when its key was first seen."""
        body = read_body(self.request)
        return respond_once(self.request, seller=self.seller, body=body, perform=perform)

    def get_exception_handler(self) -> Callable[[Exception, Mapping[str, Any]], HttpResponse]:
        """Whatever is raised becomes a problem."""
        return answer_error

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """No proxy or browser keeps what belongs to one token."""
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)


def read_query(request: Request, form: type[Query]) -> dict[str, Any]:
    """The query string's parameters, checked. Raises `Refused` (400): unknown, repeated or wrong ones.

    Only a parameter whose field takes several values may stand more than once.
    """
    known = form().fields
    given: dict[str, Any] = {}
    repeated = {}
    for name, values in request.query_params.lists():
        is_many = isinstance(known.get(name), (serializers.ListField, serializers.MultipleChoiceField))
        if len(values) > 1 and not is_many:
            repeated[name] = [ErrorDetail("This stands more than once.", "parameter_repeated")]
        given[name] = values if is_many else values[0]
    checked = form(data=given)
    try:
        checked.is_valid(raise_exception=True)
        if repeated:
            raise ValidationError(repeated)
    except ValidationError as error:
        raise refused_query(error) from error
    return checked.validated_data


def as_json(data: Any) -> str:
    """Serialized data as the text that goes out."""
    return JSONRenderer().render(data).decode()


@csrf_exempt
def nowhere(request: HttpRequest, path: str = "") -> HttpResponse:
    """Every path below /api/ that leads to nothing: a problem, not an HTML page."""
    return not_found()
