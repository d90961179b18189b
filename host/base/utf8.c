#include "base/utf8.h"

#include <string.h>

static int continues(const char *bytes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return 0;
    return 1;
}

uint32_t utf8_decode(const char *bytes, size_t character_length)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)bytes[0] & masks[character_length];
    for (size_t i = 1; i < character_length; i++)
        code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
    return code;
}

size_t utf8_length(const char *bytes, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0)
        return 0;
    unsigned char first = (unsigned char)bytes[0];
    if (first < 0x80)
        return 1;
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || size > length || !continues(bytes, 1, size))
        return 0;
    uint32_t code = utf8_decode(bytes, size);
    if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    return size;
}

bool utf8_is_valid(const char *text)
{
    size_t left = strlen(text);
    while (left) {
        size_t size = utf8_length(text, left);
        if (size == 0)
            return false;
        text += size;
        left -= size;
    }
    return true;
}

size_t utf8_encode(uint32_t code, char ret_bytes[4])
{
    if (code < 0x80) {
        ret_bytes[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    ret_bytes[0] = (char)(marks[size] | code);
    return size;
}
