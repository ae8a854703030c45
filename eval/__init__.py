"""How good the answers are, why each wrong one is wrong, and whether a change made things worse."""
