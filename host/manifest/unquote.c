#include "base/utf8.h"
#include "manifest/json.h"

#include "base/memory.h"

#include <stdlib.h>

static uint32_t hex4(const char *at)
{
    uint32_t code = 0;
    for (size_t i = 0; i < 4; i++) {
        char digit = at[i];
        code = code << 4 | (uint32_t)(digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
    }
    return code;
}

/* Writes the character of the escape at `at` (behind the backslash); returns the bytes read. The
 * scanner has checked it. */
static size_t unescape(const char *at, char *out, size_t *length)
{
    static const char plain[] = "b\bf\fn\nr\rt\t";
    if (*at != 'u') {
        char byte = *at;
        for (size_t i = 0; plain[i]; i += 2)
            if (plain[i] == *at)
                byte = plain[i + 1];
        out[(*length)++] = byte;
        return 1;
    }
    uint32_t code = hex4(at + 1);
    size_t read = 5;
    if (code >= 0xd800 && code <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (hex4(at + 7) - 0xdc00);
        read = 11;
    }
    *length += utf8_encode(code, out + *length);
    return read;
}

char *json_unquote(const struct json *json, uint32_t begin, uint32_t end, size_t *ret_length)
{
    /* No escape is shorter than what it stands for. */
    char *text = memory_zeroed(end - begin, 1);
    size_t length = 0;
    for (const char *at = json->bytes + begin + 1, *stop = json->bytes + end - 1; at < stop;) {
        if (*at != '\\')
            text[length++] = *at++;
        else
            at += 1 + unescape(at + 1, text, &length);
    }
    text[length] = '\0';
    *ret_length = length;
    return text;
}
