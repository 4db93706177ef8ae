"""The DCC: gateway, road and its steps, records, and the world that wires hub, HAN and devices to it."""
