#include "config/value.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "config/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* soak and replace of a narrower section: nothing said, so the wider one's holds. */
static bool may_be_unset(const struct config_key *key)
{
    return (key->type == TYPE_DURATION || key->type == TYPE_CHOICE) && !*key->fallback;
}

static int set_count(
    const struct config_key *key, const char *value, int64_t *at, struct error *err)
{
    char *end = NULL;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end || strspn(value, "0123456789") != strlen(value) ||
        number < key->least || number > key->most)
        return error_set(err, ERROR_CONFIG,
            "found \"%s\", expected a whole number from %" PRId64 " to %" PRId64, value, key->least,
            key->most);
    *at = number;
    return 0;
}

static int set_choice(const struct config_key *key, const char *value, int *at, struct error *err)
{
    size_t count = 0;
    for (; count < CONFIG_CHOICES_MAX && key->choices[count]; count++) {
        if (strcmp(value, key->choices[count]) != 0)
            continue;
        *at = (int)count;
        return 0;
    }
    const char *near = nearest_word(value, key->choices, count);
    scoped_text struct text expected = {0};
    for (size_t i = 0; i < count; i++)
        text_add_format(&expected, "%s%s",
            i == 0          ? ""
            : i + 1 < count ? ", "
                            : " or ",
            key->choices[i]);
    return error_set(err, ERROR_CONFIG, "found \"%s\", expected %s%s%s%s", value,
        text_get(&expected), near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int set_boolean(const char *value, bool *at, struct error *err)
{
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return error_set(err, ERROR_CONFIG, "found \"%s\", expected yes or no", value);
    *at = yes;
    return 0;
}

static int set_text(const char *value, const char *expected, char **at, struct error *err)
{
    if (!*value && expected)
        return error_set(err, ERROR_CONFIG, "found nothing, expected %s", expected);
    free(*at);
    *at = memory_string(value);
    return 0;
}

bool value_is_container(const char *name)
{
    return *name && !strchr(".-", *name) &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") ==
               strlen(name);
}

static int set_container(const char *value, char **at, struct error *err)
{
    if (*value && !value_is_container(value))
        return error_set(
            err, ERROR_CONFIG, "found \"%s\", expected the name of one container", value);
    free(*at);
    *at = *value ? memory_string(value) : NULL;
    return 0;
}

bool value_is_source(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= VALUE_SOURCE_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static int set_source(const char *value, char **at, struct error *err)
{
    if (*value && !value_is_source(value))
        return error_set(err, ERROR_CONFIG,
            "found \"%.40s\", expected a source's name: 1 to %d of a-z 0-9 _ -", value,
            VALUE_SOURCE_MAX);
    free(*at);
    *at = *value ? memory_string(value) : NULL;
    return 0;
}

static int set_duration(const char *value, int64_t *at, struct error *err)
{
    if (duration_parse(value, at, err) == 0)
        return 0;
    if (err)
        err->kind = ERROR_CONFIG;
    return -1;
}

/* One number of a range; below 1000 are the machine's own, and the highest is none. */
static bool read_user(const char *text, const char end, uint32_t *ret_user)
{
    char *behind = NULL;
    unsigned long long number = strtoull(text, &behind, 10);
    *ret_user = (uint32_t)number;
    return *text >= '1' && *text <= '9' && *behind == end && number >= 1000 && number < UINT32_MAX;
}

static int set_users(const char *value, struct config_range *at, struct error *err)
{
    struct config_range range = {0};
    const char *dash = strchr(value, '-');
    if (*value && (!dash || !read_user(value, '-', &range.first) ||
                      !read_user(dash + 1, '\0', &range.last) || range.last < range.first))
        return error_set(err, ERROR_CONFIG,
            "found \"%.40s\", expected two numbers of users as FIRST-LAST, from 1000 to 4294967294",
            value);
    *at = range;
    return 0;
}

static void unset(const struct config_key *key, void *at)
{
    if (key->type == TYPE_DURATION)
        *(int64_t *)at = CONFIG_UNSET;
    else
        *(int *)at = CONFIG_UNSET;
}

int value_set(const struct config_key *key, void *object, const char *text, struct error *err)
{
    void *at = (char *)object + key->offset;
    if (!*text && may_be_unset(key)) {
        unset(key, at);
        return 0;
    }
    switch (key->type) {
    case TYPE_PATH:
        return set_text(text, "a path", at, err);
    case TYPE_OPTIONAL_PATH:
        return set_text(text, NULL, at, err);
    case TYPE_NAME:
        return set_text(text, "a name", at, err);
    case TYPE_CONTAINER:
        return set_container(text, at, err);
    case TYPE_SOURCE:
        return set_source(text, at, err);
    case TYPE_CONTAINERS:
        return list_set(text, at, err);
    case TYPE_DURATION:
        return set_duration(text, at, err);
    case TYPE_CHOICE:
        return set_choice(key, text, at, err);
    case TYPE_COUNT:
        return set_count(key, text, at, err);
    case TYPE_BOOLEAN:
        return set_boolean(text, at, err);
    case TYPE_USERS:
        return set_users(text, at, err);
    case TYPE_PATHS:
    case TYPE_REGISTRIES:
    case TYPE_CAPABILITIES:
    case TYPE_RUNTIMES:
        break;
    }
    return list_grant(key->type, text, at, err);
}

void value_init(const struct config_key *key, void *object)
{
    if (key->type == TYPE_NAME) /* absent is not empty */
        return;
    value_set(key, object, key->fallback, NULL);
}

void value_finish(const struct config_key *key, void *object)
{
    void *at = (char *)object + key->offset;
    switch (key->type) {
    case TYPE_PATH:
    case TYPE_OPTIONAL_PATH:
    case TYPE_NAME:
    case TYPE_SOURCE:
    case TYPE_CONTAINER:
        free(*(char **)at);
        break;
    case TYPE_CONTAINERS:
        list_finish(at);
        break;
    case TYPE_PATHS:
    case TYPE_REGISTRIES:
    case TYPE_CAPABILITIES:
    case TYPE_RUNTIMES:
        list_finish(&((struct config_grant *)at)->list);
        break;
    case TYPE_DURATION:
    case TYPE_CHOICE:
    case TYPE_COUNT:
    case TYPE_BOOLEAN:
    case TYPE_USERS:
        break;
    }
}
