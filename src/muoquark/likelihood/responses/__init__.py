"""How predictions respond to the parameters of the theory, and theory errors that follow from it.

See docs/theory-errors.md.
"""
