"""Registrations over time: whatever rows there are, a meter point has at most one responsible supplier a moment."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dcc_sim.inventory import Inventory, Registration, UserRole
from schemas.eui import EUI64

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
MPXN = "1312345678111"
ROLE = UserRole.IMPORT_SUPPLIER
USERS = tuple(EUI64(bytes([0x90, 0xB3, 0xD5, 0x1F, 0x30, number, 0, 0])) for number in range(4))
MOMENTS = tuple(DAY_0 + timedelta(hours=12 * half_days) for half_days in range(80))

DAYS = st.integers(0, 30)
ROWS = st.lists(
    st.tuples(DAYS, st.one_of(st.none(), st.integers(0, 10)), st.sampled_from(USERS)),
    max_size=6,
    unique_by=lambda row: row[0],
)


def registrations(rows: list[tuple[int, int | None, EUI64]]) -> list[Registration]:
    """Rows of start day, length in days or open, and user."""
    made = []
    for day, length, user in rows:
        start = DAY_0 + timedelta(days=day)
        made.append(Registration(MPXN, ROLE, user, start, None if length is None else start + timedelta(days=length)))
    return made


@given(ROWS)
def test_at_most_one_supplier(rows: list[tuple[int, int | None, EUI64]]) -> None:
    """With no two starts alike: one where a row covers the moment, the user of the last begun; none else."""
    inventory = Inventory(registrations=registrations(rows))
    for moment in MOMENTS:
        responsible = [user for user in USERS if inventory.registered(MPXN, ROLE, user, moment)]
        covering = [entry for entry in inventory.registrations if entry.covers(moment)]
        last = sorted(covering, key=lambda entry: entry.start)[-1:]
        assert responsible == [entry.user for entry in last]


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_no_matter(rows: list[tuple[int, int | None, EUI64]], chance: Random) -> None:
    """Registrations may be written down in any order, and those of other meter points and roles among them."""
    one = Inventory(registrations=registrations(rows))
    others = [
        Registration("1312345678222", ROLE, USERS[0], DAY_0),
        Registration(MPXN, UserRole.ELECTRICITY_DISTRIBUTOR, USERS[0], DAY_0 + timedelta(days=5)),
    ]
    mixed = [*one.registrations, *others]
    chance.shuffle(mixed)
    two = Inventory(registrations=mixed)
    for moment in MOMENTS:
        for user in USERS:
            assert one.registered(MPXN, ROLE, user, moment) == two.registered(MPXN, ROLE, user, moment)
