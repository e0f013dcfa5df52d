"""Text cells of one recognised source to typed columns under canonical names."""
