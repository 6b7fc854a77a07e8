"""The BooksTrack job protocol, made executable: what a correct deployment does."""
