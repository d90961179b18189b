#include "manifest/json.h"

#include <string.h>

#define EXPONENT_MAX 1000000000L /* beyond the digits that a file can hold */

/* A number as digits × 10^exponent; `digits` may hold a point, which does not count. */
struct decimal {
    const char *digits;
    size_t length;
    long exponent;
    bool negative;
};

static long read_exponent(const char *at, const char *end)
{
    bool negative = *at == '-';
    long value = 0;
    for (at += *at == '-' || *at == '+'; at < end; at++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (*at - '0');
    return negative ? -value : value;
}

static struct decimal read_decimal(const char *at, const char *end)
{
    struct decimal decimal = {.negative = *at == '-'};
    decimal.digits = at + decimal.negative;
    const char *power = decimal.digits;
    while (power < end && *power != 'e' && *power != 'E')
        power++;
    if (power < end)
        decimal.exponent = read_exponent(power + 1, end);
    decimal.length = (size_t)(power - decimal.digits);
    const char *point = memchr(decimal.digits, '.', decimal.length);
    if (point)
        decimal.exponent -= power - point - 1;
    while (decimal.length > 0 && (power[-1] == '0' || power[-1] == '.')) {
        decimal.exponent += *--power == '0';
        decimal.length--;
    }
    return decimal;
}

enum json_integer json_integer(
    const struct json *json, const struct json_node *node, int64_t *ret_value)
{
    struct decimal decimal = read_decimal(json->bytes + node->begin, json->bytes + node->end);
    int64_t value = 0; /* kept negative: its range is the wider one */
    for (size_t i = 0; i < decimal.length; i++) {
        if (decimal.digits[i] == '.')
            continue;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, decimal.digits[i] - '0', &value))
            return decimal.exponent < 0 ? JSON_FRACTION : JSON_TOO_BIG;
    }
    if (value != 0 && decimal.exponent < 0)
        return JSON_FRACTION;
    for (long i = 0; value != 0 && i < decimal.exponent; i++)
        if (__builtin_mul_overflow(value, 10, &value))
            return JSON_TOO_BIG;
    if (!decimal.negative && __builtin_mul_overflow(value, -1, &value))
        return JSON_TOO_BIG;
    *ret_value = value;
    return JSON_INTEGER;
}
