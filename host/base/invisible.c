#include "base/invisible.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <stddef.h>
#include <string.h>

const char *invisible_name(uint32_t code)
{
    static const struct {
        uint32_t from, to;
        const char *name;
    } ranges[] = {
        {0x00a0, 0x00a0, "no-break space"},
        {0x00ad, 0x00ad, "soft hyphen"},
        {0x034f, 0x034f, "combining grapheme joiner"},
        {0x061c, 0x061c, "Arabic letter mark"},
        {0x115f, 0x1160, "Hangul filler"},
        {0x1680, 0x1680, "Ogham space mark"},
        {0x180e, 0x180e, "Mongolian vowel separator"},
        {0x2000, 0x200a, "typographic space"},
        {0x200b, 0x200b, "zero width space"},
        {0x200c, 0x200c, "zero width non-joiner"},
        {0x200d, 0x200d, "zero width joiner"},
        {0x200e, 0x200e, "left-to-right mark"},
        {0x200f, 0x200f, "right-to-left mark"},
        {0x2028, 0x2028, "line separator"},
        {0x2029, 0x2029, "paragraph separator"},
        {0x202a, 0x202e, "control of the direction of writing"},
        {0x202f, 0x202f, "narrow no-break space"},
        {0x205f, 0x205f, "mathematical space"},
        {0x2060, 0x2060, "word joiner"},
        {0x2061, 0x2064, "invisible operator"},
        {0x2066, 0x2069, "control of the direction of writing"},
        {0x3000, 0x3000, "ideographic space"},
        {0x3164, 0x3164, "Hangul filler"},
        {0xfeff, 0xfeff, "byte order mark"},
    };
    for (size_t i = 0; i < countof(ranges) && code >= ranges[i].from; i++)
        if (code <= ranges[i].to)
            return ranges[i].name;
    return NULL;
}

const char *invisible_find(const char *text, uint32_t *ret_code)
{
    for (size_t left = strlen(text), size; left; text += size, left -= size) {
        size = utf8_length(text, left);
        uint32_t code = size > 1 ? utf8_decode(text, size) : 0;
        size = size ? size : 1;
        const char *name = code ? invisible_name(code) : NULL;
        if (!name)
            continue;
        *ret_code = code;
        return name;
    }
    return NULL;
}
