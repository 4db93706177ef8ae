"""A supplier reads its meter's event and security log, over HTTP: SR 6.13, and 3.3 clears the first."""

from datetime import timedelta

from dcc_sim import home
from schemas.duis.node import branch, leaf
from tests.pairs import Pair, set_state
from tests.schemas.gbcs.use_cases import bodies

DAY = timedelta(days=1)


def read(pair: Pair, log: str) -> list[tuple[str, str]]:
    """Codes and other information of the log ``Event`` or ``Security``, in order."""
    now = pair.world.clock.now
    period = bodies.log_period("ReadEventOrSecurityLog", now - DAY, now + DAY)
    body = period._replace(children=(*period.children, leaf("LogToRead", log)))
    pair.read(pair.supplier, home.METER, "6.13", body)
    pair.pass_time()
    document = pair.http("GET", f"/sim/users/{pair.supplier.eui}/responses").json()[-1]["mmc"]
    entries = document.split("<ra:LogEntry>")[1:]
    return [(_text(entry, "LogCode"), _text(entry, "OtherInformation")) for entry in entries]


def _text(entry: str, name: str) -> str:
    return entry.partition(f"<ra:{name}>")[2].partition("<")[0]


def test_what_was_done_and_what_was_cleared(pair: Pair) -> None:
    now = pair.world.clock.now
    assert read(pair, "Security") == []
    pair.command(pair.supplier, home.METER, "7.13", set_state(now, now + timedelta(hours=1), 0))
    pair.command(pair.supplier, home.METER, "7.13", set_state(now, now - timedelta(hours=1), 0))
    pair.pass_time()
    assert read(pair, "Event")[-2:] == [("8154", "011E"), ("8155", "011E")]
    pair.read(pair.supplier, home.METER, "3.3", branch("ClearEventLog", leaf("ESMEEventLogType", "ESME")))
    pair.pass_time()
    assert read(pair, "Event") == []
    assert read(pair, "Security") == [("8F52", "")]
