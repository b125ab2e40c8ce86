"""The Warsaw basis: families and symmetries, flavour tensors, WCxf in and out."""
