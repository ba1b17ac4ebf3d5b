"""Techniques: one file each, found through entry points. Importing this package imports none of them."""
