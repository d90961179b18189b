#include "shuffle.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX   1024
#define LENGTH_LEAST 3 /* shorter ones are parts of too many words */
#define PORT_LEAST   10000
#define PORT_MOST    50000
#define PORTS        65536

struct shuffled {
    char *old[VALUES_MAX], *renamed[VALUES_MAX];
    size_t count;
    char letters[26];
    int port_shift;
};

/* Words that the daemon's sentences hold too. */
static const char *const reserved[] = {
    "none", "host", "bridge", "container", "image", "running", "range", "port"};

static bool is_reserved(const char *value)
{
    for (size_t i = 0; i < countof(reserved); i++)
        if (strcmp(value, reserved[i]) == 0)
            return true;
    return false;
}

static void make_letters(struct shuffled *shuffled, unsigned seed)
{
    for (int i = 0; i < 26; i++)
        shuffled->letters[i] = (char)('a' + i);
    for (int i = 25; i > 0; i--) {
        int k = rand_r(&seed) % (i + 1);
        char kept = shuffled->letters[i];
        shuffled->letters[i] = shuffled->letters[k];
        shuffled->letters[k] = kept;
    }
    shuffled->port_shift = 1 + rand_r(&seed) % 900;
}

static char *in_other_letters(const struct shuffled *shuffled, const char *value)
{
    char *changed = memory_string(value);
    for (char *at = changed; *at; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = shuffled->letters[*at - 'a'];
        else if (*at >= 'A' && *at <= 'Z')
            *at = (char)toupper(shuffled->letters[*at - 'A']);
    }
    return changed;
}

static void add(struct shuffled *shuffled, const cJSON *value)
{
    const char *old = cJSON_GetStringValue(value);
    if (!old || strlen(old) < LENGTH_LEAST || strpbrk(old, "<>") || is_reserved(old) ||
        shuffled->count == VALUES_MAX)
        return;
    for (const char *at = old; *at; at++)
        if ((unsigned char)*at >= 0x80)
            return;
    for (size_t i = 0; i < shuffled->count; i++)
        if (strcmp(shuffled->old[i], old) == 0)
            return;
    shuffled->old[shuffled->count] = memory_string(old);
    shuffled->renamed[shuffled->count++] = in_other_letters(shuffled, old);
}

static void collect(struct shuffled *shuffled, const cJSON *item)
{
    static const char *const keys[] = {"id", "name", "host_name", "domain_name"};
    for (; item; item = item->next) {
        const cJSON *container = cJSON_GetObjectItemCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(item, "request"), "container");
        for (size_t i = 0; container && i < countof(keys); i++)
            add(shuffled, cJSON_GetObjectItemCaseSensitive(container, keys[i]));
        const cJSON *call = cJSON_GetObjectItemCaseSensitive(item, "call");
        if (cJSON_IsString(call) && strcmp(call->valuestring, "Rename") == 0)
            add(shuffled, cJSON_GetObjectItemCaseSensitive(
                              cJSON_GetObjectItemCaseSensitive(item, "request"), "name"));
        collect(shuffled, item->child);
    }
}

static bool is_word(char letter)
{
    return isalnum((unsigned char)letter) || letter == '_' || letter == '.' || letter == '-';
}

/* What the daemon adds to a name. */
static bool ends_here(const char *after)
{
    static const char *const ends[] = {"-host", "-domain", "-ep", "-snapshot"};
    if (!is_word(*after) || (*after == '.' && !is_word(after[1])))
        return true;
    for (size_t i = 0; i < countof(ends); i++)
        if (strncmp(after, ends[i], strlen(ends[i])) == 0)
            return true;
    return false;
}

/* The value that begins at `at`, the longest of several. */
static const char *value_at(const struct shuffled *shuffled, const char *at, size_t *ret_length)
{
    const char *found = NULL;
    *ret_length = 0;
    for (size_t i = 0; i < shuffled->count; i++) {
        size_t length = strlen(shuffled->old[i]);
        if (length <= *ret_length || strncmp(at, shuffled->old[i], length) != 0 ||
            !ends_here(at + length))
            continue;
        found = shuffled->renamed[i];
        *ret_length = length;
    }
    return found;
}

static size_t port_at(const char *at, long *ret_port)
{
    char *end = NULL;
    *ret_port = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : 0;
    long cut = *ret_port % PORTS; /* the daemon cuts them to 16 bits */
    bool ends = !end || (!isalnum((unsigned char)*end) && *end != '_');
    return cut >= PORT_LEAST && cut <= PORT_MOST && *ret_port < 2 * PORTS && ends
               ? (size_t)(end - at)
               : 0;
}

static char *change(const struct shuffled *shuffled, const char *text, bool with_ports)
{
    struct text out = {0};
    bool begins = true, apart = true; /* of a word, of digits: a range is 18100-18102 */
    while (*text) {
        size_t length = 0;
        long port = 0;
        const char *value = begins ? value_at(shuffled, text, &length) : NULL;
        size_t digits = apart && with_ports ? port_at(text, &port) : 0;
        if (value) {
            text_add(&out, value);
        } else if (digits > 0) {
            scoped_free char *shifted = memory_format("%ld", port + shuffled->port_shift);
            text_add(&out, shifted);
            length = digits;
        } else {
            length = 1;
            text_add_bytes(&out, text, 1);
        }
        begins = !is_word(text[length - 1]);
        apart = !isalnum((unsigned char)text[length - 1]);
        text += length;
    }
    char *changed = text_steal(&out);
    return changed ? changed : memory_string("");
}

static bool stays(const char *key)
{
    static const char *const keys[] = {"call", "image", "images", "cmd", "env", "code", "note",
        "about", "path", "source", "destination", "type", "status", "status_in", "first_in",
        "last_in", "replay", "daemon", "poll", "signal", "response_stream"};
    for (size_t i = 0; key && i < countof(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* Under these keys ids are keys themselves. */
static bool has_ids_as_keys(const char *key)
{
    return key && (strcmp(key, "expect") == 0 || strcmp(key, "seen") == 0);
}

static void apply(const struct shuffled *shuffled, cJSON *item, bool ids)
{
    for (; item; item = item->next) {
        if (stays(item->string))
            continue;
        if (ids && item->string && value_at(shuffled, item->string, &(size_t){0})) {
            char *key = change(shuffled, item->string, false);
            free(item->string);
            item->string = key;
        }
        if (cJSON_IsString(item)) {
            bool port = item->string &&
                        (strstr(item->string, "port") || strcmp(item->string, "message") == 0);
            scoped_free char *changed = change(shuffled, item->valuestring, port);
            cJSON_SetValuestring(item, changed);
        }
        apply(shuffled, item->child, has_ids_as_keys(item->string));
    }
}

size_t shuffle(cJSON *recording, unsigned seed)
{
    struct shuffled *shuffled = memory_zeroed(1, sizeof(*shuffled));
    make_letters(shuffled, seed);
    collect(shuffled, recording);
    apply(shuffled, recording->child, false);
    size_t count = shuffled->count;
    for (size_t i = 0; i < count; i++) {
        free(shuffled->old[i]);
        free(shuffled->renamed[i]);
    }
    free(shuffled);
    return count;
}
