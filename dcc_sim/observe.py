"""What an operator sees of the gateway: a JSON line a request, counters for Prometheus, and whether it is well.

Neither keys nor bodies go in here: of a request its name, its service and what became of it. These are read from the
DCC's own answer, so that nobody can write into a log or make up a label.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from typing import TextIO

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from dcc_sim.border import Reply
from dcc_sim.requests import State
from dcc_sim.world import World
from devices.sapc import SAPC

LOG = logging.getLogger("dcc_sim.requests")
"""Nothing is written unless ``log_to`` has been called, or the program that embeds the gateway says so."""

_HEAD = 2000
"""Octets at the start of an answer in which its header and its service stand."""
_REQUEST_ID = re.compile(rb"<sr:RequestID>([^<]{1,80})<")
_CODE = re.compile(rb"<sr:ResponseCode>([^<]{1,10})<")
_SERVICE = re.compile(rb"<sr:ServiceReferenceVariant>([^<]{1,10})<")
_VARIANT = re.compile(rb"<(?:[\w.-]{1,40}:)?CommandVariant\s*>\s*([1-9])\s*<")
_FIELDS = "fields"


class JsonLines(logging.Formatter):
    """One JSON object a record: real time (UTC), level, message, and the fields that came with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"time": time, "level": record.levelname.lower(), "message": record.getMessage()}
        entry.update(getattr(record, _FIELDS, {}))
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=True)


def log_to(stream: TextIO) -> logging.Handler:
    """Write the lines to ``stream`` from now on; gives the handler, for who wants it off again."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    return handler


class Observer:
    """Counts and logs what one gateway answers.

    Args:
        world: gives the world that is served now.
        stopwatch: real seconds, from any beginning.

    Attributes:
        registry: the metrics.
    """

    def __init__(self, world: Callable[[], World], stopwatch: Callable[[], float] = perf_counter) -> None:
        self.stopwatch = stopwatch
        self.registry = CollectorRegistry()
        self._world = world
        self._requests = Counter(
            "dcc_sim_requests",
            "Requests to the DUIS web services, by service reference variant, command variant and response code.",
            ("service", "command_variant", "response_code"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "dcc_sim_request_seconds",
            "Real time from a request's last octet to its answer.",
            ("web_service",),
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
        )
        self.registry.register(_Records(world))
        # Looking a series up takes the library longer than adding to it; there are as many as are kept anyway.
        self._counted = cache(self._requests.labels)
        self._timed = cache(self._seconds.labels)

    def answered(self, web_service: str, body: bytes, reply: Reply, seconds: float) -> None:
        """One request to a DUIS web service has its answer.

        Args:
            web_service: ``serviceT`` and so on; one that exists.
            body: the request as it came; only its command variant is looked for.
            reply: the answer.
            seconds: real ones, from when the body was there.
        """
        head = reply.body[:_HEAD] if reply.status == 200 else b""
        service, code = _found(_SERVICE, head), _found(_CODE, head) or f"HTTP {reply.status}"
        variant = _found(_VARIANT, body[: 2 * _HEAD]) if head else ""
        self._counted(service, variant, code).inc()
        self._timed(web_service).observe(seconds)
        if LOG.isEnabledFor(logging.INFO):
            fields = {
                "request": _found(_REQUEST_ID, head),
                "web_service": web_service,
                "service": service,
                "command_variant": variant,
                "response_code": code,
                "milliseconds": round(seconds * 1000, 3),
                "virtual_time": self._world().clock.now.isoformat().replace("+00:00", "Z"),
            }
            LOG.info("request", extra={_FIELDS: fields})

    def routes(self) -> APIRouter:
        """``GET /metrics`` and ``GET /health``."""
        router = APIRouter(tags=["observation"])

        @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
        async def metrics() -> Response:
            """Counters in Prometheus's text format."""
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        @router.get("/health", response_model=None, responses={503: {"description": "The database does not answer."}})
        async def health() -> Response:
            """Whether the gateway can carry out requests: its database answers."""
            try:
                self._world().dcc.store.moment()
            except SQLAlchemyError:
                return JSONResponse({"status": "the database does not answer"}, 503)
            return JSONResponse({"status": "ok"})

        return router


class _Records(Collector):
    """What the store knows: it holds over a restart, and for all processes over one database."""

    def __init__(self, world: Callable[[], World]) -> None:
        self._world = world

    def collect(self) -> Iterator[Metric]:
        counts = self._world().dcc.store.counts()
        states = GaugeMetricFamily("dcc_sim_requests_in_state", "Stored requests by state.", labels=["state"])
        for state in State:
            states.add_metric([state.value], counts.requests.get(state, 0))
        yield states
        in_flight = sum(counts.requests.get(state, 0) for state in (State.ACCEPTED, State.SENT))
        yield GaugeMetricFamily("dcc_sim_requests_in_flight", "Requests on their way to or at a device.", in_flight)
        answered = counts.requests.get(State.RESPONDED, 0)
        yield CounterMetricFamily("dcc_sim_device_round_trips", "Commands that a device has answered.", answered)
        documents = GaugeMetricFamily(
            "dcc_sim_documents", "Documents in mailboxes, by whether a callback has taken them.", labels=["taken"]
        )
        documents.add_metric(["true"], counts.taken)
        documents.add_metric(["false"], counts.waiting)
        yield documents
        delays = CounterMetricFamily(
            "dcc_sim_regulation_delays",
            "Transitions that a charge point delayed by itself, by whether the randomised offset had done so before.",
            labels=["device", "twice"],
        )
        for eui, device in sorted(self._world().home.devices.items()):
            if isinstance(device, SAPC) and device.regulation is not None:
                regulation = device.regulation
                delays.add_metric([str(eui), "true"], regulation.twice)
                delays.add_metric([str(eui), "false"], regulation.delayed - regulation.twice)
        yield delays


def _found(pattern: re.Pattern[bytes], octets: bytes) -> str:
    match = pattern.search(octets)
    return match[1].decode("ascii", "backslashreplace") if match else ""
