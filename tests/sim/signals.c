#include "signals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 255

bool signal_print(int number, char *name, size_t size)
{
    const char *short_name = number > 0 && number < SIGRTMIN ? sigabbrev_np(number) : NULL;
    return short_name && snprintf(name, size, "SIG%s", short_name) < (int)size;
}

int signal_parse(const char *text)
{
    char name[16];
    char *end = NULL;
    long number = strtol(text, &end, 10);
    if (*text && !*end)
        return number > 0 && number <= NUMBER_MAX ? (int)number : -1;
    for (int i = 1; i < SIGRTMIN; i++)
        if (signal_print(i, name, sizeof(name)) && strcmp(name, text) == 0)
            return i;
    return -1;
}
