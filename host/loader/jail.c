#include "loader/jail.h"

#include "frame/frame.h"
#include "loader/filter.h"
#include "loader/landlock.h"
#include "loader/limits.h"
#include "loader/reach.h"
#include "loader/relay.h"
#include "loader/supervisor.h"
#include "loader/user.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct supervised supervised = {.supervisor = -1};

/* `consequence`: what is not held back, then. */
static void say_lack(const char *what, int error, const char *consequence)
{
    char text[256];
    snprintf(text, sizeof(text), FRAME_LACKS "%s (%s): %s", what, strerror(error), consequence);
    relay_host.log(relay_host.ctx, KD_LOG_INFO, text);
}

static int become(const struct job *job, struct error *err)
{
    if (*job->user && user_become(job->user, err) < 0)
        return -1;
    if (job->uid && user_become_number(job->uid, err) < 0)
        return -1;
    return job->sandbox ? user_drop_capabilities(err) : 0;
}

int jail_enter(const struct job *job, struct error *err)
{
    if (close_range(FRAME_FD + 1, ~0U, 0) < 0)
        return error_errno(err, errno, "closing descriptors");
    if (supervisor_start(&supervised, err) < 0 || become(job, err) < 0)
        return -1;
    /* A change of identity clears the death signal: so only now. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_errno(err, errno, "prctl");
    if (supervised.no_namespace && job->sandbox)
        say_lack("no pid namespace", supervised.no_namespace,
            "plugins see the processes of this machine");
    return limits_set(err);
}

static enum filter_sockets sockets_for(const struct job *job, uint32_t flags)
{
    switch (job->network) {
    case FRAME_NETWORK_DECLARED:
        return flags & KD_NOTE_NETWORK ? FILTER_SOCKETS_INTERNET : FILTER_SOCKETS_NONE;
    case FRAME_NETWORK_INTERNET:
        return FILTER_SOCKETS_INTERNET;
    case FRAME_NETWORK_ALL:
        return FILTER_SOCKETS_ALL;
    default:
        return FILTER_SOCKETS_NONE;
    }
}

static void seal_files(const struct job *job, enum filter_sockets sockets)
{
    struct landlock landlock;
    struct reach reach = {.plugin = job->plugin,
        .paths = job->paths,
        .count = job->path_count,
        .network = sockets != FILTER_SOCKETS_NONE};
    int result =
        landlock_begin(&landlock, sockets != FILTER_SOCKETS_NONE, sockets == FILTER_SOCKETS_ALL);
    if (result == 0) {
        reach_allow(&reach, &landlock);
        result = landlock_enforce(&landlock);
    }
    if (result < 0)
        say_lack("no Landlock", -result, "plugins read what their user may read");
}

static void seal_calls(enum filter_sockets sockets)
{
    int listener = -1;
    int result = filter_load(sockets, &listener);
    if (result < 0)
        say_lack("no seccomp", -result,
            "plugins may open sockets, start processes, and write where their user may");
    else if (listener < 0)
        say_lack("no listener of seccomp", ENOSYS, "calls that are stopped are not named");
    supervisor_hand_over(&supervised, listener);
}

void jail_seal(const struct job *job, uint32_t flags)
{
    if (!job->sandbox) {
        supervisor_hand_over(&supervised, -1);
        return;
    }
    enum filter_sockets sockets = sockets_for(job, flags);
    seal_files(job, sockets);
    seal_calls(sockets);
}
