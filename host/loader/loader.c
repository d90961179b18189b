/* kanto-deployer-loader: loads one plugin, in a process of its own, and speaks frames on
 * descriptor 3. Started by kanto-deployer only. */
#include "loader/elf_note.h"
#include "loader/jail.h"
#include "loader/relay.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SENTENCE_MAX 1024

struct job {
    char *plugin;
    char *user;
    char *revision;
    void *memo;
    size_t memo_size;
    int describe_only;
    struct kd_setting settings[KD_SETTINGS_MAX];
    uint32_t count;
};

static void refuse(const char *sentence)
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

static void read_job(struct frame_buffer *buffer, struct job *job)
{
    struct frame_in in = receive(buffer, NULL);
    if (in.type != FRAME_JOB || strcmp(frame_take_text(&in), FRAME_BUILD) != 0)
        refuse("host and loader are of different builds; install both again");
    job->plugin = copy(frame_take_text(&in));
    job->user = copy(frame_take_text(&in));
    job->describe_only = *frame_take_text(&in) != '\0';
    job->revision = copy(frame_take_text(&in));
    const void *memo = frame_take(&in, &job->memo_size);
    job->memo = malloc(job->memo_size + 1);
    if (in.bad || !job->memo)
        _exit(EXIT_FAILURE);
    memcpy(job->memo, memo, job->memo_size);
}

static void read_settings(struct frame_buffer *buffer, struct job *job)
{
    for (;;) {
        int fd = -1;
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
        setting->fd = fd;
        if (in.bad)
            _exit(EXIT_FAILURE);
    }
}

static const struct kd_source *load(const struct job *job)
{
    char sentence[SENTENCE_MAX];
    if (elf_note_check(job->plugin, sentence, sizeof(sentence)) < 0)
        refuse(sentence);
    relay_phase(PHASE_LOAD);
    void *handle = dlopen(job->plugin, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        refuse(dlerror());
    const struct kd_source *(*entry)(void) = NULL;
    void *symbol = dlsym(handle, "kd_source_v1");
    memcpy(&entry, &symbol, sizeof(entry));
    if (!entry)
        refuse("it exports no kd_source_v1");
    relay_phase(PHASE_DESCRIBE);
    const struct kd_source *source = entry();
    if (!source || source->size < offsetof(struct kd_source, ext))
        refuse("its kd_source_v1 returned no kd_source, or one that is too small");
    if (!source->init || !source->reconcile || !source->shutdown)
        refuse("its kd_source lacks init, reconcile or shutdown");
    if (!source->id || !*source->id)
        refuse("its kd_source has no id");
    return source;
}

static void run(const struct kd_source *source, struct job *job)
{
    void *state = NULL;
    struct kd_have have = {.size = sizeof(have),
        .memo_size = (uint32_t)job->memo_size,
        .revision = job->revision,
        .memo = job->memo};
    relay_phase(PHASE_INIT);
    int32_t result = source->init(&relay_host, job->settings, job->count, &state);
    if (result == KD_OK) {
        relay_phase(PHASE_RECONCILE);
        result = source->reconcile(state, &have, &relay_out);
        relay_number(FRAME_RESULT, result);
        relay_phase(PHASE_SHUTDOWN);
        source->shutdown(state);
    } else {
        relay_number(FRAME_RESULT, result == KD_RETRY ? KD_RETRY : KD_FATAL);
    }
    relay_phase(PHASE_END);
    relay_empty(FRAME_DONE);
}

int main(void)
{
    static struct job job;
    struct frame_buffer buffer = {0};
    char sentence[SENTENCE_MAX];
    relay_text(FRAME_HELLO, FRAME_BUILD);
    read_job(&buffer, &job);
    if (jail_enter(job.user, sentence, sizeof(sentence)) < 0)
        refuse(sentence);
    const struct kd_source *source = load(&job);
    relay_describe(source);
    if (job.describe_only)
        relay_empty(FRAME_DONE);
    else {
        read_settings(&buffer, &job);
        run(source, &job);
    }
    /* No destructors: they are the plugin's, and nobody waits for them. */
    _exit(EXIT_SUCCESS);
}
