"""A site that takes pictures from strangers and shows their thumbnails."""
