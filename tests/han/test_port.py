"""A port stamps what goes out and delivers a counter once."""

from datetime import timedelta
from random import Random

from han.link import Conditions, Medium
from han.node import tunnel_packet
from han.port import Port
from tests.han.conftest import START

MS = timedelta(milliseconds=1)


def test_port_removes_duplicates_and_nothing_else() -> None:
    heard: list[bytes] = []
    medium = Medium(Random(1))
    medium.default = Conditions(duplication=1.0)
    port = Port(medium, 2, lambda packet, now: heard.append(packet.data.serialize()))
    Port(medium, 3, lambda packet, now: None)
    sender = Port(medium, 1, lambda packet, now: None)
    for number in range(600):  # the counter wraps at 256; the content repeats; other destinations come between
        sender.send(tunnel_packet(2, bytes([number % 7]), START), START)
        sender.send(tunnel_packet(3, b"", START), START)
    medium.handle_timer(START + 20 * MS)
    assert heard == [bytes([number % 7]) for number in range(600)]
    assert port.duplicates == 600
