#include "model/check.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/checker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void checker_report(const struct checker *checker, enum severity severity, const char *path,
    size_t index, const char *verdict, const char *format, ...)
{
    char place[200];
    const char *mark = strstr(path, "%zu");
    va_list args;
    va_start(args, format);
    scoped_free char *text = memory_formatv(format, args);
    va_end(args);
    if (mark)
        snprintf(place, sizeof(place), "%.*s%zu%s", (int)(mark - path), path, index, mark + 3);
    else
        snprintf(place, sizeof(place), "%s", path);
    struct finding finding = {
        .severity = severity, .path = place, .text = text, .verdict = verdict};
    checker->report(checker->context, &finding);
}

bool checker_empty(const char *text)
{
    return !text || !*text;
}

bool checker_is(const char *text, const char *value)
{
    return strcmp(text ? text : "", value) == 0;
}

bool checker_size(const char *text, double *ret_bytes)
{
    size_t digits = strspn(text, "0123456789");
    const char *at = text + digits;
    if (digits == 0)
        return false;
    if (*at == '.') {
        size_t fraction = strspn(at + 1, "0123456789");
        if (fraction == 0)
            return false;
        at += 1 + fraction;
    }
    if (*at == ' ')
        at++;
    static const char units[] = "kKmMgG";
    const char *unit = *at ? strchr(units, *at) : NULL;
    if (!unit || at[1])
        return false;
    if (ret_bytes)
        *ret_bytes = strtod(text, NULL) * (double)(INT64_C(1) << (10 * (1 + (unit - units) / 2)));
    return true;
}

static bool plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool checker_word(const char *text, const char *first, const char *more)
{
    if (!plain(*text) && !(*text && strchr(first, *text)))
        return false;
    while (*++text)
        if (!plain(*text) && !strchr(more, *text))
            return false;
    return true;
}

void container_check(const Kanto__Container *container, check_report *report, void *context)
{
    struct checker checker = {report, context};
    const Kanto__HostConfig *host = container->host_config;
    check_identity(&checker, container);
    check_mounts(&checker, container);
    check_hooks(&checker, container);
    if (host) {
        check_privileges(&checker, host);
        check_network(&checker, host);
        check_devices(&checker, host);
        if (host->log_config)
            check_log(&checker, host->log_config);
        if (host->restart_policy)
            check_restart(&checker, host->restart_policy);
        if (host->resources)
            check_resources(&checker, host->resources);
    }
    if (container->config)
        check_process(&checker, container->config);
}

void container_check_host(const Kanto__Container *container, check_report *report, void *context)
{
    struct checker checker = {report, context};
    const Kanto__HostConfig *host = container->host_config;
    struct stat info;
    for (size_t i = 0; i < container->n_mounts; i++) {
        const char *source = container->mounts[i]->source;
        if (!checker_empty(source) && stat(source, &info) < 0)
            checker_report(&checker, SEVERITY_WARNING, "mounts[%zu].source", i, NULL,
                "\"%s\" is not on this machine, and kanto-cm does not make it: the start will fail",
                source);
    }
    for (size_t i = 0; host && i < host->n_devices; i++) {
        const char *path = host->devices[i]->path_on_host;
        if (checker_empty(path))
            continue;
        bool there = stat(path, &info) == 0;
        if (!there || !(S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)))
            checker_report(&checker, SEVERITY_WARNING, "host_config.devices[%zu].path_on_host", i,
                NULL, "\"%s\" is %s: the start will fail", path,
                there ? "no device" : "not on this machine");
    }
}
