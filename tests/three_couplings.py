"""The paper's plane with its three couplings free, of which the card ``plane`` has a product."""

from __future__ import annotations

from muoquark.model.card_file import parse_card

THREE = parse_card("""
model: B-3Lmu
masses: {S1: 3000.0, S3: 3000.0}
mu_M: 3000.0
couplings:
  eta3L: {ansatz: U2, value: {free: [0.0, 0.8], start: 0.4, name: eta3L_3}}
  eta1L: {ansatz: U2, value: {free: [0.0, 0.25], start: 0.1, name: eta1L_3}}
  eta1R: {ansatz: U2, value: {free: [-0.25, 0.25], start: 0.1, name: eta1R_3}}
""")
