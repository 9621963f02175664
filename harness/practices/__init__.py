"""Do's and don'ts of the Assistants API, each judged from the journal; one file each."""
