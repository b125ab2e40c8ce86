"""The Drell-Yan tails at the LHC: nine searches for two leptons or one, folded with a detector.

The new-physics yield is computed at leading order in bins of partons, folded with the response of
the detectors that HighPT simulated (2207.10714, Allwicher:2022gkm; 2207.10756, Allwicher:2022mcg),
and compared with what was counted (docs/highpt.md).
"""
