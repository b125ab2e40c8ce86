"""Linear maps from Wilson coefficients at mu_M to what observables ask for.

- evolution: the tables of a chain (`Evolution.load`), and the map from a scale (`Evolution.at`)
- linear_map, term_map: a map for one point, and for a compiler
- low_input: coefficients of the weak effective theory as the input
- highscale: the running between matching scales; second_order, shifts: where the maps end
- tabulate: how the tables are made, with wilson
"""
