"""The Warsaw basis as arrays, WCxf files, the linear maps to the low scales."""
