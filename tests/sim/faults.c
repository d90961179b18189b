#include "faults.h"

#include "base/duration.h"

#include <stdlib.h>
#include <string.h>

#define EMPTY_MS   200
#define NETWORK_MS 1000

static char *cut_at(char *text, char separator)
{
    char *at = strchr(text, separator);
    if (at)
        *at++ = '\0';
    return at;
}

int faults_add_latency(struct faults *faults, char *text)
{
    char *value = cut_at(text, '=');
    if (!value || faults->latency_count == FAULTS_MAX)
        return -1;
    faults->latencies[faults->latency_count].method = text;
    faults->latencies[faults->latency_count++].ms = strtoll(value, NULL, 10);
    return 0;
}

int faults_add_fail(struct faults *faults, char *text)
{
    char *message = cut_at(text, '=');
    if (!message || faults->fail_count == FAULTS_MAX)
        return -1;
    char *holds = cut_at(text, ':');
    faults->fails[faults->fail_count++] =
        (struct fault){.method = text, .holds = holds ? holds : "", .message = message};
    return 0;
}

int64_t faults_latency(const struct faults *faults, const char *method)
{
    for (size_t i = 0; i < faults->latency_count; i++)
        if (strcmp(faults->latencies[i].method, method) == 0)
            return faults->latencies[i].ms;
    return 0;
}

static bool holds(const char *text, const char *part)
{
    return text && strstr(text, part);
}

const char *faults_refusal(const struct faults *faults, const char *method, const char *id,
    const char *name, const char *image)
{
    for (size_t i = 0; i < faults->fail_count; i++) {
        const struct fault *fault = &faults->fails[i];
        if (strcmp(fault->method, method) == 0 &&
            (!*fault->holds || holds(id, fault->holds) || holds(name, fault->holds) ||
                holds(image, fault->holds)))
            return fault->message;
    }
    return NULL;
}

static bool younger_than(const struct faults *faults, int64_t ms)
{
    return faults->young && duration_now_ms() - faults->began_ms < ms;
}

bool faults_list_is_empty(const struct faults *faults)
{
    return younger_than(faults, EMPTY_MS);
}

bool faults_network_is_down(const struct faults *faults)
{
    return younger_than(faults, NETWORK_MS);
}
