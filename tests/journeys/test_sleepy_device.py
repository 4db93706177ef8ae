"""A device that sleeps, from outside: a request over HTTP, fetched and answered when the device wakes."""

from datetime import timedelta

from dcc_sim.home import CHARGER
from han.clusters import TransferData, TransferDataToClient
from han.zcl import decode
from schemas.duis.node import branch
from tests.pairs import Pair


def test_a_request_waits_for_the_device() -> None:
    pair = Pair()
    pair.watch_han()
    pair.world.home.han.let_sleep(CHARGER, pair.world.clock.now, timedelta(seconds=20))
    pair.read(pair.supplier, CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time(15)
    assert pair.mailbox(pair.supplier) == []
    pair.pass_time(10)
    (answer,) = pair.mailbox(pair.supplier)
    assert answer.code == "I0"
    commands = (decode(packet.cluster, packet.zcl).command for packet in pair.packets)
    told = [bytes(each.data) for each in commands if isinstance(each, TransferData | TransferDataToClient)]
    assert [each[:1] for each in told] == [b"\x01", b"\x02", b"\x03"]
    assert told[1][1] == 0 and told[1][2] == 0xDD and told[2][1] in (0xDD, 0xDF)
