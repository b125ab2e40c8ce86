"""All that is about one paper: its plane, its bands, its claims.

- plane: the figure; families: a partition of the data
- robustness: do order-one coefficients matter? (`robustness`)
- claims: every sentence of the paper, computed and judged (`muoquark reproduce`)
"""
