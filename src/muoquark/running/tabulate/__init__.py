"""Development tool: tabulates wilson's running and matching for :mod:`muoquark.running.evolution`.

Needs the extra ``muoquark[exact]``; nothing in here is imported at run time.  Regenerate the
package data with ``python -m muoquark.running.tabulate``.
"""
