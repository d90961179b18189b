#include "loader/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifdef __s390__ /* which has the flags of clone behind the stack */
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

#define WORD 0xffffffffu /* of an argument that is an int: the kernel looks at no more of it */
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |     \
        CLONE_NEWCGROUP)

#define countof(array) (sizeof(array) / sizeof((array)[0]))

static const char *const allowed[] = {
#define CALL(name)          #name,
#define REFUSED(name, code) /* below */
#include "loader/calls.tbl"
#undef CALL
#undef REFUSED
};

static const struct refused {
    const char *name;
    int error;
} refused[] = {
#define CALL(name)          /* above */
#define REFUSED(name, code) {#name, code},
#include "loader/calls.tbl"
#undef CALL
#undef REFUSED
};

/* One argument under which a call is allowed. */
static const struct condition {
    const char *name;
    unsigned argument;
    uint64_t mask, value;
} conditions[] = {
    /* reading, and reading alone */
    {"open", 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {"openat", 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    /* a thread, and no process */
    {"clone", CLONE_FLAGS, CLONE_THREAD | NAMESPACES, CLONE_THREAD},
    {"prlimit64", 0, WORD, 0},
    {"personality", 0, WORD, WORD}, /* to ask */
    {"prctl", 0, WORD, PR_SET_NAME},
    {"prctl", 0, WORD, PR_GET_NAME},
    {"prctl", 0, WORD, PR_GET_DUMPABLE},
    {"prctl", 0, WORD, PR_CAPBSET_READ},
    {"prctl", 0, WORD, PR_GET_NO_NEW_PRIVS},
    {"prctl", 0, WORD, PR_SET_VMA},
    {"ioctl", 1, WORD, FIONREAD},
    {"ioctl", 1, WORD, FIONBIO},
    {"ioctl", 1, WORD, FIOCLEX},
    {"ioctl", 1, WORD, FIONCLEX},
    {"ioctl", 1, WORD, TCGETS},
    {"ioctl", 1, WORD, TIOCGWINSZ},
};

/* All but those that let a signal be sent to somebody. */
static const int fcntls[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK,
    F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GET_SEALS, F_ADD_SEALS,
    F_GETPIPE_SZ, F_SETPIPE_SZ};

/* The first of these that failed; a name that is not of this architecture is no failure. */
struct build {
    scmp_filter_ctx context;
    int failed;
};

static void add(struct build *build, uint32_t action, const char *name, unsigned count,
    const struct scmp_arg_cmp *arguments)
{
    int call = seccomp_syscall_resolve_name(name);
    if (call < 0 || build->failed)
        return;
    int result = seccomp_rule_add_array(build->context, action, call, count, arguments);
    if (result < 0)
        build->failed = result;
}

static void allow_when(
    struct build *build, const char *name, unsigned argument, uint64_t mask, uint64_t value)
{
    struct scmp_arg_cmp compare = SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, value);
    add(build, SCMP_ACT_ALLOW, name, 1, &compare);
}

static void allow_socket(struct build *build, int family)
{
    allow_when(build, "socket", 0, WORD, (uint64_t)family);
}

static void add_sockets(struct build *build, enum filter_sockets sockets)
{
    if (sockets == FILTER_SOCKETS_NONE)
        return;
    /* getaddrinfo asks the kernel for the addresses of this machine. */
    const struct scmp_arg_cmp route[] = {SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, WORD, AF_NETLINK),
        SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, WORD, NETLINK_ROUTE)};
    const struct scmp_arg_cmp local = SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, WORD, AF_UNIX);
    allow_socket(build, AF_INET);
    allow_socket(build, AF_INET6);
    add(build, SCMP_ACT_ALLOW, "socket", countof(route), route);
    if (sockets == FILTER_SOCKETS_INTERNET) {
        /* Without a word: the C library looks for its name service cache, and goes on. */
        add(build, SCMP_ACT_ERRNO(EACCES), "socket", 1, &local);
        return;
    }
    allow_socket(build, AF_UNIX);
    add(build, SCMP_ACT_ALLOW, "listen", 0, NULL);
    add(build, SCMP_ACT_ALLOW, "accept", 0, NULL);
    add(build, SCMP_ACT_ALLOW, "accept4", 0, NULL);
}

/* Signals to this very process: raise() and abort(). */
static void add_signals(struct build *build)
{
    static const char *const calls[] = {"kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"};
    for (size_t i = 0; i < countof(calls); i++)
        allow_when(build, calls[i], 0, WORD, (uint64_t)getpid());
}

/* Whether it is allowed under some argument: a rule without one would take its place. */
static bool is_conditional(const char *name, enum filter_sockets sockets)
{
    static const char *const others[] = {
        "fcntl", "fcntl64", "kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"};
    for (size_t i = 0; i < countof(conditions); i++)
        if (strcmp(conditions[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < countof(others); i++)
        if (strcmp(others[i], name) == 0)
            return true;
    return sockets != FILTER_SOCKETS_NONE &&
           (strcmp(name, "socket") == 0 || strcmp(name, "listen") == 0 ||
               strncmp(name, "accept", 6) == 0);
}

/* Where nobody listens, the kernel answers with these by itself; what is conditional does not exist
 * under other arguments. */
static void add_answers(struct build *build, enum filter_sockets sockets)
{
    for (size_t i = 0; i < countof(refused); i++)
        if (!is_conditional(refused[i].name, sockets))
            add(build, SCMP_ACT_ERRNO((uint32_t)refused[i].error), refused[i].name, 0, NULL);
}

static void add_all(struct build *build, enum filter_sockets sockets, bool listens)
{
    for (size_t i = 0; i < countof(allowed); i++)
        add(build, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
    for (size_t i = 0; i < countof(conditions); i++)
        allow_when(build, conditions[i].name, conditions[i].argument, conditions[i].mask,
            conditions[i].value);
    for (size_t i = 0; i < countof(fcntls); i++) {
        allow_when(build, "fcntl", 1, WORD, (uint64_t)fcntls[i]);
        allow_when(build, "fcntl64", 1, WORD, (uint64_t)fcntls[i]);
    }
    add_signals(build);
    add_sockets(build, sockets);
    if (listens) { /* a C library tries them first: not worth a word */
        add(build, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
        add(build, SCMP_ACT_ERRNO(ENOSYS), "openat2", 0, NULL);
    } else {
        add_answers(build, sockets);
    }
}

static int load(enum filter_sockets sockets, bool listens, int *ret_listener)
{
    struct build build = {
        .context = seccomp_init(listens ? SCMP_ACT_NOTIFY : SCMP_ACT_ERRNO(ENOSYS))};
    if (!build.context)
        return -ENOMEM;
    /* The calls of another architecture have other numbers: nobody means them by mistake. */
    seccomp_attr_set(build.context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(build.context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    add_all(&build, sockets, listens);
    int result = build.failed ? build.failed : seccomp_load(build.context);
    if (result == 0 && listens)
        *ret_listener = seccomp_notify_fd(build.context);
    seccomp_release(build.context);
    return result;
}

int filter_load(enum filter_sockets sockets, int *ret_listener)
{
    *ret_listener = -1;
    if (load(sockets, true, ret_listener) == 0)
        return 0;
    return load(sockets, false, ret_listener);
}

static int error_for(const char *name)
{
    for (size_t i = 0; i < countof(refused); i++)
        if (strcmp(refused[i].name, name) == 0)
            return refused[i].error;
    return ENOSYS;
}

int filter_answer(int listener, char *ret_name)
{
    struct seccomp_notif *asked = NULL;
    struct seccomp_notif_resp *answer = NULL;
    int told = 0;
    if (seccomp_notify_alloc(&asked, &answer) < 0)
        return 0;
    if (seccomp_notify_receive(listener, asked) == 0) {
        char *name = seccomp_syscall_resolve_num_arch(asked->data.arch, asked->data.nr);
        snprintf(ret_name, FILTER_NAME_MAX, "%s", name ? name : "?");
        if (!name)
            snprintf(ret_name, FILTER_NAME_MAX, "call %d", asked->data.nr);
        free(name);
        *answer = (struct seccomp_notif_resp){.id = asked->id, .error = -error_for(ret_name)};
        told = seccomp_notify_respond(listener, answer) == 0;
    }
    seccomp_notify_free(asked, answer);
    return told;
}
