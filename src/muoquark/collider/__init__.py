"""What colliders see of the heavy fields of a model.

- decays: widths and branching ratios, from the terms; splitting: masses of the components
- rates: production of pairs; limits: what was published, and when; exclusion: both compared
- tails: Drell-Yan with propagators and in the EFT, now and at HL-LHC
- verdict: all of it for one point, in words; plane: coupling against mass
"""
