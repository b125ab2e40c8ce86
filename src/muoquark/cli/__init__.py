"""The command line: verbs, options and messages; no physics."""
