"""No physics: what every room uses.

- errors: the faults a user meets (`InputError`, `DomainError`, ...), `suggest`
- documents: YAML and JSON with line numbers; files written atomically; NetCDF
- arrays: one convention for numpy and JAX; gathers and sparse sums for compilers
- constants: each with its source and year
- output, provenance, compare: results with what they were made of, and made again
- shown: results that print as tables; progress, processes, the cache of compiled programs
"""
