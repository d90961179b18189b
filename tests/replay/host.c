#include "host.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096

static const struct {
    const char *name;
    int number;
} signals[] = {{"SIGKILL", SIGKILL}, {"SIGTERM", SIGTERM}, {"SIGINT", SIGINT}};

/* 0: it is gone, or init's. */
static pid_t parent_of(pid_t pid)
{
    scoped_free char *path = memory_format("/proc/%d/status", (int)pid);
    char line[LINE_MAX_BYTES];
    int parent = 0;
    FILE *file = fopen(path, "re");
    while (file && !parent && fgets(line, sizeof(line), file))
        if (sscanf(line, "PPid: %d", &parent) != 1)
            parent = 0;
    if (file)
        fclose(file);
    return parent > 1 ? (pid_t)parent : 0;
}

static void forget(struct host *host)
{
    while (host->count > 0)
        free(host->processes[--host->count].id);
}

void host_remember(struct host *host, const cJSON *containers)
{
    const cJSON *container;
    forget(host);
    cJSON_ArrayForEach(container, containers)
    {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(container, "id"));
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(container, "state"), "pid"));
        long pid = text ? strtol(text, NULL, 10) : 0;
        if (!id || pid <= 1)
            continue;
        memory_grow(&host->processes, &host->capacity, host->count, sizeof(*host->processes));
        host->processes[host->count++] = (struct host_process){
            .id = memory_string(id), .pid = (pid_t)pid, .shim = parent_of((pid_t)pid)};
    }
}

void host_finish(struct host *host)
{
    forget(host);
    free(host->processes);
}

bool host_kill(const struct host *host, const char *id, const char *signal)
{
    int number = 0;
    for (size_t i = 0; i < countof(signals); i++)
        if (strcmp(signals[i].name, signal) == 0)
            number = signals[i].number;
    for (size_t i = 0; number && i < host->count; i++)
        if (strcmp(host->processes[i].id, id) == 0)
            return kill(host->processes[i].pid, number) == 0;
    return false;
}

void host_power_cut(const struct host *host)
{
    for (size_t i = 0; i < host->count; i++)
        if (host->processes[i].shim > 0)
            kill(host->processes[i].shim, SIGKILL);
    for (size_t i = 0; i < host->count; i++)
        kill(host->processes[i].pid, SIGKILL);
}
