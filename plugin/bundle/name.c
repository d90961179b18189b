#include "name.h"

#include <stdio.h>
#include <string.h>

void name_trim(const char **begin, size_t *length)
{
    const char *name = *begin;
    if (strcmp(name, ".") == 0)
        name++;
    else if (strncmp(name, "./", 2) == 0)
        name += 2;
    size_t used = strlen(name);
    if (used > 1 && name[used - 1] == '/')
        used--;
    *begin = name;
    *length = used;
}

/* Bytes of the UTF-8 sequence that begins there; 0: none does, or one in a longer form than needed,
 * of a surrogate, or beyond U+10FFFF. */
static size_t utf8_length(const unsigned char *at)
{
    static const struct {
        unsigned char mask, lead;
        unsigned least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t more = 0; more < 4; more++) {
        if ((*at & forms[more].mask) != forms[more].lead)
            continue;
        unsigned code = *at & (unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (at[i] & 0x3f);
        }
        bool whole = code >= forms[more].least && code <= 0x10ffff && code >> 11 != 0x1b;
        return whole ? more + 1 : 0;
    }
    return 0;
}

static const char *text_fault(const char *name)
{
    const unsigned char *at = (const unsigned char *)name;
    while (*at) {
        size_t length = utf8_length(at);
        if (length == 0)
            return "found a name that is no UTF-8";
        if (*at < ' ' || *at == 0x7f)
            return "found a control character in its name";
        if (*at == '\\')
            return "found a backslash in its name";
        at += length;
    }
    return NULL;
}

const char *name_fault(const char *name)
{
    if (*name == '/')
        return "found an absolute path";
    for (const char *at = name; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
        size_t length = strcspn(at, "/");
        if (length == 2 && strncmp(at, "..", 2) == 0)
            return "found \"..\" in its path";
        if ((length == 0 && *name) || (length == 1 && *at == '.'))
            return "found an empty part, or \".\", in its path";
    }
    return text_fault(name);
}

const char *name_reason(const char *name)
{
    const char *slash = strrchr(name, '/'), *file = slash ? slash + 1 : name;
    size_t length = strlen(file);
    if (*file == '.')
        return "hidden";
    return length > 5 && strcmp(file + length - 5, ".json") == 0 ? NULL
                                                                 : "its name does not end in .json";
}

void name_print(const char *name, char *text, size_t size)
{
    size_t at = 0;
    for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
        if (at + 8 > size) {
            snprintf(text + at, size - at, "...");
            return;
        }
        bool plain = *c >= ' ' && *c < 0x7f && *c != '\\';
        at += (size_t)snprintf(text + at, size - at, plain ? "%c" : "\\x%02x", *c);
    }
    text[at] = '\0';
}
