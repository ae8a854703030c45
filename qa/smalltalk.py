"""Greetings, thanks and "what can you do": a short friendly reply that claims nothing; and a question without what
surrounds it: courtesies, markup, demands on how to answer. Pure."""

from __future__ import annotations

import re

_GREETING = re.compile(
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|hallo|bonjour|hola)"
    r"(?: there| all| everyone| again)?"
)
_THANKS = re.compile(
    r"(?:many )?(?:thanks|thank you|thx|cheers|much appreciated)"
    r"(?: (?:a lot|so much|very much|again|for .{1,40}|that helps?(?: a lot)?|great))*"
    r"|(?:great|perfect|ok(?:ay)?|cool|nice|got it) (?:thanks|thank you)"
    r"(?: (?:a lot|so much|very much|again|then|for (?:that|this|your help|the help|now)|that helps?(?: a lot)?))?"
)
_FAREWELL = re.compile(
    r"(?:(?:ok(?:ay)?|all ?right|great|well|right|thanks|thank you|many thanks|that(?:'s| is) all|and) )*"
    r"(?:bye|goodbye|good bye|see you|see ya|farewell|ciao|good ?night)"
    r"(?: (?:bye|later|soon|then|now|for now|and thanks|thanks|thank you|all|everyone|tomorrow))*"
)
_HELP = re.compile(
    r"(?:help|what can you do(?: for me)?|what do you do|who are you|what are you|how does this work|how do you work"
    r"|how (?:do|can) (?:i|you) (?:use|help)(?: (?:this|you|me))?|what can i ask(?: you)?)(?: please)?"
)

_ABOUT = (
    "Ask about the documents; every sentence of an answer carries a number that leads to the place it was taken from."
)
_ABLE = (
    "who, when, where, why and how many; lists, comparisons and summaries; what is mentioned, and every place of it; "
    "all dates; and which documents there are."
)


def reply(question: str) -> str | None:
    """What to say to small talk, or None where the question is one about the documents."""
    said = _words(question)
    if _GREETING.fullmatch(said):
        return f"Hello! {_ABOUT}"
    if _THANKS.fullmatch(said) and "?" not in question:
        return "You are welcome."
    if _FAREWELL.fullmatch(said):
        return "Goodbye!"
    return f"I answer questions from your documents: {_ABLE} {_ABOUT}" if _HELP.fullmatch(said) else None


def _words(said: str) -> str:
    """What is said in small letters, without marks but apostrophes."""
    return " ".join(re.sub(r"[^\w\s']", " ", said.lower().replace("’", "'")).split())


_DOUBTS = re.compile(
    r"(?:but )?(?:are you (?:really |quite |absolutely )?(?:sure|certain)(?: about (?:that|this|it))?|really"
    r"|is (?:that|this|it) (?:true|right|correct|really so)|how do you know(?: (?:that|this))?"
    r"|(?:no )?(?:that(?:'s| is| s)|this is|you(?:'re| are| re)) (?:wrong|incorrect|mistaken"
    r"|not (?:true|right|correct))"
    r"|(?:where|who) (?:does it )?says? (?:that|so|this|it)|says who|source"
    r"|what(?:'s| is| s) (?:the|your) source(?: (?:for|of) (?:that|this|it))?)"
    r"(?: please)?"
)
_REWORD = re.compile(
    r"(?:(?:can|could|would) you (?:please )?)?(?:say|put|explain|give|make|summari[sz]e) (?:me )?(?:that|this|it)"
    r"(?: again)?(?: (?:a bit|a little|more|much))? ?(?:shorter|short|briefly|simply|simpler|in other words|in short"
    r"|in one sentence|in simple(?:r)? (?:words|terms)|differently|in plain english)(?: please)?"
    r"|(?:shorter|simpler|briefly"
    r"|in (?:short|brief|a nutshell|other words|plain english|simple words|(?:one|two|a few) sentences?))"
    r"(?: please)?"
)


def remark(said: str, refused: bool) -> str | None:
    """What to say to a remark on the last answer ("are you sure?", "shorter, please"), or None where it is none.

    `refused` tells whether that answer was that the documents do not say.
    """
    said = _words(said)
    if _DOUBTS.fullmatch(said):
        if refused:
            return "I found nothing in the documents that answers it. Asking in other words may find what they say."
        return (
            "Each sentence of that answer stands in the passage that its number leads to: open it to check. "
            "If it is not what you asked for, ask in other words."
        )
    if _REWORD.fullmatch(said):
        return "I quote the documents word for word, and reword nothing. Ask for one detail, such as who, when or why."
    return None


_POLITE = re.compile(
    r"^\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear [\w ]{1,20}?)(?: there| all"
    r"| everyone)?[\s,.!;:-]+)?"
    r"(?:(?:so|ok|okay|well|please|now)[\s,]+)*"
    r"(?:(?:can|could|would|will) you (?:please |kindly )?(?:tell|inform|remind|let) (?:me|us)(?: know)?[\s,]+"
    r"|(?:please |kindly )?(?:tell|remind) (?:me|us)[\s,]+(?=who|when|where|why|what|which|how|if|whether)"
    r"|(?:do|would) you (?:happen to )?know[\s,]+(?=who|when|where|why|what|which|how)"
    r"|i(?:'d| would) (?:like|love|want) to know[\s,]+|i (?:want|need) to know[\s,]+|i was wondering[\s,]+"
    r"|i wonder[\s,]+)?",
    re.IGNORECASE,
)


_LED_IN = re.compile(
    r"[^:?]{3,120}:\s+(?=(?:in\s+(?:a\s+nutshell|short|brief)[\s,]+|(?:in|on|at|for|from|by|of)\s+)?"
    r"(?:who|when|where|why|what|which|how)\b)",
    re.IGNORECASE,
)
_OF_ONESELF = re.compile(r"[^.!?]*\b(?:I|I['’]m|I['’]ve|[Mm]y|[Mm]e|[Ww]e|[Oo]ur)\b[^.!?]*[.!]\s*")
_SPEAKS_OF_IT = re.compile(
    r"\b(?:they|them|theirs?|he|his|him|she|hers?|(?<!is )(?<!are )there|each|both|its?|these|those|this|that"
    r"|the two)\b",
    re.IGNORECASE,
)


def without_courtesies(question: str) -> str:
    """The question without a greeting or a "could you please tell me" in front of it, and without what the asker says
    beside it of himself, "I need to check the sites."."""
    rest = _OF_ONESELF.sub("", question).strip()
    bare = rest if rest.endswith("?") and not _SPEAKS_OF_IT.search(rest) else question
    # What stands before a colon is no courtesy where the rest speaks of it: "A and B: how do they differ?"
    if (led := _LED_IN.match(question)) and not _SPEAKS_OF_IT.search(question, led.end()):
        bare = question[led.end() :]
    bare = bare[_POLITE.match(bare).end() :].strip()  # type: ignore[union-attr]
    return bare if len(bare.split()) >= 2 else question


_MARKUP = re.compile(
    r"<(?P<element>script|style)\b.*?(?:</(?P=element)\s*>|$)"  # with what is inside
    r"|</?[a-z][^<>]{0,2000}>"
    r"|!\[[^\]]{0,200}\]\([^)]{0,2000}\)"
    r"|(?<=\])\([^)]{0,2000}\)"
    r"|\[\d{1,3}\]:\s*\S+"
    r"|\bhttps?://\S+",
    re.IGNORECASE | re.DOTALL,
)
_DEMAND = re.compile(
    r"^\W*(?:please\s+|and\s+|also\s+)*"
    r"(?:(?:answer|reply|respond|speak|talk|write)\b(?=[^?]{0,60}?\b(?:like|as|in|with|using)\b)"
    r"|(?:end|begin|start|finish|sign|format|append|prefix)\b(?=[^?]{0,40}?\b(?:answer|reply|response|sentence)s?\b))",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?<=[.!?:])\s+")


def without_demands(question: str) -> str:
    """The question without markup, links, and clauses that demand a manner of answering ("Answer like a pirate: …").

    A question of nothing else is returned as it is.
    """
    bare = " ".join(_MARKUP.sub(" ", question).split())
    kept = " ".join(clause for clause in _CLAUSE.split(bare) if not _DEMAND.match(clause))
    return kept if len(kept.split()) >= 2 else question
