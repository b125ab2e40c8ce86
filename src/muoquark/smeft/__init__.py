"""The Warsaw basis, and Wilson coefficients as values and WCxf files.

- warsaw: families, orbits and symmetries of the operators, real components
- tensors: products and symmetrisation of flavour tensors
- wcxf: `WilsonCoefficients` and their files, `read_wcxf`
- wet: coefficients below the Z mass, `LowCoefficients`
"""
