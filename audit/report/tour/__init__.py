"""The guided tour of a sales department: a chapter a subject, each one sentence and one telling picture."""
