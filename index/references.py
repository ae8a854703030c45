"""A document's own reference marks, `[1][2]`, and the list of sources that they point to. Pure.

A mark is a number in square brackets that stands against prose. It is never part of an answer's text; it stays in the quote,
which is the document's to the character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.segment import Block
from index.types import Kind, Reference

_NUMBERS = r"\[\^?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]"
MARKS = re.compile(rf"(?<=[^\s\[(=])(?:\s?{_NUMBERS})+(?!\(|:\s)|(?<=[.,;:!?…]\s)(?:{_NUMBERS})+(?=\s|$)")
"""Marks as they stand behind a word or its punctuation; not `[1](link)`, not the definition `[1]: …`."""

_SOURCE_HEADINGS = frozenset(
    ["sources", "source", "references", "reference", "bibliography", "citations", "works", "cited", "literature", "cited", "footnotes", "endnotes", "notes", "further", "reading", "bronnen", "bron", "bronnenlijst", "literatuur", "referenties", "voetnoten", "quellen", "quelle", "quellenverzeichnis", "literatur", "literaturverzeichnis", "einzelnachweise", "fußnoten", "références", "sources", "et", "références", "bibliographie", "notes", "et", "références", "fuentes", "referencias", "bibliografía", "fonti", "riferimenti", "bibliografia", "note", "fontes", "referências", "källor", "referenser", "kilder", "lähteet", "źródła", "przypisy", "literatura", "zdroje", "források", "kaynaklar", "πηγές", "источники", "примечания", "литература", "参考文献", "出典", "脚注", "参照", "参考资料", "参考資料", "资料来源", "資料來源", "출처", "참고문헌", "المصادر", "المراجع"]
    + ["works cited", "further reading", "notes and references", "sources et références", "notes et références"]
)
_DEFINITION = re.compile(r"\s*\[\^?(?P<number>\d{1,3})\]:?\s+(?P<text>\S.*)")
_NUMBER_PREFIX = re.compile(r"\s*(?:\[\^?(?P<a>\d{1,3})\]:?|\(?(?P<b>\d{1,3})[.)])\s*$")
_ADDRESS = re.compile(r"\S*(?:://|www\.|\w\.(?:com|org|net|gov|edu|int|eu|io|info|[a-z]{2}))\S*", re.IGNORECASE)


def reference_blocks(text: str, blocks: Sequence[Block]) -> tuple[set[int], tuple[Reference, ...]]:
    """Indexes of the blocks that are entries of a source list, and its entries.

    A source list is what stands under a heading that says so, in any of the languages known here, or under the document's last
    heading where every entry is an address; entries such as `[1] …` and `[1]: …` anywhere count too. An entry without a
    number of its own gets its place in the list.
    """
    found: dict[int, str] = {}
    members: set[int] = set()
    headings = [at for at, block in enumerate(blocks) if block.kind is Kind.HEADING]
    for number, at in enumerate(headings):
        end = headings[number + 1] if number + 1 < len(headings) else len(blocks)
        inside = range(at + 1, end)
        named = text[blocks[at].start : blocks[at].end].strip(" :#*_").casefold() in _SOURCE_HEADINGS
        addresses = end == len(blocks) and all(
            _ADDRESS.fullmatch(text[blocks[i].start : blocks[i].end]) for i in inside
        )
        if inside and (named or (at > 0 and addresses)):
            members.update(inside)
            for place, i in enumerate(inside, start=1):
                own, entry = _entry(text, blocks[i])
                found.setdefault(own or place, entry)
    for i, block in enumerate(blocks):
        if i not in members and (match := _DEFINITION.fullmatch(text[block.start : block.end])):
            members.add(i)
            found.setdefault(int(match["number"]), match["text"].strip())
    return members, tuple(Reference(number, found[number]) for number in sorted(found))


def _entry(text: str, block: Block) -> tuple[int | None, str]:
    """The number that an entry carries itself, inside the block or as its list marker, and its text."""
    whole = text[block.start : block.end]
    if match := _DEFINITION.fullmatch(whole):
        return int(match["number"]), match["text"].strip()
    line_start = max(text.rfind("\n", 0, block.start), text.rfind("\r", 0, block.start)) + 1
    marker = _NUMBER_PREFIX.match(text[line_start : block.start])
    return (int(marker["a"] or marker["b"]) if marker else None), whole


def mark_numbers(marks: str) -> list[int]:
    """The numbers in a run of marks, ranges spelled out: `[1][3-5]` → 1, 3, 4, 5."""
    numbers: list[int] = []
    for inside in re.findall(r"\[\^?([^\]]*)\]", marks):
        for part in re.split(r"[,;]", inside):
            ends = [int(n) for n in re.findall(r"\d+", part)]
            numbers += range(ends[0], ends[-1] + 1) if len(ends) == 2 and 0 <= ends[1] - ends[0] < 50 else ends
    return list(dict.fromkeys(numbers))


def strip_marks(text: str) -> str:
    """The text without reference marks, nothing else changed."""
    return MARKS.sub("", text)
