#include "registry/challenge.h"

#include "http/copy.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <strings.h>

#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char *skip(const char *at)
{
    return at + strspn(at, " \t,");
}

/* A value, quoted or bare, into `value` if it fits (else ""). Returns what is behind it. */
static const char *take_value(const char *at, char *value, size_t size)
{
    size_t used = 0;
    bool quoted = *at == '"', fits = true;
    at += quoted;
    for (; *at && (quoted ? *at != '"' : strchr(TOKEN ":/", *at) != NULL); at++) {
        if (quoted && *at == '\\' && at[1])
            at++;
        if (used + 1 < size)
            value[used++] = *at;
        else
            fits = false;
    }
    value[fits ? used : 0] = '\0';
    return quoted && *at == '"' ? at + 1 : at;
}

static void keep(struct challenge *challenge, const char *name, size_t length, const char *value)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } places[] = {{"realm", challenge->realm, sizeof(challenge->realm)},
        {"service", challenge->service, sizeof(challenge->service)},
        {"scope", challenge->scope, sizeof(challenge->scope)}};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (strlen(places[i].name) == length && strncasecmp(places[i].name, name, length) == 0 &&
            !*places[i].to)
            copy_text(places[i].to, places[i].size, value);
}

static bool is_word(const char *name, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(name, word, length) == 0;
}

void challenge_parse(const char *value, struct challenge *ret_challenge)
{
    struct challenge challenge = {0};
    bool in_bearer = false;
    char text[1024];
    for (const char *at = skip(value); *at; at = skip(at)) {
        const char *name = at;
        size_t length = strspn(at, TOKEN);
        if (length == 0) { /* no scheme, no parameter */
            at++;
            continue;
        }
        at += length;
        if (*at == '=') {
            at = take_value(at + 1, text, sizeof(text));
            if (in_bearer)
                keep(&challenge, name, length, text);
            continue;
        }
        in_bearer = is_word(name, length, "Bearer") && !challenge.bearer;
        challenge.bearer = challenge.bearer || in_bearer;
        challenge.basic = challenge.basic || is_word(name, length, "Basic");
    }
    *ret_challenge = challenge;
}

/* It becomes part of a header line. */
static bool is_token(const char *text)
{
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return *text != '\0';
}

int challenge_token(const void *bytes, size_t length, char *token, size_t size)
{
    cJSON *answer = length ? cJSON_ParseWithLength(bytes, length) : NULL;
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(answer, "token");
    if (!cJSON_IsString(found))
        found = cJSON_GetObjectItemCaseSensitive(answer, "access_token");
    const char *text = cJSON_IsString(found) ? found->valuestring : "";
    int result = is_token(text) && copy_text(token, size, text) ? 0 : -1;
    cJSON_Delete(answer);
    return result;
}
