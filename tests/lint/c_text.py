"""Helper of the lints, no lint itself: C source with comments and the inside of literals blanked out, line by line as before."""
import re

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text):
    """The text as long as before: comments become spaces, literals keep their quotes."""
    def one(m):
        token = m[0]
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(one, text)


def comments(text):
    """(line, comment) for each comment."""
    for m in TOKEN.finditer(text):
        if m[0][0] == "/":
            yield text.count("\n", 0, m.start()) + 1, m[0]
