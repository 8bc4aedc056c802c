"""What can be wrong with the picture of a seal, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import ConfigError, InvalidInputError, Reason

# --- what is written on the seal
NAME_NOT_SHOWN: Final = Reason(
    error=InvalidInputError,
    reason="BAD_SEAL_TEXT",
    en="a seal shows a name, and every character on it can be printed",
    zh="印章须刻有名称，且文字均应为可显示字符",
    next_en="give a name without control characters",
    next_zh="请填写不含控制字符的名称",
)
CODE_SHAPE: Final = Reason(
    error=InvalidInputError,
    reason="BAD_SEAL_TEXT",
    en="the code on a seal has at most {most} digits and letters",
    zh="印章上的编码应为{most}位以内的数字和字母",
    next_en="shorten the code, or leave it out",
    next_zh="请缩短编码，或者不填编码",
)
NAME_TOO_LONG: Final = Reason(
    error=InvalidInputError,
    reason="TEXT_TOO_LONG",
    en="{count} characters do not fit around a seal",
    zh="印章环形文字排不下{count}个字",
    next_en="shorten the name on the seal",
    next_zh="请缩短印章名称",
)
LINE_TOO_LONG: Final = Reason(
    error=InvalidInputError,
    reason="TEXT_TOO_LONG",
    en="{count} characters do not fit on the line below the star",
    zh="印章下方横排文字排不下{count}个字",
    next_en="shorten the line below the star",
    next_zh="请缩短印章下方的横排文字",
)
DIAMETER: Final = Reason(
    error=InvalidInputError,
    reason="BAD_SEAL_SIZE",
    en="a round seal measures {least} to {most} mm",
    zh="圆形印章直径应为{least}至{most}毫米",
    next_en="give a diameter in this range, usually 40 mm",
    next_zh="请填写该范围内的直径，通常为40毫米",
)

# --- the machine that draws
FONT_UNREADABLE: Final = Reason(
    error=ConfigError,
    reason="FONT_UNREADABLE",
    en="the configured seal font {file} cannot be opened",
    zh="配置的印章字体 {file} 无法打开",
    next_en="apt-get install fonts-noto-cjk, or name another .ttf, .otf or .ttc file",
    next_zh="apt-get install fonts-noto-cjk，或者改用其他 .ttf、.otf 或 .ttc 字体文件",
)
NO_FREETYPE: Final = Reason(
    error=ConfigError,
    reason="NO_FREETYPE",
    en="Pillow was built without FreeType, so it cannot draw text",
    zh="Pillow 编译时未包含 FreeType，无法绘制文字",
    next_en="install Pillow's official wheel",
    next_zh="请安装 Pillow 官方发布的安装包",
)
