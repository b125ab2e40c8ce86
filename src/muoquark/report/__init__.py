"""Tables, figures and claims; computes nothing."""
