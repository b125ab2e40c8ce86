"""Linear maps from the matching scale to every low scale, and how they are tabulated."""
