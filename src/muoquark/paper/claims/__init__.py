"""Every claim of the paper, computed and judged."""
