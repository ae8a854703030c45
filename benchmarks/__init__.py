"""What `make bench` runs: timings as ratios measured in one run, answer quality on public sets. Nothing here is a
test."""
