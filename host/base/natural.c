#include "base/natural.h"

#include <ctype.h>
#include <string.h>

static int compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    size_t a_digits = strspn(*a, "0123456789"), b_digits = strspn(*b, "0123456789");
    if (a_digits != b_digits)
        return a_digits < b_digits ? -1 : 1;
    int order = strncmp(*a, *b, a_digits);
    *a += a_digits;
    *b += b_digits;
    return order;
}

int natural_compare(const char *a, const char *b)
{
    const char *at = a, *other = b;
    while (*at && *other) {
        if (isdigit((unsigned char)*at) && isdigit((unsigned char)*other)) {
            int order = compare_numbers(&at, &other);
            if (order)
                return order;
        } else if (*at != *other) {
            return (unsigned char)*at < (unsigned char)*other ? -1 : 1;
        } else {
            at++;
            other++;
        }
    }
    if (*at || *other)
        return *at ? 1 : -1;
    return strcmp(a, b); /* 01 and 1 are not the same file */
}
