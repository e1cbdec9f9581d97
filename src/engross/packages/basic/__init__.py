"""What interviews include of docassemble itself: ``basic-questions.yml``, in words of our own."""
