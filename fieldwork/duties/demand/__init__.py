"""What the facts demand of one batch of subjects in one period, as SQL that PostgreSQL and SQLite both run.

The steps, each leaving a working table that the next one reads (`workspace`): who owes what (`subjects`: demand), the
obligations and their bases (`obligations`: owed), the tasks (`tasks`: demanded_task), and what was performed
(`counting`: counted). Each compares what should be with what is, and writes the difference alone.

Parameters are named; days are `first` and `last`. What stands in braces is filled in first, and made of numbers alone:
`{ids}`, a condition on the batch's ids, and `{of_batch}`, one on its obligations `ob`. `{stamp}` is the stamp of the
transaction, which every statement writes that changes obligations or tasks.
"""
