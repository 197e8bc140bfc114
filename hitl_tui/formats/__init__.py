"""What comes in and what goes out: `readers` make submissions of lines, `writers` make files of records."""
