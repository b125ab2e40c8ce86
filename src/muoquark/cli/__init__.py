"""The command line: a verb in each file, imported when it is called.

- main: the table of verbs, errors and exit codes
- inputs, data_options: what verbs have in common: cards, results, data, order
- progress: what is said beside the result (-q, -v), elapsed and remaining time
"""
