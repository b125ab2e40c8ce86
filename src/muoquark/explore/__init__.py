"""The live page of a card, ``muoquark explore``: numbers, planes, the page and its static form.

What is calculated (:mod:`~muoquark.explore.exploration`, :mod:`~muoquark.explore.planes`) knows no
page, the page (:mod:`~muoquark.explore.page`) calculates nothing.  Only the page, its server and
its labels need the extra ``muoquark[explore]``.
"""
