#include "loader/job.h"

#include "loader/elf_note.h"
#include "loader/relay.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void job_refuse(const char *sentence)
{
    relay_text(FRAME_REFUSED, sentence);
    _exit(EXIT_SUCCESS);
}

/* The next frame of the host. This process is its own child: what is wrong with it ends both our
 * work. */
static struct frame_in receive(struct frame_buffer *buffer, int *ret_fd)
{
    struct frame_in in;
    uint32_t found;
    int got;
    while ((got = frame_next(buffer, &in, &found)) == 0) {
        long filled = frame_fill(buffer, FRAME_FD, ret_fd);
        if (filled <= 0 && filled != -EINTR)
            _exit(EXIT_FAILURE);
    }
    if (got < 0)
        _exit(EXIT_FAILURE);
    return in;
}

/* The host's next word, which the job takes. */
static void take_next(struct frame_buffer *buffer, struct job *job, int *ret_fd)
{
    struct frame_in in = receive(buffer, ret_fd);
    switch (job_take(job, &in, ret_fd)) {
    case JOB_TAKEN:
        return;
    case JOB_FOREIGN:
        job_refuse("host and loader are of different builds; install both again");
    case JOB_DAMAGED:
        _exit(EXIT_FAILURE);
    }
}

void job_read(struct frame_buffer *buffer, struct job *job)
{
    job->caller = geteuid();
    take_next(buffer, job, NULL);
}

void job_read_settings(struct frame_buffer *buffer, struct job *job)
{
    /* One read may bring several frames: a descriptor is of the next setting of type file. The
     * kernel ends a read behind it, so that there is never a second one. */
    int fd = -1;
    while (job->state == JOB_CHOSEN)
        take_next(buffer, job, &fd);
}

bool job_wait(struct frame_buffer *buffer, struct job *job)
{
    take_next(buffer, job, NULL);
    return job->state != JOB_ENDS;
}

uint32_t job_look(const struct job *job)
{
    struct error err = {0};
    uint32_t flags = 0;
    if (elf_note_check(job->plugin, job->caller, &flags, &err) < 0)
        job_refuse(err.text);
    return flags;
}

void *job_open(const struct job *job)
{
    relay_phase(PHASE_LOAD);
    void *handle = dlopen(job->plugin, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        job_refuse(dlerror());
    return handle;
}

const struct kd_source *job_describe(void *handle)
{
    const struct kd_source *(*entry)(void) = NULL;
    void *symbol = dlsym(handle, "kd_source_v1");
    memcpy(&entry, &symbol, sizeof(entry));
    if (!entry)
        job_refuse("it exports no kd_source_v1");
    relay_phase(PHASE_DESCRIBE);
    const struct kd_source *source = entry();
    if (!source || source->size < offsetof(struct kd_source, ext))
        job_refuse("its kd_source_v1 returned no kd_source, or one that is too small");
    if (!source->init || !source->reconcile || !source->shutdown)
        job_refuse("its kd_source lacks init, reconcile or shutdown");
    if (!source->id || !*source->id)
        job_refuse("its kd_source has no id");
    if (source->settings_count > KD_SETTINGS_MAX || (source->settings_count && !source->settings))
        job_refuse(
            "its kd_source has more than 64 settings (KD_SETTINGS_MAX), or no table of them");
    return source;
}
