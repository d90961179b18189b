#include "probe/probe.h"

#include "loader/jail.h"
#include "loader/relay.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    void (*run)(const struct kd_source *source, const struct job *job);
} probes[] = {
    {"items", probe_items},
    {"settings", probe_settings},
    {"sizes", probe_sizes},
    {"lifetime", probe_lifetime},
    {"instances", probe_instances},
    {"put", probe_put},
    {"cancelled", probe_cancelled},
    {"threads", probe_threads},
    {"have", probe_have},
    {"error", probe_error},
    {"growth", probe_growth},
};

void found(enum frame_finding kind, const char *check, const char *format, ...)
{
    char text[KD_TEXT_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    relay_finding(kind, check, text);
}

void trying(const char *format, ...)
{
    char text[KD_TEXT_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    relay_finding(FOUND_TRYING, "", text);
}

void measured(const char *what, long long number)
{
    found(FOUND_MEASURE, what, "%lld", number);
}

static void run(struct frame_buffer *buffer, struct job *job)
{
    if (job->describe_only) {
        probe_load(job);
        return;
    }
    const struct kd_source *source = job_describe(job_open(job));
    relay_describe(source, 0);
    job_read_settings(buffer, job);
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
        if (strcmp(probes[i].name, job->probe) == 0)
            probes[i].run(source, job);
}

int main(void)
{
    static struct job job;
    struct frame_buffer buffer = {0};
    struct error err = {0};
    relay_text(FRAME_HELLO, FRAME_BUILD);
    job_read(&buffer, &job);
    if (jail_enter(&job, &err) < 0)
        job_refuse(err.text);
    uint32_t flags = job_look(&job);
    jail_seal(&job, flags);
    run(&buffer, &job);
    relay_phase(PHASE_END);
    relay_empty(FRAME_DONE);
    _exit(EXIT_SUCCESS);
}
