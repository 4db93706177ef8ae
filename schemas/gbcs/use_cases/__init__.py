"""The table of use cases: one declaration each. Adding one touches one place, a tuple of one of these files.

Electricity comes under its subject, gas with ``gas_`` before it, the communications hub with ``hub_``; ``dcc-sim
use-cases`` lists them all. What a declaration is made of:

    declare          UseCase, what the DCC knows, MMC parts
    access           DLMS content: Get, Set, Action; fields, calendar_fields and the like fill it
    protected        DLMS through a data protection object, with an encrypted answer
    zigbee           GBZ content: ReadAttributes, Send; gas_fields fills it, schemas.gbcs.zcl has the payloads
    asn1             ASN.1 content; asn1_fields fills it
    table            all of them, found by request, code or name
"""
