"""arrayInclusion's matcher: an RE2 expression that tells adding from removing."""

from typing import Final

import re2


class MatcherSyntaxError(ValueError):
    """The text is not an RE2 expression."""


def _quiet_options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    return options


_OPTIONS: Final = _quiet_options()


class Matcher:
    """An RE2 expression, searched for anywhere in a text in time linear in its length.

    Attributes:
        pattern: the expression.
    """

    __slots__ = ("_expression", "pattern")

    def __init__(self, pattern: str) -> None:
        """Compile an expression.

        Raises:
            MatcherSyntaxError: RE2 does not take it.
        """
        self.pattern = pattern
        try:  # RE2 works on bytes; given text it would also translate offsets that nobody asks for
            self._expression = re2.compile(pattern.encode(), _OPTIONS)
        except (re2.error, UnicodeEncodeError) as error:
            reason = error.args[0]
            text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
            raise MatcherSyntaxError(text) from None

    def matches(self, text: str) -> bool:
        """Tell whether the expression matches a part of the text."""
        return self._expression.search(text.encode()) is not None
