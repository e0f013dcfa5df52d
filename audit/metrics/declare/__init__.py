"""What a metric and a listing are declared with."""
