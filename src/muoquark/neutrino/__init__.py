"""Neutrino masses and mixings that a texture of U(1)_X predicts.

- seesaw: light neutrinos of given couplings (`Seesaw`, `light_neutrinos`)
- pmns, oscillations: mixing angles, and the global fits that are shipped
- muon_zero, prediction: what one vanishing element predicts for masses, phases and m_ee
"""
