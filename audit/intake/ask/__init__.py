"""What only a person can tell: mapping.yml and people.yml, questions, answers and decisions."""
