"""Files that cost the most that we know how to ask for, in each format, and what a thumbnail of them costs."""
