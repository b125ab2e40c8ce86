"""Tables, figures, pages and citations; computes nothing.

- figure: the figure of any result (`figure`); style, looks, labels: how figures look
- plane, profiles, corner, trace, pulls, scan_figure, theory_figures: one file for each
- placed, result: points of results, and results read back
- tables, export_tables, export_popxf: formats of others; cite, references, bibtex: who did it
- claims: the page of `muoquark reproduce`
"""
