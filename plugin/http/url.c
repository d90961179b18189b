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
        return error_set(err, ERROR_INVALID, "%s: found \"%.200s\", expected https://…", name, url);
    CURLU *parsed = parse(url, CURLU_DISALLOW_USER, &code);
    if (parsed) {
        curl_url_cleanup(parsed);
        return 0;
    }
    if (code == CURLUE_USER_NOT_ALLOWED) /* which is not to be told */
        return error_set(err, ERROR_INVALID,
            "%s: found a user in it, expected that in a file (credentials)", name);
    return error_set(
        err, ERROR_INVALID, "%s: found \"%.200s\": %s", name, url, curl_url_strerror(code));
}

void url_plain(const char *url, char *text, size_t size)
{
    snprintf(text, size, "%.*s", (int)strcspn(url, "?#"), url);
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
