"""What in the two files deserves a word, with its line."""
