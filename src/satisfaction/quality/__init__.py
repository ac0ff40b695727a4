"""How good the instrument is."""
