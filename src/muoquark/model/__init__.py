"""Fields, Lagrangian terms and points in parameter space; nothing here knows of an EFT."""
