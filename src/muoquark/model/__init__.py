"""Models and cards as values: fields, terms, charges, points, free parameters.

- fields, terms, model_file: a model is a file (`parse_model`, `built_in_model`)
- card, card_file: a point or a family of points of a model (`Card`, `read_card`)
- coefficient_card: a family of Wilson coefficients (`CoefficientCard`)
- point: all numbers of a point (`Point`); ansatz, prior, free_parameters, coordinates: what varies
- invariance, verdicts, potential, seesaw: what the charges allow (`check`); schema: of a card
"""
