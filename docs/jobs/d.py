"""ln L along one coupling, with its slope, on axes of one's own."""

import matplotlib.pyplot as plt
import numpy as np

import muoquark

card = muoquark.read("plane")
function = muoquark.Likelihood("2021-07").function(card)
best = muoquark.best_fit(function)
print(best)

x = np.linspace(0.1, 0.7, 61)
points = np.stack([x, np.full_like(x, best.values["eta1L_3*eta1R_3"])], axis=1)
value, gradient = function.with_gradient(points)
mass = card.masses["S3"] / 1000

figure, (above, below) = plt.subplots(2, 1, sharex=True)
above.plot(x / mass, value - value.max(), "black")
above.set_ylabel("ln L - maximum")
below.plot(x / mass, gradient[:, 0], "black")
below.axhline(0, color="0.6")
below.set_ylabel("slope")
below.set_xlabel("coupling / mass in TeV")
figure.savefig("slope.png")
