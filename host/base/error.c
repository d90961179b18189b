#include "base/error.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int error_setv(struct error *err, enum error_kind kind, const char *format, va_list args)
{
    if (!err)
        return -1;
    err->kind = kind;
    err->number = 0;
    vsnprintf(err->text, sizeof(err->text), format, args);
    return -1;
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_setv(err, kind, format, args);
    va_end(args);
    return -1;
}

int error_errno(struct error *err, int number, const char *format, ...)
{
    if (!err)
        return -1;
    va_list args;
    va_start(args, format);
    err->kind = ERROR_FAILED;
    err->number = number;
    int used = vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof(err->text))
        snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s", strerror(number));
    return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
    if (!err)
        return -1;
    struct text whole = {.max = sizeof(err->text) - 1};
    va_list args;
    va_start(args, format);
    char *context = memory_formatv(format, args);
    va_end(args);
    text_add(&whole, context);
    free(context);
    text_add(&whole, ": ");
    text_add(&whole, err->text);
    memcpy(err->text, text_get(&whole), whole.length + 1);
    text_finish(&whole);
    return -1;
}
