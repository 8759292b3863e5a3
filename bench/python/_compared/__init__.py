"""What `peers` compares: kinds of files that are made for it, who reads them, and how far their pictures are apart."""
