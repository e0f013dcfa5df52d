"""Parts of the section 'where we are now': each gives an article, or None when its metrics are not measurable."""
