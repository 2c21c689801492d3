"""What happened: the vocabulary, the schema, and catalogues of dated acts."""
