"""A hub, two devices, a start time, and a pump."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from han.network import Han
from han.reports import Delivery, FrameRecord, Undelivered
from schemas.eui import EUI64

HUB = EUI64.parse("00-DB-12-34-56-78-90-C1")
ESME = EUI64.parse("00-DB-12-34-56-78-90-A0")
HCALCS = EUI64.parse("00-DB-12-34-56-78-90-A1")
START = datetime(2025, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def run(han: Han) -> list[Delivery | Undelivered]:
    """Run a HAN until nothing is under way; return what came of it."""
    results: list[Delivery | Undelivered] = []
    while (due := han.next_timer()) is not None:
        results += han.handle_timer(due)
    return results


def make_han(records: list[FrameRecord] | None = None, seed: int = 1) -> Han:
    han = Han(HUB, Random(seed), secret=str(seed).encode(), observer=None if records is None else records.append)
    han.add_device(ESME)
    han.add_device(HCALCS)
    return han


@pytest.fixture
def records() -> list[FrameRecord]:
    return []


@pytest.fixture
def han(records: list[FrameRecord]) -> Han:
    return make_han(records)
