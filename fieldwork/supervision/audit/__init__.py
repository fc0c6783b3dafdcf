"""Who did and saw what, when (审计): the feed of events as people read it."""
