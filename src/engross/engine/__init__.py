"""The thinking of one visit: Interview + Answers → what to show. No I/O of its own."""
