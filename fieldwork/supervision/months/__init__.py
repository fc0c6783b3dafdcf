"""The month: figures, freezing, amendments, summaries."""
