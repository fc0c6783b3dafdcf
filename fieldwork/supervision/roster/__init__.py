"""The list by which an office deals out links (挂点联系分工表): a leader a line, the targets beside the name."""
