#include "http/url.h"

#include "http/copy.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static CURLU *parse(const char *url, unsigned flags, CURLUcode *ret_code)
{
    CURLU *parsed = curl_url();
    *ret_code = parsed ? curl_url_set(parsed, CURLUPART_URL, url, flags) : CURLUE_OUT_OF_MEMORY;
    if (*ret_code == CURLUE_OK)
        return parsed;
    curl_url_cleanup(parsed);
    return NULL;
}

static bool starts(const char *url, const char *scheme)
{
    return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/* An error that shows what was found, as far as that holds no secret for certain. */
static int fail(struct error *err, const char *name, const char *url, const char *expected)
{
    char text[256];
    if (strchr(url, '@'))
        return error_set(
            err, ERROR_INVALID, "%s: found an @ in it (not shown), expected %s", name, expected);
    url_plain(url, text, sizeof(text));
    return error_set(err, ERROR_INVALID, "%s: found \"%.200s\", expected %s", name, text, expected);
}

int url_check(const char *name, const char *url, bool accept_http, struct error *err)
{
    CURLUcode code;
    for (const char *at = url; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
            return error_set(err, ERROR_INVALID,
                "%s: found byte 0x%02x in it, expected a URL of plain ASCII", name,
                (unsigned char)*at);
    if (starts(url, "http://") && !accept_http)
        return error_set(err, ERROR_INVALID,
            "%s: found http://, expected https:// (or accept_http = yes: anyone on the way can "
            "then read and change it)",
            name);
    if (!starts(url, "https://") && !starts(url, "http://"))
        return fail(err, name, url, "https://…");
    if (url_has_user(url)) /* which is not to be told */
        return error_set(err, ERROR_INVALID,
            "%s: found a user in it, expected that in a file (credentials)", name);
    CURLU *parsed = parse(url, CURLU_DISALLOW_USER, &code);
    curl_url_cleanup(parsed);
    return parsed ? 0 : fail(err, name, url, curl_url_strerror(code));
}

/* Where host and port are: behind the scheme, up to the path. */
static const char *authority(const char *url, size_t *ret_length)
{
    const char *scheme = strstr(url, "://");
    const char *begin = scheme && scheme < url + strcspn(url, "/?#") + 1 ? scheme + 3 : url;
    *ret_length = strcspn(begin, "/?#");
    return begin;
}

bool url_has_user(const char *url)
{
    size_t length;
    const char *begin = authority(url, &length);
    if (memchr(begin, '@', length))
        return true;
    /* A password with a slash in it looks like a host with a strange port. */
    const char *colon = memchr(begin, ':', length), *end = begin + length;
    if (!colon || *begin == '[' || strspn(colon + 1, "0123456789") == (size_t)(end - colon - 1))
        return false;
    return strchr(end, '@') != NULL;
}

void url_plain(const char *url, char *text, size_t size)
{
    size_t length;
    const char *begin = authority(url, &length), *host = begin;
    for (size_t i = 0; i < length; i++)
        if (begin[i] == '@')
            host = begin + i + 1;
    snprintf(text, size, "%.*s%.*s", (int)(begin - url), url, (int)strcspn(host, "?#"), host);
}

bool url_is_loopback(const char *url)
{
    CURLUcode code;
    CURLU *parsed = parse(url, 0, &code);
    char *host = NULL;
    bool local =
        parsed && curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
            (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host)));
    curl_free(host);
    curl_url_cleanup(parsed);
    return local;
}

void url_file_name(const char *url, char *name, size_t size)
{
    CURLUcode code;
    CURLU *parsed = parse(url, 0, &code);
    char *path = NULL;
    *name = '\0';
    if (parsed && curl_url_get(parsed, CURLUPART_PATH, &path, CURLU_URLDECODE) == CURLUE_OK) {
        const char *slash = strrchr(path, '/');
        snprintf(name, size, "%s", slash ? slash + 1 : path);
    }
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("._-+", *at)) {
            *name = '\0';
            break;
        }
    if (*name == '.')
        *name = '\0';
    curl_free(path);
    curl_url_cleanup(parsed);
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *one = NULL, *other = NULL;
    bool same = curl_url_get(a, part, &one, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_get(b, part, &other, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                strcasecmp(one, other) == 0;
    curl_free(one);
    curl_free(other);
    return same;
}

bool url_same_origin(const char *a, const char *b)
{
    CURLUcode code;
    CURLU *one = parse(a, 0, &code), *other = parse(b, 0, &code);
    bool same = one && other && same_part(one, other, CURLUPART_SCHEME) &&
                same_part(one, other, CURLUPART_HOST) && same_part(one, other, CURLUPART_PORT);
    curl_url_cleanup(one);
    curl_url_cleanup(other);
    return same;
}

int url_resolve(const char *base, const char *location, char *text, size_t size)
{
    CURLUcode code;
    char *whole = NULL;
    CURLU *parsed = parse(base, 0, &code);
    int result = -1;
    if (parsed &&
        curl_url_set(parsed, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) ==
            CURLUE_OK &&
        curl_url_get(parsed, CURLUPART_URL, &whole, 0) == CURLUE_OK && copy_text(text, size, whole))
        result = 0;
    curl_free(whole);
    curl_url_cleanup(parsed);
    return result;
}

int url_add_query(const char *url, const char *name, const char *value, char *text, size_t size)
{
    CURLUcode code;
    char pair[1024], *whole = NULL;
    int result = -1;
    if (snprintf(pair, sizeof(pair), "%s=%s", name, value) >= (int)sizeof(pair))
        return -1;
    CURLU *parsed = parse(url, 0, &code);
    if (parsed &&
        (!*value || curl_url_set(parsed, CURLUPART_QUERY, pair,
                        CURLU_APPENDQUERY | CURLU_URLENCODE) == CURLUE_OK) &&
        curl_url_get(parsed, CURLUPART_URL, &whole, 0) == CURLUE_OK && copy_text(text, size, whole))
        result = 0;
    curl_free(whole);
    curl_url_cleanup(parsed);
    return result;
}
