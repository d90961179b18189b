#include "base/printable.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CUT "..."

bool printable_is_unsafe(uint32_t code)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c}, /* ARABIC LETTER MARK */
        {0x200b, 0x200f}, /* without a width; left-to-right and right-to-left marks */
        {0x2028, 0x202e}, /* separators; embeddings and overrides */
        {0x2060, 0x2060}, /* WORD JOINER */
        {0x2066, 0x2069}, /* isolates */
        {0xfeff, 0xfeff}, /* byte order mark */
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return true;
    return false;
}

struct printable printable_next(const char *bytes, size_t length)
{
    struct printable shown = {.bytes = utf8_length(bytes, length)};
    uint32_t code = shown.bytes ? utf8_decode(bytes, shown.bytes) : 0;
    if (shown.bytes && !printable_is_unsafe(code)) {
        memcpy(shown.text, bytes, shown.bytes);
        shown.length = shown.bytes;
        return shown;
    }
    int used = shown.bytes > 1
                   ? snprintf(shown.text, sizeof(shown.text), "\\u{%" PRIX32 "}", code)
                   : snprintf(shown.text, sizeof(shown.text), "\\x%02x", (unsigned char)*bytes);
    shown.bytes = shown.bytes ? shown.bytes : 1;
    shown.length = (size_t)used;
    shown.is_spelt = true;
    return shown;
}

bool printable_is_safe(const char *text)
{
    for (size_t left = strlen(text); left;) {
        struct printable shown = printable_next(text, left);
        if (shown.is_spelt)
            return false;
        text += shown.bytes;
        left -= shown.bytes;
    }
    return true;
}

void printable_copy(const char *text, char *ret_text, size_t size)
{
    size_t left = strlen(text), used = 0, cut = 0; /* where the mark of a cut has room */
    while (left) {
        struct printable shown = printable_next(text, left);
        if (used + shown.length + 1 > size) {
            memcpy(ret_text + cut, CUT, sizeof(CUT));
            return;
        }
        memcpy(ret_text + used, shown.text, shown.length);
        used += shown.length;
        cut = used + sizeof(CUT) <= size ? used : cut;
        text += shown.bytes;
        left -= shown.bytes;
    }
    ret_text[used] = '\0';
}
