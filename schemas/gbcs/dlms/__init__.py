"""DLMS/COSEM as GBCS uses it: typed data, access request and response, data notification, times."""
