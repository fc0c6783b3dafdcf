"""The REST layer: HTTP in, the domain's questions, rules and actions, HTTP out."""
