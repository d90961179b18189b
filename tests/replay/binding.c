#include "binding.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_MAX (1 << 23)

/* What an unbound placeholder may stand for. */
static const struct {
    const char *name; /* its beginning */
    const char *letters;
    bool keep; /* the same wherever it occurs */
} kinds[] = {
    {"<id:", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-", true},
    {"<time>", "0123456789TZ:.+-", false},
    {"<pid>", "0123456789", false},
    {"<ip>", "0123456789.", false},
    {"<gateway>", "0123456789.", false},
    {"<mac>", "0123456789abcdef:", false},
    {"<port>", "0123456789", false},
    {"<hex64>", "0123456789abcdef", false},
    {"<endpoint>", "0123456789abcdefghijklmnopqrstuvwxyz", false},
    {"<network>", "0123456789abcdefghijklmnopqrstuvwxyz", false},
    {"<sandbox>", "0123456789abcdefghijklmnopqrstuvwxyz", false},
    {"<controller>", "0123456789abcdefghijklmnopqrstuvwxyz", false},
    {"<key>", NULL, false},
    {"<hostname>", NULL, false},
    {"<home>", NULL, false},
    {"<exec>", NULL, false},
    {"<ns>", "abcdefghijklmnopqrstuvwxyz0123456789-", false},
};

void bindings_finish(struct bindings *bindings)
{
    for (size_t i = 0; i < bindings->count; i++) {
        free(bindings->names[i]);
        free(bindings->values[i]);
    }
    free(bindings->names);
    free(bindings->values);
    *bindings = (struct bindings){0};
}

static const char *value_of(const struct bindings *bindings, const char *name, size_t length)
{
    for (size_t i = 0; i < bindings->count; i++)
        if (strlen(bindings->names[i]) == length && strncmp(bindings->names[i], name, length) == 0)
            return bindings->values[i];
    return NULL;
}

void bindings_set(struct bindings *bindings, const char *name, const char *value)
{
    size_t capacity = bindings->capacity;
    memory_grow(&bindings->names, &capacity, bindings->count, sizeof(char *));
    memory_grow(&bindings->values, &bindings->capacity, bindings->count, sizeof(char *));
    bindings->names[bindings->count] = memory_string(name);
    bindings->values[bindings->count++] = memory_string(value);
}

/* The placeholder that begins here, or 0. */
static size_t placeholder(const char *text)
{
    if (*text != '<')
        return 0;
    const char *end = strchr(text, '>');
    return end && end - text < 16 ? (size_t)(end - text) + 1 : 0;
}

static char *fill(const struct bindings *bindings, const char *text)
{
    struct text out = {0};
    while (*text) {
        size_t length = placeholder(text);
        const char *value = length ? value_of(bindings, text, length) : NULL;
        char letter = 0;
        int times = 0;
        if (value) {
            text_add(&out, value);
        } else if (length && sscanf(text, "<%c*%d>", &letter, &times) == 2 && times < REPEAT_MAX) {
            for (int i = 0; i < times; i++)
                text_add_bytes(&out, &letter, 1);
        } else {
            length = 1;
            text_add_bytes(&out, text, 1);
        }
        text += length;
    }
    char *filled = text_steal(&out);
    return filled ? filled : memory_string("");
}

static void fill_in_place(const struct bindings *bindings, cJSON *item)
{
    for (; item; item = item->next) {
        if (item->string) {
            char *key = fill(bindings, item->string);
            free(item->string);
            item->string = key;
        }
        if (cJSON_IsString(item)) {
            scoped_free char *filled = fill(bindings, item->valuestring);
            cJSON_SetValuestring(item, filled);
        }
        fill_in_place(bindings, item->child);
    }
}

cJSON *bindings_fill(const struct bindings *bindings, const cJSON *item)
{
    cJSON *copy = cJSON_Duplicate(item, true);
    fill_in_place(bindings, copy);
    return copy;
}

static bool match(struct bindings *bindings, const char *pattern, const char *text);

/* The longest that fits first. */
static bool match_unbound(struct bindings *bindings, const char *pattern, size_t length,
    const char *letters, bool keep, const char *text)
{
    for (size_t take = letters ? strspn(text, letters) : strlen(text); take > 0; take--) {
        size_t before = bindings->count;
        if (keep) {
            scoped_free char *name = memory_bytes(pattern, length);
            scoped_free char *value = memory_bytes(text, take);
            bindings_set(bindings, name, value);
        }
        if (match(bindings, pattern + length, text + take))
            return true;
        while (bindings->count > before) {
            bindings->count--;
            free(bindings->names[bindings->count]);
            free(bindings->values[bindings->count]);
        }
    }
    return false;
}

static bool match(struct bindings *bindings, const char *pattern, const char *text)
{
    while (*pattern) {
        size_t length = placeholder(pattern);
        const char *value = length ? value_of(bindings, pattern, length) : NULL;
        if (value) {
            size_t size = strlen(value);
            if (strncmp(text, value, size) != 0)
                return false;
            pattern += length;
            text += size;
            continue;
        }
        for (size_t i = 0; length && i < countof(kinds); i++)
            if (strncmp(pattern, kinds[i].name, strlen(kinds[i].name)) == 0)
                return match_unbound(
                    bindings, pattern, length, kinds[i].letters, kinds[i].keep, text);
        if (*pattern++ != *text++)
            return false;
    }
    return !*text;
}

bool bindings_match(struct bindings *bindings, const char *pattern, const char *text)
{
    scoped_free char *filled = fill(bindings, pattern);
    return match(bindings, filled, text);
}
