"""Posterior by NUTS and evidence by nested sampling."""
