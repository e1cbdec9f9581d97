"""Where things are kept: sessions, answers, files, jobs. The SQL of a subject in one file."""
