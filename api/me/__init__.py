"""Who I am, what I do, and what I may send."""
