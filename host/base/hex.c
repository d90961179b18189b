#include "base/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void hex_print(const void *bytes, size_t length, char *ret_hex)
{
    const unsigned char *from = bytes;
    for (size_t i = 0; i < length; i++) {
        *ret_hex++ = digits[from[i] >> 4];
        *ret_hex++ = digits[from[i] & 15];
    }
    *ret_hex = '\0';
}

static int digit(char character)
{
    const char *at = character ? strchr(digits, character) : NULL;
    return at ? (int)(at - digits) : -1;
}

int hex_parse(const char *hex, size_t length, unsigned char *ret_bytes)
{
    for (size_t i = 0; i < length; i++) {
        int high = digit(hex[2 * i]), low = high < 0 ? -1 : digit(hex[2 * i + 1]);
        if (low < 0)
            return -1;
        ret_bytes[i] = (unsigned char)(high << 4 | low);
    }
    return 0;
}
