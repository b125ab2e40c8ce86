"""The compiler of data snapshots: a development tool that needs flavio and smelli.

`probe` holds the scripts that run inside the stack being compiled, everything else runs here.
"""
