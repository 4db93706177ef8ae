"""Names for people: use cases, alerts, COSEM objects, ZigBee clusters, units. Only what has a public meaning."""
