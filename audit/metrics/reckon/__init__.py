"""Reckonings on plain numbers: no table, no engine, no words. Families of metrics bring the data to them."""
