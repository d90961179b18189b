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

static char *copy(const char *text)
{
    char *made = strdup(text);
    if (!made)
        _exit(EXIT_FAILURE);
    return made;
}

/* What is kept of the source. */
static void take_have(struct frame_in *in, struct job *job)
{
    free(job->revision);
    free(job->memo);
    job->revision = copy(frame_take_text(in));
    const void *memo = frame_take(in, &job->memo_size);
    job->memo = malloc(job->memo_size + 1);
    if (in->bad || !job->memo)
        _exit(EXIT_FAILURE);
    memcpy(job->memo, memo, job->memo_size);
}

static void take_paths(struct frame_in *in, struct job *job)
{
    int64_t count = frame_take_number(in);
    if (in->bad || count < 0 || count > FRAME_PATHS_MAX)
        _exit(EXIT_FAILURE);
    job->paths = calloc((size_t)count + 1, sizeof(*job->paths));
    if (!job->paths)
        _exit(EXIT_FAILURE);
    for (; job->path_count < (size_t)count; job->path_count++)
        job->paths[job->path_count] = copy(frame_take_text(in));
}

void job_read(struct frame_buffer *buffer, struct job *job)
{
    struct frame_in in = receive(buffer, NULL);
    if (in.type != FRAME_JOB || strcmp(frame_take_text(&in), FRAME_BUILD) != 0)
        job_refuse("host and loader are of different builds; install both again");
    job->plugin = copy(frame_take_text(&in));
    job->user = copy(frame_take_text(&in));
    job->describe_only = *frame_take_text(&in) != '\0';
    take_have(&in, job);
    job->probe = copy(frame_take_text(&in));
    job->stay = *frame_take_text(&in) != '\0';
    job->sandbox = *frame_take_text(&in) != '\0';
    job->network = frame_take_number(&in);
    job->uid = (uint32_t)frame_take_number(&in);
    take_paths(&in, job);
    if (in.bad)
        _exit(EXIT_FAILURE);
}

void job_read_settings(struct frame_buffer *buffer, struct job *job)
{
    /* One read may bring several frames: a descriptor is of the next setting of type file. The
     * kernel ends a read behind it, so that there is never a second one. */
    int fd = -1;
    for (;;) {
        struct frame_in in = receive(buffer, &fd);
        if (in.type == FRAME_GO)
            return;
        if (in.type != FRAME_SETTING || job->count == KD_SETTINGS_MAX)
            _exit(EXIT_FAILURE);
        struct kd_setting *setting = &job->settings[job->count++];
        setting->size = sizeof(*setting);
        setting->name = copy(frame_take_text(&in));
        setting->type = (uint32_t)frame_take_number(&in);
        setting->text = copy(frame_take_text(&in));
        setting->number = frame_take_number(&in);
        setting->fd = -1;
        if (setting->type == KD_TYPE_FILE) {
            setting->fd = fd;
            fd = -1;
        }
        if (in.bad)
            _exit(EXIT_FAILURE);
    }
}

bool job_wait(struct frame_buffer *buffer, struct job *job)
{
    struct frame_in in = receive(buffer, NULL);
    if (in.type == FRAME_AGAIN)
        take_have(&in, job);
    else if (in.type != FRAME_END)
        _exit(EXIT_FAILURE);
    return in.type == FRAME_AGAIN;
}

uint32_t job_look(const struct job *job)
{
    struct error err = {0};
    uint32_t flags = 0;
    if (elf_note_check(job->plugin, &flags, &err) < 0)
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
