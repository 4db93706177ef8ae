"""Logs, metrics, health: what they say is what happened, and neither keys nor bodies are in them."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from dcc_sim import home
from dcc_sim.observe import LOG, log_to
from schemas.duis.node import branch
from tests.pairs import START, Pair, set_state

BODY = set_state(START.replace(hour=18), START.replace(hour=19))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the log goes."""
    stream = io.StringIO()
    handler = log_to(stream)
    yield stream
    LOG.removeHandler(handler)
    LOG.setLevel(logging.NOTSET)


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    """The log's lines, each one JSON object."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def metrics(pair: Pair) -> dict[str, float]:
    """The samples by name and labels."""
    got = pair.http("GET", "/metrics")
    assert got.status_code == 200
    assert got.headers["content-type"].startswith("text/plain")
    samples = (line.rpartition(" ") for line in got.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def test_one_line_a_request(pair: Pair, lines: io.StringIO) -> None:
    """Its name, service, variant, code and time; nothing of its body."""
    request = pair.command(pair.supplier, home.CHARGER, "7.13", BODY)
    refused = pair.ask(pair.network, home.CHARGER, "7.13", 4, BODY)
    pair.post("serviceT", b"<a/>")
    first, second, third, fourth = entries(lines)
    assert first["request"] == second["request"] == str(request.request_id)
    assert (first["service"], first["command_variant"], first["response_code"]) == ("7.13", "4", "I0")
    assert (second["web_service"], second["command_variant"], second["response_code"]) == ("serviceS", "5", "I99")
    assert third["response_code"] == refused.code == "E2"
    assert (fourth["request"], fourth["service"], fourth["response_code"]) == ("", "", "HTTP 400")
    assert first["virtual_time"] == "2026-01-15T16:30:00Z"
    assert all(re.fullmatch(r"\d{4}-.*Z", each["time"]) and each["milliseconds"] > 0 for each in entries(lines))
    assert "Signature" not in lines.getvalue()
    assert "GBCSPayload" not in lines.getvalue()


def test_what_a_client_writes_makes_no_line_and_no_label(still: Pair, lines: io.StringIO) -> None:
    """A body of its own design is one line with nothing of it."""
    still.post("serviceT", b'<Request>\n{"level": "x"}<sr:RequestID>mine</sr:RequestID></Request>')
    (entry,) = entries(lines)
    assert "mine" not in lines.getvalue()
    assert entry["service"] == ""
    assert "mine" not in still.http("GET", "/metrics").text


def test_metrics_count_requests_round_trips_and_documents(pair: Pair) -> None:
    """By service, variant and code; in flight until the device answers."""
    pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    during = metrics(pair)
    label = 'dcc_sim_requests_total{command_variant="1",response_code="I99",service="11.2"}'
    assert during[label] == 1
    assert during["dcc_sim_requests_in_flight"] == 1
    assert during["dcc_sim_device_round_trips_total"] == 0
    pair.pass_time()
    after = metrics(pair)
    assert after["dcc_sim_requests_in_flight"] == 0
    assert after["dcc_sim_device_round_trips_total"] == 1
    assert after['dcc_sim_documents{taken="false"}'] == 1
    assert after['dcc_sim_requests_in_state{state="responded"}'] == 1
    pair.post("serviceT", b"no XML")
    refused = 'dcc_sim_requests_total{command_variant="",response_code="HTTP 400",service=""}'
    assert metrics(pair)[refused] == 1
    assert metrics(pair)['dcc_sim_request_seconds_count{web_service="serviceT"}'] == 1
    pair.store.mark_delivered(1)
    assert metrics(pair)['dcc_sim_documents{taken="true"}'] == 1


def test_health(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """200, and 503 once the database is gone."""
    assert pair.http("GET", "/health").json() == {"status": "ok"}

    def gone() -> None:
        raise OperationalError("select", {}, Exception("no connection"))

    monkeypatch.setattr(pair.store, "moment", gone)
    got = pair.http("GET", "/health")
    assert got.status_code == 503
    assert "connection" not in got.text
