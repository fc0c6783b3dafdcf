"""What was done at a desk: meetings, lists, letters, reports, with the files that prove it."""
