"""Do the order-one coefficients of the flavour ansatz matter?  Section 2.4 of the proceedings."""
