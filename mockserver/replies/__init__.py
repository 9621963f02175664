"""Reply rules: the reply format read, matched and written back.

Nothing here knows HTTP; `rules` is the door, the other modules are what it reads with.
"""

from mockserver.replies.checked import RuleError
from mockserver.replies.rules import Rule, RuleBook, missing_tools, parse_rules

__all__ = ["Rule", "RuleBook", "RuleError", "missing_tools", "parse_rules"]
