"""One seed, one history: the same posts give the same bytes everywhere; another seed gives others."""

from datetime import timedelta
from pathlib import Path

from dcc_sim import home
from han.conditions import Conditions
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair, set_state


def history(seed: int, folder: Path) -> tuple[dict[str, bytes], list[bytes], list[tuple[object, ...]]]:
    """A day with commands, reads, refusals and a bad link: the trace's files, the documents, the packets."""
    pair = Pair(seed, traced=True)
    frames = pair.packets
    pair.world.home.han.observe(frames.append)
    pair.world.home.han.conditions(
        home.CHARGER, Conditions(jitter=timedelta(milliseconds=50), loss=0.1, duplication=0.2, reordering=0.2)
    )
    pair.charge()
    for number in range(4):
        begin = START + timedelta(hours=1 + number)
        pair.command(pair.supplier, home.CHARGER, "7.13", set_state(begin, begin + timedelta(minutes=30), number))
        pair.read(pair.other_user, home.METER, "7.15", SERVICES["7.15"][1])
        pair.ask(pair.network, home.CHARGER, "7.13", 4, SERVICES["7.13"][1])
        pair.pass_time(40)
    pair.pass_time(6 * 3600)
    pair.mailbox(pair.supplier)
    pair.mailbox(pair.other_user)
    pair.world.trace.write(folder)
    packets: list[tuple[object, ...]] = [
        (frame.time, frame.source, frame.destination, frame.zcl, frame.fate) for frame in frames
    ]
    pair.store.close()
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}, pair.documents, packets


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """Trace, documents and packets are identical, keys and signatures included."""
    first, second = history(7, tmp_path / "a"), history(7, tmp_path / "b")
    assert first == second
    assert len(first[0]) > 50
    assert len(first[1]) > 12
    assert len(first[2]) > 12


def test_another_seed_other_bytes(tmp_path: Path) -> None:
    """Keys differ, so every signed document does; so does what the air does."""
    first, other = history(7, tmp_path / "a"), history(8, tmp_path / "c")
    assert not set(first[1]) & set(other[1])
    assert first[2] != other[2]
