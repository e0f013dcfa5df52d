"""Parts of the section 'where we are now': each gives a headline with its picture, or None when its metrics are not measurable."""
