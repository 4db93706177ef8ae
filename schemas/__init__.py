"""Every format that crosses a wall: DUIS, GBCS and MMC. Pure: no I/O, no clock, no chance."""
