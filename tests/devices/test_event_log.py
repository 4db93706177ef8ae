"""The event log is bounded."""

from devices.event_log import Entry, EventLog
from tests.devices.home import NEW_YEAR


def test_the_oldest_entry_falls_out() -> None:
    log = EventLog(capacity=3)
    for code in range(5):
        log.append(Entry(NEW_YEAR, code))
    assert log.codes() == [2, 3, 4]
    assert len(log) == 3
    assert [entry.moment for entry in log] == [NEW_YEAR] * 3
