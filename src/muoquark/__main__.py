"""``python -m muoquark``."""

from muoquark.cli.main import main

main()
