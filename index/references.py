"""A document's own reference marks, `[1][2]`, and the list of sources that they point to. Pure.

A mark is a number in square brackets that stands against prose. It is never part of an answer's text; it stays in the
quote, which is the document's to the character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.segment import Block
from index.types import Kind, Reference

_NUMBERS = r"\[(?:\^?[1-9]\d{0,2}(?:\s?[,;–-]\s?\^?[1-9]\d{0,2})*|\^[^\]\s]{1,40})\]"
_RUN = rf"{_NUMBERS}(?:\s?[,–-]?\s?{_NUMBERS})*+"
_NOT_IN_CODE = r"(?=[^`\n]*(?:`[^`\n]*`[^`\n]*)*$)"
MARKS = re.compile(
    rf"(?:(?<=[^\s\[(=])(?:[ \t\u00a0]?{_RUN}(?!\()|[\r\n]{{1,2}}{_RUN}(?!\(|:\s|\s\S))"
    rf"|(?<=[.,;:!?…][ \t]){_RUN}(?=\s|$)){_NOT_IN_CODE}",
    re.MULTILINE,
)
"""Marks as they stand behind a word or its punctuation; not `[1](link)`, not the definition `[1]: …`, not `[0, 1]`,
which is an interval, and not `x[1]` in a code span."""

_HEADINGS = """
    sources | references | bibliography | works cited | list of references | list of sources | sources and references
    references and notes | notes and references | sources and further reading | references cited | cited works
    selected bibliography | footnotes | endnotes
    bronnen | bronnenlijst | bronvermelding | literatuurlijst | referenties | voetnoten | geraadpleegde bronnen
    quellen | quellenverzeichnis | quellenangaben | literaturverzeichnis | einzelnachweise | fußnoten
    quellen und literatur | literatur und quellen | literaturangaben
    références | bibliographie | sources et références | notes et références | références bibliographiques
    fuentes | referencias | bibliografía | referencias bibliográficas | notas y referencias
    fonti | riferimenti | bibliografia | riferimenti bibliografici | note e riferimenti
    fontes | referências | referências bibliográficas | källor | referenser | källförteckning | kilder | referanser
    lähteet | viitteet | źródła | przypisy | bibliografia | zdroje | reference a zdroje | források | hivatkozások
    kaynaklar | kaynakça | πηγές | βιβλιογραφία | παραπομπές | источники | список литературы | список источников
    джерела | література | bibliografie | surse | izvori | viri | allikad | avoti | šaltiniai
    参考文献 | 出典 | 参照 | 参考資料 | 参考资料 | 资料来源 | 資料來源 | 引用文献 | 出處 | 출처 | 참고문헌 | 참고 문헌
    المصادر | المراجع | المصادر والمراجع | מקורות | ביבליוגרפיה | منابع | संदर्भ | nguồn | tài liệu tham khảo
"""
_LOOSE_HEADINGS = """
    source | reference | notes | note | literature | citations | further reading | links | bron | literatuur | noten
    quelle | literatur | anmerkungen | nachweise | weblinks | fuente | notas | fonte | nota | noter | примечания | 
    литература | 脚注 | 注釈 | 註 | 주석 | 각주 | الهوامش
"""


def _names(headings: str) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in re.split(r"[|\n]", headings) if name.strip())


_SOURCE_HEADINGS = _names(_HEADINGS)
"""Headings under which a list of sources stands."""
_MAYBE_HEADINGS = _names(_LOOSE_HEADINGS)
"""Headings under which one stands where marks in the text point to it, or every entry is an address."""

_DEFINITION = re.compile(r"\s*\[(?P<caret>\^?)(?P<number>\d{1,3})\](?P<colon>:?)\s+(?P<text>\S.*)", re.DOTALL)
_NAMED = re.compile(r"\s*\[\^?[^\]\s][^\]\n]{0,60}\]:\s+\S.*", re.DOTALL)
_NUMBER_PREFIX = re.compile(r"\s*(?:\[\^?(?P<a>\d{1,3})\]:?|\(?(?P<b>\d{1,3})[.)])\s*$")
_OWN_NUMBER = re.compile(r"\s*(?P<number>\d{1,3})[.)]?\s+(?P<text>\S.*)", re.DOTALL)
_SECTION_NUMBER = re.compile(r"^(?:\d{1,2}(?:\.\d+)*|[IVX]{1,5}|[A-Z])[.)]?\s+")
_ADDRESS = re.compile(
    r"<?(?:https?|ftp)://\S+|<?(?:[\w-]{1,63}\.){1,6}(?:com|org|net|gov|edu|int|eu|io|info|[a-z]{2})(?:/\S*)?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d[a-z]?\b")


def reference_blocks(text: str, blocks: Sequence[Block]) -> tuple[set[int], tuple[Reference, ...]]:
    """Indexes of the blocks that are entries of a source list, and its entries.

    A source list is what stands under a heading that says so, in any of the languages known here, and looks like one;
    or under the document's last heading where every entry is an address. `[1]: …` and `[^1]: …` count anywhere, `[1] …`
    where several follow one another. An entry without a number of its own gets its place in the list.
    """
    found: dict[int, str] = {}
    members: set[int] = set()
    marked = {number for marks in re.findall(rf"(?<=\S) ?{_NUMBERS}", text) for number in mark_numbers(marks)}
    headings = [at for at, block in enumerate(blocks) if block.kind is Kind.HEADING]
    for number, at in enumerate(headings):
        end = headings[number + 1] if number + 1 < len(headings) else len(blocks)
        if end > at + 1 and _heads_sources(text, blocks, at, end, marked):
            members.update(range(at + 1, end))
            for place, i in enumerate(range(at + 1, end), start=1):
                own, entry = _entry(text, blocks[i])
                found.setdefault(own or place, entry)
    for i in _definitions(text, blocks):
        if i not in members:
            members.add(i)
            if match := _DEFINITION.fullmatch(text, blocks[i].start, blocks[i].end):
                found.setdefault(int(match["number"]), match["text"].strip())
    return members, tuple(Reference(number, found[number]) for number in sorted(found))


def _heads_sources(text: str, blocks: Sequence[Block], at: int, end: int, marked: set[int]) -> bool:
    """True where the heading at `at` stands over a list of sources, blocks at+1 to end; `marked` are the numbers that
    the text's marks carry."""
    heading = blocks[at]
    name = text[heading.start : heading.end].strip(" :#*_.：").casefold() if heading.end - heading.start <= 60 else ""
    name = _SECTION_NUMBER.sub("", name.upper()).casefold() if name[:1].isalnum() else name
    named, maybe, last = name in _SOURCE_HEADINGS, name in _MAYBE_HEADINGS, end == len(blocks)
    if not (named or maybe or (last and at > 0)):
        return False
    entries = [text[block.start : block.end] for block in blocks[at + 1 : end]]
    if all(_ADDRESS.fullmatch(entry) for entry in entries):
        return True
    if not named and not maybe:
        return False
    numbers = {own for block in blocks[at + 1 : end] if (own := _entry(text, block)[0]) is not None}
    if maybe:
        return len(numbers & marked) * 2 > len(entries)
    listed = sum(block.kind is Kind.ITEM for block in blocks[at + 1 : end])
    like = sum(bool(_ADDRESS.search(entry) or _YEAR.search(entry)) for entry in entries)
    return max(len(numbers), listed, like) * 2 >= len(entries)


def _definitions(text: str, blocks: Sequence[Block]) -> list[int]:
    """Indexes of the blocks that define a mark where they stand."""
    found: list[int] = []
    run: list[int] = []
    for i, block in enumerate(blocks):
        match = None
        if text.startswith("[", block.start):
            match = _DEFINITION.fullmatch(text, block.start, block.end)
            if (match and match["colon"]) or _NAMED.fullmatch(text, block.start, block.end):
                found.append(i)
        if match and not match["colon"]:
            run.append(i)
            continue
        found += run if len(run) > 1 else []
        run = []
    return found + (run if len(run) > 1 else [])


def _entry(text: str, block: Block) -> tuple[int | None, str]:
    """The number that an entry carries itself, inside the block or as its list marker, and its text."""
    if match := _DEFINITION.fullmatch(text, block.start, block.end):
        return int(match["number"]), match["text"].strip()
    line_start = max(text.rfind("\n", 0, block.start), text.rfind("\r", 0, block.start)) + 1
    marker = _NUMBER_PREFIX.match(text[line_start : block.start])
    if marker:
        return int(marker["a"] or marker["b"]), text[block.start : block.end]
    if match := _OWN_NUMBER.fullmatch(text, block.start, block.end):
        return int(match["number"]), match["text"].strip()
    return None, text[block.start : block.end]


def mark_numbers(marks: str) -> list[int]:
    """The numbers in a run of marks, ranges spelled out: `[1][3-5]` → 1, 3, 4, 5, and `[7]–[9]` → 7, 8, 9."""
    numbers: list[int] = []
    joined = re.sub(r"\]\s?([–-])\s?\[", r"\1", marks)
    for inside in re.findall(r"\[([^\]]*)\]", joined):
        for part in re.split(r"[,;]", inside):
            if re.fullmatch(r"\s?\^?\d+(?:\s?[–-]\s?\^?\d+)?\s?", part):
                ends = [int(n) for n in re.findall(r"\d+", part)]
                numbers += range(ends[0], ends[-1] + 1) if len(ends) == 2 and 0 <= ends[1] - ends[0] < 50 else ends
    return list(dict.fromkeys(numbers))


def strip_marks(text: str) -> str:
    """The text without reference marks, nothing else changed."""
    return MARKS.sub("", text)
