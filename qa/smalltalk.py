"""Greetings, thanks and "what can you do": a short friendly reply that claims nothing. Pure."""

from __future__ import annotations

import re

_GREETING = re.compile(
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|hallo|bonjour|hola)"
    r"(?: there| all| everyone| again)?"
)
_THANKS = re.compile(
    r"(?:many )?(?:thanks|thank you|thx|cheers|much appreciated)"
    r"(?: (?:a lot|so much|very much|again|for .{1,40}|that helps?(?: a lot)?|great))*"
    r"|(?:great|perfect|ok(?:ay)?|cool|nice|got it) (?:thanks|thank you)(?: .{1,20})?"
)
_FAREWELL = re.compile(r"(?:bye|goodbye|see you(?: later| soon)?|farewell)(?: bye)?")
_HELP = re.compile(
    r"(?:help|what can you do(?: for me)?|what do you do|who are you|what are you|how does this work|how do you work"
    r"|how (?:do|can) (?:i|you) (?:use|help)(?: (?:this|you|me))?|what can i ask(?: you)?)(?: please)?"
)

_ABOUT = (
    "Ask about the documents; every sentence of an answer carries a number that leads to the place it was taken from."
)


def reply(question: str) -> str | None:
    """What to say to small talk, or None where the question is one about the documents."""
    said = re.sub(r"[^\w\s']", " ", question.lower())
    said = " ".join(said.split())
    if _GREETING.fullmatch(said):
        return f"Hello! {_ABOUT}"
    if _THANKS.fullmatch(said):
        return "You are welcome."
    if _FAREWELL.fullmatch(said):
        return "Goodbye!"
    return f"I answer questions from your documents. {_ABOUT}" if _HELP.fullmatch(said) else None
