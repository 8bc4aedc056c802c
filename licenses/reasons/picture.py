"""What can be wrong with pictures of codes, drawn or shown by strangers."""

from typing import Final

from hub.errors import InvalidInputError, Reason


def _picture(reason: str, en: str, zh: str, next_en: str, next_zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, reason=reason, en=en, zh=zh, next_en=next_en, next_zh=next_zh)


QR_TEXT: Final = _picture(
    "QR_TEXT",
    "a QR picture holds 1 to {most} plain characters, drawn at 1 to {scale} pixels a module",
    "二维码应含1至{most}个普通字符，每个模块1至{scale}像素",
    "shorten the text or draw it smaller",
    "请缩短内容或减小图片",
)
QR_NO_ROOM: Final = _picture("QR_TEXT", "the text does not fit into a QR picture", "内容超出二维码的容量", "shorten the text", "请缩短内容")
QR_NONE: Final = _picture(
    "QR_NONE",
    "there is no readable QR code in the picture",
    "图片中没有可识别的二维码",
    "take the picture closer, straight and without glare",
    "请靠近、正对拍摄，避免反光",
)
QR_SEVERAL: Final = _picture(
    "QR_SEVERAL", "there are several QR codes in the picture", "图片中有多个二维码", "crop it to one", "请裁剪为只含一个二维码"
)
PICTURE_TOO_MANY_BYTES: Final = _picture(
    "PICTURE_TOO_LARGE", "the picture is larger than {most} MiB", "图片超过{most} MiB", "upload a smaller picture", "请上传较小的图片"
)
PICTURE_TOO_MANY_PIXELS: Final = _picture(
    "PICTURE_TOO_LARGE",
    "a side of the picture has more than {most} pixels",
    "图片的宽或高超过{most}像素",
    "upload a smaller picture",
    "请上传较小的图片",
)
PICTURE_FORMAT: Final = _picture(
    "PICTURE_FORMAT", "this is not a PNG or JPEG picture", "不是 PNG 或 JPEG 图片", "save the picture as PNG or JPEG", "请保存为 PNG 或 JPEG 格式"
)
