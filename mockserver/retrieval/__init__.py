"""Full-text search in vector stores: chunks, their words, and how well they answer a query.

`index` is the door and keeps all in SQLite; `asked` searches one vector store; `words` takes text apart, with
`stems`; `relevance` gives the scores.
"""

from mockserver.retrieval.index import Found, Index

__all__ = ["Found", "Index"]
