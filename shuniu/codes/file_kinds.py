"""What a file is, by its first bytes: whoever brought another kind of file than a picture is told which it is, not that the code is forged."""

from __future__ import annotations

from typing import Final

from shuniu.words import Word

UNKNOWN: Final = Word("unknown", "a file of another kind", "其他类型的文件")
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", Word("PNG", "a PNG picture", "PNG 图片")),
    (b"\xff\xd8\xff", Word("JPEG", "a JPEG picture", "JPEG 图片")),
    (b"GIF8", Word("GIF", "a GIF picture", "GIF 图片")),
    (b"BM", Word("BMP", "a BMP picture", "BMP 图片")),
    (b"II*\0", Word("TIFF", "a TIFF picture", "TIFF 图片")),
    (b"MM\0*", Word("TIFF", "a TIFF picture", "TIFF 图片")),
    (b"%PDF-", Word("PDF", "a PDF document", "PDF 文档")),
    (b"PK\x03\x04", Word("ZIP", "an OFD or Office document or another ZIP archive", "OFD、Office 文档或其他压缩文件")),
    (b"\xd0\xcf\x11\xe0", Word("OLE", "an old Office document", "旧版 Office 文档")),
    (b"<svg", Word("SVG", "an SVG drawing", "SVG 图形")),
    (b"<?xml", Word("XML", "an XML document", "XML 文档")),
    (b"<!DOC", Word("HTML", "a web page", "网页文件")),
    (b"<html", Word("HTML", "a web page", "网页文件")),
    (b"-----BEGIN", Word("PEM", "a PEM file, such as a key or a certificate", "PEM 文件（如密钥或证书）")),
)
_WEBP: Final = Word("WebP", "a WebP picture", "WebP 图片")
_HEIC: Final = Word("HEIC", "a HEIC picture, the telephone's own format", "HEIC 图片（手机自有格式）")
_AVIF: Final = Word("AVIF", "an AVIF picture", "AVIF 图片")
_MP4: Final = Word("MP4", "a video", "视频文件")
_COMPATIBLE: Final = 64
_OF_HEIC: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_BRANDS: Final = {**dict.fromkeys(_OF_HEIC, _HEIC), b"avif": _AVIF, b"avis": _AVIF}


def kind_of(data: bytes) -> Word:
    """Return what a file is by its first bytes, `UNKNOWN` for what may be a text."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _WEBP
    if data[4:8] == b"ftyp":  # ISO/IEC 14496-12, section 4.3: the major brand, and those with which it is compatible
        return _AVIF if b"avif" in data[16:_COMPATIBLE] else _BRANDS.get(data[8:12], _MP4)
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), UNKNOWN)
