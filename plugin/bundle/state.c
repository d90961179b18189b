#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

int version_take(const char *bytes, size_t length, char ret_version[BUNDLE_VERSION_MAX + 1])
{
    while (length > 0 && bytes[length - 1] && strchr(" \t\r\n", bytes[length - 1]))
        length--;
    if (length == 0 || length > BUNDLE_VERSION_MAX)
        return -1;
    bool number = false;
    for (size_t i = 0; i < length; i++) {
        bool digit = bytes[i] >= '0' && bytes[i] <= '9';
        if (!digit && (bytes[i] != '.' || !number))
            return -1;
        number = digit;
    }
    if (!number)
        return -1;
    memcpy(ret_version, bytes, length);
    ret_version[length] = '\0';
    return 0;
}

/* Of any length; the leading zeros do not count. Goes on behind the number and its dot. */
static size_t next_number(const char **at, const char **ret_digits)
{
    *at += strspn(*at, "0");
    *ret_digits = *at;
    size_t length = strspn(*at, DIGITS);
    *at += length;
    if (**at == '.')
        ++*at;
    return length;
}

int version_compare(const char *a, const char *b)
{
    if (!*a || !*b)
        return (*a != '\0') - (*b != '\0');
    while (*a || *b) {
        const char *digits_a = "", *digits_b = "";
        size_t length_a = next_number(&a, &digits_a), length_b = next_number(&b, &digits_b);
        if (length_a != length_b)
            return length_a < length_b ? -1 : 1;
        int order = strncmp(digits_a, digits_b, length_a);
        if (order)
            return order;
    }
    return 0;
}

/* The value of a line KEY=VALUE among lines. */
static bool find(const char *text, const char *key, char *ret_value, size_t size)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, key, length) != 0 || line[length] != '=')
            continue;
        size_t value = strcspn(line + length + 1, "\n");
        if (value >= size)
            return false;
        memcpy(ret_value, line + length + 1, value);
        ret_value[value] = '\0';
        return true;
    }
    return false;
}

void bundle_state_read(struct bundle_state *ret_state, const void *memo, size_t size)
{
    char text[KD_MEMO_MAX + 1] = "", version[BUNDLE_VERSION_MAX + 2], number[24] = "";
    struct bundle_state state = {0};
    size = size < KD_MEMO_MAX ? size : KD_MEMO_MAX;
    *ret_state = state;
    if (size)
        memcpy(text, memo, size);
    text[size] = '\0';
    if (!find(text, "bundle-policy", state.policy, sizeof(state.policy)) ||
        !find(text, "bundle-version", version, sizeof(version)) ||
        !find(text, "bundle-signed", number, sizeof(number)) ||
        strspn(number, DIGITS) != strlen(number) || !*number || strlen(number) > 12)
        return;
    if (*version && version_take(version, strlen(version), state.version) < 0)
        return;
    state.signed_at = strtoll(number, NULL, 10);
    *ret_state = state;
}

size_t bundle_state_write(const struct bundle_state *state, char text[BUNDLE_STATE_MAX])
{
    return (size_t)snprintf(text, BUNDLE_STATE_MAX,
        "bundle-policy=%s\nbundle-version=%s\nbundle-signed=%lld\n", state->policy, state->version,
        (long long)state->signed_at);
}
