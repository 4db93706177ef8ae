"""Running an access request."""

from devices.cosem import Context, ObjectStore
from devices.objects import FIRMWARE_VERSION, RANDOMISED_OFFSET_LIMIT, SET_STATE
from devices.origin import Origin
from schemas.gbcs.dlms.access import AccessRequest, Choice, Item
from schemas.gbcs.dlms.data import NULL, Data, octets, unsigned
from tests.devices.home import NEW_YEAR, SUPPLIER

CONTEXT = Context(NEW_YEAR, NEW_YEAR, Origin(SUPPLIER.eui, 1, 0x011E))
VERSION = Item(Choice.GET, FIRMWARE_VERSION.class_id, FIRMWARE_VERSION.obis, FIRMWARE_VERSION.number)


def test_items_run_in_order_until_one_fails() -> None:
    ran: list[Data] = []
    store = ObjectStore()
    store.readable(FIRMWARE_VERSION, lambda now: octets(b"abcd"))
    store.writable(RANDOMISED_OFFSET_LIMIT, lambda data, context: ran.append(data))
    store.invocable(SET_STATE, lambda data, context: ran.append(data))
    items = (
        VERSION,
        Item(Choice.ACTION, SET_STATE.class_id, SET_STATE.obis, SET_STATE.number, unsigned(1)),
        Item(Choice.GET, SET_STATE.class_id, SET_STATE.obis, SET_STATE.number),
        Item(Choice.SET, 1, RANDOMISED_OFFSET_LIMIT.obis, 2, unsigned(2)),
        VERSION,
    )
    response, failure = store.execute(AccessRequest(1, items), CONTEXT)
    assert [result for _, result in response.results] == [0, 0, 1, 0xFA, 0xFA]
    assert response.data == (octets(b"abcd"), NULL, NULL, NULL, NULL)
    assert ran == [unsigned(1)]
    assert failure is not None and "0009" not in str(failure)


def test_a_fault_fails_its_object_alone() -> None:
    store = ObjectStore()
    store.readable(FIRMWARE_VERSION, lambda now: octets(b"abcd"))
    store.faults.add(FIRMWARE_VERSION)
    response, failure = store.execute(AccessRequest(1, (VERSION,)), CONTEXT)
    assert not response.succeeded
    assert failure is not None and "set to fail" in failure.rule
    store.faults.clear()
    assert store.execute(AccessRequest(1, (VERSION,)), CONTEXT)[0].succeeded
