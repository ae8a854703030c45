"""Bytes of text → characters: UTF-8, UTF-16, Windows-1252, and others where the bytes speak for them. Pure."""

from __future__ import annotations

from index.errors import LoadError

_SAMPLE = 1 << 16


def decode(data: bytes) -> tuple[str, str | None]:
    """The text, and the name of the encoding where it had to be guessed.

    UTF-8 comes first, since hardly anything else is valid UTF-8. UTF-16 has its mark, or a zero in every other byte.
    What is left is Windows-1252 if that makes it Western text, else what charset-normalizer makes of it.

    Raises:
        LoadError: the bytes are not text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(data, "utf-16"), None
    head = data[:_SAMPLE]
    if b"\0" in head:
        pairs = max(1, len(head) // 2)
        for encoding, zeros in (("utf-16-le", head[1::2].count(0)), ("utf-16-be", head[0::2].count(0))):
            if zeros * 10 > pairs * 4 and head.count(0) - zeros < pairs // 20 + 1:
                return _utf16(data, encoding), encoding.upper()
        raise LoadError("not a text file")
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    if sum(byte < 9 or 13 < byte < 32 for byte in head if byte != 27) * 50 > len(head):
        raise LoadError("not a text file")
    western = data.decode("cp1252", "replace")
    if _western(western[:_SAMPLE]):
        return western, "Windows-1252"
    from charset_normalizer import from_bytes

    best = from_bytes(head, steps=10, chunk_size=2048).best()
    if best is None:
        return western, "Windows-1252"
    return data.decode(best.encoding, "replace"), best.encoding


def _utf16(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise LoadError("damaged UTF-16 text") from None


def _western(text: str) -> bool:
    """True where the letters outside ASCII are few and stand among others, and no mark stands where none can.

    Russian in Windows-1251 read as Windows-1252 is all accented letters; Japanese in Shift JIS is full of stray signs.
    """
    letters = sum(char.isalpha() for char in text)
    beyond = [char for char in text if ord(char) > 127]
    accented = sum(char.isalpha() for char in beyond)
    common = sum(
        char in "’‘“”„–—…€£§°«»·ßäöüÄÖÜéèêëàâáåãæøñçíìîïóòôõœúùûÿÉÈÀÁÅÆØÑÇÍÓÚ\u00a0©®™¿¡½¼¾×²³µªº‹›•†‰"
        for char in beyond
    )
    return accented * 3 <= letters and common * 10 >= len(beyond) * 9
