"""Frames as a sniffer shows them: IEEE 802.15.4 MAC, Zigbee NWK and APS, their security and fragmentation.

Coding and cryptography are pure: keys and counters are arguments. Numbers are little-endian on the air; a NWK address
is a plain number, an EUI-64 our own type: zigpy has no frame headers, and its address types take longer to make than a
whole header takes to read. Frames are named tuples because a frozen dataclass takes four times as long. Whatever is
wrong with a frame is one error of ``schemas.errors``: ``Malformed`` for its form, ``NotAuthentic`` for its protection,
``NotPossible`` for a fragment out of place.
"""
