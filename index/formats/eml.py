"""Letters (EML): who, when and what about, then the text; attachments are named, not read."""

from __future__ import annotations

import email
import email.policy
import email.utils
from email.message import EmailMessage

from index.errors import LoadError
from index.formats import Extracted
from index.formats.html import PageReader, decode_page
from index.formats.outline import Outline, one_line


def read(data: bytes) -> Extracted:
    """A letter's text; its title is the subject, its date the day it was sent."""
    letter = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(letter, EmailMessage) or not any(letter.get(name) for name in ("from", "date", "subject", "to")):
        raise LoadError("not a letter: it has no From, Date or Subject")
    subject = _header(letter, "subject")
    outline = Outline()
    outline.heading(1, subject)
    heads = [f"{name}: {told}" for name in ("From", "To", "Cc", "Date") if (told := _header(letter, name.lower()))]
    outline.paragraph("\n".join(heads))
    _body(letter, outline)
    names = [one_line(part.get_filename() or "") for part in letter.walk() if part.get_filename()]
    if names:
        outline.paragraph(f"Attachments: {', '.join(names)}")
        outline.warnings.append(f"attachments were not read: {', '.join(names)}")
    return outline.extracted(subject or None, date=_sent(letter))


def _header(letter: EmailMessage, name: str) -> str:
    try:
        return one_line(str(letter.get(name, "")))
    except (ValueError, LookupError, AttributeError, IndexError):
        return ""


def _sent(letter: EmailMessage) -> str | None:
    try:
        return email.utils.parsedate_to_datetime(str(letter["date"])).date().isoformat()
    except (ValueError, TypeError, IndexError, AttributeError):
        return None


def _body(letter: EmailMessage, outline: Outline) -> None:
    part = letter.get_body(preferencelist=("plain", "html"))
    if not isinstance(part, EmailMessage):
        return
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    if part.get_content_subtype() == "html":
        PageReader(outline).read(decode_page(data))
        return
    try:
        text = data.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        text = decode_page(data)
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        outline.paragraph(paragraph)
