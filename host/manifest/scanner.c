#include "manifest/scanner.h"

#include "base/invisible.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FOUND_MAX 40 /* bytes of the file that a problem quotes */

int scanner_fail(struct scanner *scanner, size_t begin, size_t end, const char *format, ...)
{
    struct json_problem *problem = scanner->problem;
    va_list args;
    va_start(args, format);
    problem->begin = begin;
    problem->end = end;
    vsnprintf(problem->text, sizeof(problem->text), format, args);
    va_end(args);
    return -1;
}

int scanner_peek(const struct scanner *scanner)
{
    return scanner->at < scanner->length ? (unsigned char)scanner->bytes[scanner->at] : -1;
}

void scanner_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->length && memchr(" \t\n\r", scanner->bytes[scanner->at], 4))
        scanner->at++;
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word(int byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte > 0 && strchr("_+-.", byte));
}

/* The end of what stands at `at`, as a reader would see it: a word, a string, one character. */
static size_t found_end(const struct scanner *scanner)
{
    size_t end = scanner->at;
    if (is_word(scanner_peek(scanner))) {
        while (end < scanner->length && is_word((unsigned char)scanner->bytes[end]))
            end++;
        return end;
    }
    if (scanner_peek(scanner) == '"') {
        for (end++; end < scanner->length && scanner->bytes[end] != '\n'; end++)
            if (scanner->bytes[end] == '"')
                return end + 1;
        return end;
    }
    size_t size = utf8_length(scanner->bytes + end, scanner->length - end);
    return end + (size ? size : 1);
}

int scanner_unexpected(struct scanner *scanner, const char *expected)
{
    size_t at = scanner->at;
    int byte = scanner_peek(scanner);
    if (byte < 0)
        return scanner_fail(scanner, at, at, "found the end of the file, expected %s", expected);
    size_t end = found_end(scanner);
    if (utf8_length(scanner->bytes + at, scanner->length - at) == 0)
        return scanner_fail(scanner, at, end,
            "found the byte \\x%02x, which is no UTF-8, expected %s", byte, expected);
    uint32_t code = utf8_decode(scanner->bytes + at, utf8_length(scanner->bytes + at, end - at));
    if (invisible_name(code))
        return scanner_fail(scanner, at, end,
            "found the invisible character U+%04" PRIX32 " (%s), expected %s", code,
            invisible_name(code), expected);
    int next = at + 1 < scanner->length ? scanner->bytes[at + 1] : 0;
    if (byte == '#' || (byte == '/' && (next == '/' || next == '*')))
        return scanner_fail(
            scanner, at, end, "found a comment, expected %s; JSON has no comments", expected);
    if (byte < ' ' || byte == 0x7f)
        return scanner_fail(
            scanner, at, end, "found the control character \\x%02x, expected %s", byte, expected);
    size_t shown = at;
    for (size_t size; shown < end; shown += size) {
        size = utf8_length(scanner->bytes + shown, end - shown);
        if (size == 0 || shown + size - at > FOUND_MAX)
            break;
    }
    return scanner_fail(scanner, at, end, "found %.*s%s, expected %s", (int)(shown - at),
        scanner->bytes + at, shown < end ? "…" : "", expected);
}

int scanner_literal(struct scanner *scanner, const char *word)
{
    size_t length = strlen(word);
    size_t end = found_end(scanner);
    if (end - scanner->at != length || memcmp(scanner->bytes + scanner->at, word, length) != 0)
        return scanner_unexpected(scanner, "a value (true, false and null have no quotes)");
    scanner->at = end;
    return 0;
}

static size_t digits(struct scanner *scanner)
{
    size_t begin = scanner->at;
    while (is_digit(scanner_peek(scanner)))
        scanner->at++;
    return scanner->at - begin;
}

static const char *number_fault(struct scanner *scanner)
{
    scanner->at += scanner_peek(scanner) == '-';
    size_t whole = scanner->at;
    if (digits(scanner) == 0)
        return "a digit after -";
    if (scanner->bytes[whole] == '0' && scanner->at - whole > 1)
        return "a number without leading zeros";
    if (scanner_peek(scanner) == '.') {
        scanner->at++;
        if (digits(scanner) == 0)
            return "a digit after the decimal point";
    }
    if (scanner_peek(scanner) == 'e' || scanner_peek(scanner) == 'E') {
        scanner->at++;
        if (scanner_peek(scanner) == '+' || scanner_peek(scanner) == '-')
            scanner->at++;
        if (digits(scanner) == 0)
            return "a digit in the exponent";
    }
    return is_word(scanner_peek(scanner)) ? "a number" : NULL;
}

int scanner_number(struct scanner *scanner)
{
    size_t begin = scanner->at;
    const char *expected = number_fault(scanner);
    if (!expected)
        return 0;
    scanner->at = begin;
    return scanner_unexpected(scanner, expected);
}

/* Four hex digits at `at`, or -1. */
static long hex4(const struct scanner *scanner, size_t at)
{
    long code = 0;
    for (size_t i = 0; i < 4; i++) {
        if (at + i >= scanner->length)
            return -1;
        int byte = (unsigned char)scanner->bytes[at + i];
        if (is_digit(byte))
            code = code * 16 + byte - '0';
        else if ((byte | 32) >= 'a' && (byte | 32) <= 'f')
            code = code * 16 + (byte | 32) - 'a' + 10;
        else
            return -1;
    }
    return code;
}

/* \uXXXX, or the two of a surrogate pair; `at` is on the backslash. */
static int unicode_escape(struct scanner *scanner)
{
    size_t at = scanner->at;
    long code = hex4(scanner, at + 2);
    if (code < 0)
        return scanner_fail(scanner, at, at + 2,
            "found an incomplete \\u, expected four hexadecimal digits after it");
    scanner->at += 6;
    if (code < 0xd800 || code > 0xdfff)
        return 0;
    bool pair = code < 0xdc00 && at + 7 < scanner->length && scanner->bytes[at + 6] == '\\' &&
                scanner->bytes[at + 7] == 'u';
    long low = pair ? hex4(scanner, at + 8) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return scanner_fail(scanner, at, at + 6,
            "found half of a surrogate pair (%.6s), expected \\ud800…\\udbff followed by "
            "\\udc00…\\udfff",
            scanner->bytes + at);
    scanner->at += 6;
    return 0;
}

static int escape(struct scanner *scanner)
{
    size_t at = scanner->at;
    int byte = at + 1 < scanner->length ? (unsigned char)scanner->bytes[at + 1] : -1;
    if (byte == 'u')
        return unicode_escape(scanner);
    if (byte > 0 && strchr("\"\\/bfnrt", byte)) {
        scanner->at += 2;
        return 0;
    }
    size_t size = byte < 0 ? 0 : utf8_length(scanner->bytes + at + 1, scanner->length - at - 1);
    bool plain = size > 1 || (size == 1 && byte >= ' ' && byte != 0x7f);
    return scanner_fail(scanner, at,
        at + 1 +
            (byte < 0  ? 0
                : size ? size
                       : 1),
        "found the escape \\%.*s, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX",
        plain ? (int)size : 0, scanner->bytes + at + (plain ? 1 : 0));
}

static int plain_character(struct scanner *scanner, size_t begin)
{
    size_t at = scanner->at;
    int byte = scanner_peek(scanner);
    if (byte < 0 || byte == '\n' || byte == '\r')
        return scanner_fail(scanner, begin, at,
            "found a string that is not closed by the end of its %s, expected \"",
            byte < 0 ? "file" : "line");
    if (byte < ' ')
        return scanner_fail(scanner, at, at + 1,
            "found the control character \\x%02x in a string, expected %s%04x", byte,
            byte == '\t' ? "\\t or \\u" : "\\u", byte);
    size_t size = utf8_length(scanner->bytes + at, scanner->length - at);
    if (size == 0)
        return scanner_fail(
            scanner, at, at + 1, "found the byte \\x%02x in a string, expected UTF-8", byte);
    scanner->at += size;
    return 0;
}

int scanner_string(struct scanner *scanner)
{
    size_t begin = scanner->at++;
    while (scanner_peek(scanner) != '"') {
        int failed =
            scanner_peek(scanner) == '\\' ? escape(scanner) : plain_character(scanner, begin);
        if (failed)
            return failed;
    }
    scanner->at++;
    return 0;
}
