"""Data snapshots, predictions, the log-likelihood and the referee."""
