"""Everybody who decides what becomes of a subject at its moment: importing this makes them known."""

from mockserver import engine as engine
from mockserver import files as files
from mockserver import indexing as indexing
from mockserver import uploads as uploads
from mockserver import vector_stores as vector_stores
