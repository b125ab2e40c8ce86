"""What every room uses and no physics: errors, files, documents with line numbers."""
