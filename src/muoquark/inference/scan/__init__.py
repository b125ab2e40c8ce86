"""The likelihood at many points, to a file."""
