"""arrayInclusion's matcher: an RE2 expression that tells adding from removing."""

from typing import Final

import re2

MAX_PATTERN_LENGTH: Final = 4096
"""Most characters of an expression; it bounds the time that a hostile one takes to look through."""


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
            MatcherSyntaxError: RE2 does not take it, or it is over `MAX_PATTERN_LENGTH`.
        """
        if len(pattern) > MAX_PATTERN_LENGTH:
            raise MatcherSyntaxError(
                f"it has {len(pattern):,} characters, more than {MAX_PATTERN_LENGTH:,}"
            )
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

    def range_of_matches(self, max_length: int) -> tuple[str, str] | None:
        """Return two texts that all matched texts lie between, in the order of their UTF-8; or None.

        Where the expression is simple, they are mostly the first and the last text that it matches.

        Args:
            max_length: how long the two may be, in bytes; longer ones are cut.
        """
        try:
            first, last = self._expression.possiblematchrange(max_length)
            return first.decode(), last.decode()
        except (re2.error, UnicodeDecodeError):
            return None
