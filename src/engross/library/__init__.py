"""What interview authors call: objects, people, files, words, dates, documents. Each file has one subject."""
