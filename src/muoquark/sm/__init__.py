"""The Standard Model: dated inputs, the CKM matrix, running parameters.

- inputs: the measured inputs (`SMInputs`)
- ckm: the one CKM matrix, from V_us, V_ub, V_cb and gamma (`ckm_matrix`)
- parameters: gauge, Yukawa and Higgs couplings at a scale (`SMParameters`)
- running: from M_Z to the Planck scale (`sm_parameters`); tabulate: how that is shipped
"""
