#include "http/header.h"

#include "http/copy.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"

/* Without blanks around it, "" where it does not fit. */
static void take_value(const char *value, size_t length, char *text, size_t size)
{
    while (length && (*value == ' ' || *value == '\t'))
        value++, length--;
    while (length && strchr(" \t\r\n", value[length - 1]) && value[length - 1])
        length--;
    *text = '\0';
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == '\x7f')
            return;
    copy_part(text, size, value, length);
}

static void add_challenge(struct header *header, const char *value)
{
    size_t used = strlen(header->challenge);
    if (used + strlen(value) + 3 <= sizeof(header->challenge))
        snprintf(header->challenge + used, sizeof(header->challenge) - used, "%s%s",
            used ? ", " : "", value);
}

static void take_field(
    struct header *header, const char *name, size_t name_length, const char *rest, size_t length)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } places[] = {{"ETag", header->etag, sizeof(header->etag)},
        {"Last-Modified", header->last_modified, sizeof(header->last_modified)},
        {"Content-Encoding", header->encoding, sizeof(header->encoding)},
        {"Content-Range", header->range, sizeof(header->range)},
        {"Docker-Content-Digest", header->digest, sizeof(header->digest)},
        {"Retry-After", header->retry_after, sizeof(header->retry_after)},
        {"Date", header->date, sizeof(header->date)},
        {"Content-Length", header->length, sizeof(header->length)},
        {"Location", header->location, sizeof(header->location)}, {"WWW-Authenticate", NULL, 0}};
    char value[sizeof(header->location)];
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strlen(places[i].name) != name_length ||
            strncasecmp(places[i].name, name, name_length) != 0)
            continue;
        take_value(rest, length, value, places[i].to ? places[i].size : sizeof(value));
        if (!places[i].to)
            add_challenge(header, value);
        else if (*places[i].to && strcmp(places[i].to, value) != 0)
            header->torn = true;
        else
            copy_text(places[i].to, places[i].size, value);
        return;
    }
}

int header_take(struct header *header, const char *line, size_t length)
{
    size_t bytes = header->bytes + length;
    if (length > HEADER_BYTES_MAX || bytes > HEADER_BYTES_MAX)
        return -1;
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        *header = (struct header){.bytes = bytes};
        return 0;
    }
    header->bytes = bytes;
    const char *colon = memchr(line, ':', length);
    if (header->complete)
        return 0;
    if (colon)
        take_field(
            header, line, (size_t)(colon - line), colon + 1, length - (size_t)(colon - line) - 1);
    else
        header->complete = length == 0 || *line == '\r' || *line == '\n';
    return 0;
}

/* At most 18 digits, so that it fits. */
static bool take_number(const char **at, uint64_t *ret_number)
{
    size_t length = strspn(*at, DIGITS);
    uint64_t number = 0;
    if (length == 0 || length > 18)
        return false;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (uint64_t)((*at)[i] - '0');
    *at += length;
    *ret_number = number;
    return true;
}

static bool take_char(const char **at, char wanted)
{
    if (**at != wanted)
        return false;
    ++*at;
    return true;
}

bool header_range(const char *value, struct header_range *ret_range)
{
    struct header_range range = {0};
    if (strncasecmp(value, "bytes ", 6) != 0)
        return false;
    value += 6;
    if (!take_number(&value, &range.first) || !take_char(&value, '-') ||
        !take_number(&value, &range.last) || !take_char(&value, '/'))
        return false;
    if (!take_char(&value, '*') &&
        (!take_number(&value, &range.total) || range.total <= range.last))
        return false;
    if (*value || range.last < range.first)
        return false;
    *ret_range = range;
    return true;
}

int64_t header_retry_after_ms(const struct header *header, time_t now)
{
    const char *text = header->retry_after;
    int64_t most = HEADER_AFTER_MAX_MS / 1000, after = 0;
    size_t digits = strspn(text, DIGITS);
    if (*text && !text[digits]) {
        for (const char *at = text; *at && after <= most; at++)
            after = after * 10 + (*at - '0');
    } else {
        time_t then = *text ? curl_getdate(text, NULL) : -1;
        time_t their_now = *header->date ? curl_getdate(header->date, NULL) : -1;
        if (then == -1)
            return -1;
        after = (int64_t)then - (int64_t)(their_now == -1 ? now : their_now);
    }
    if (after < 0)
        return -1;
    return (after < most ? after : most) * 1000;
}
