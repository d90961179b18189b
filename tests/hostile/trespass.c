/* A plugin that does one thing which no source has use for, as its settings say, and tells how it
 * went: "opened", "forked", … or the error. */
#include <kanto-deployer/source.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(TRESPASS_NETWORK)
KD_SOURCE_NOTE_NETWORK;
#else
KD_SOURCE_NOTE;
#endif

struct trespass {
    const struct kd_host *host;
    char act[64], target[4096];
};

static const char *opens(int fd)
{
    if (fd < 0)
        return NULL;
    close(fd);
    return "opened";
}

static const char *do_read(const char *target)
{
    return opens(open(target, O_RDONLY | O_CLOEXEC));
}

static const char *do_list(const char *target)
{
    return opens(open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static const char *do_write(const char *target)
{
    return opens(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static const char *do_chmod(const char *target)
{
    return chmod(target, 0777) == 0 ? "changed" : NULL;
}

static const char *do_unlink(const char *target)
{
    return unlink(target) == 0 ? "removed" : NULL;
}

static const char *do_mkdir(const char *target)
{
    return mkdir(target, 0700) == 0 ? "made" : NULL;
}

static const char *do_inet(const char *target)
{
    (void)target;
    return opens(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static const char *do_inet6(const char *target)
{
    (void)target;
    return opens(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static const char *do_local(const char *target)
{
    (void)target;
    return opens(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static const char *do_packet(const char *target)
{
    (void)target;
    return opens(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static const char *do_listen(const char *target)
{
    (void)target;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return NULL;
    return listen(fd, 1) == 0 ? "listens" : NULL;
}

static const char *do_ptrace(const char *target)
{
    return ptrace(PTRACE_ATTACH, atoi(target), NULL, NULL) == 0 ? "attached" : NULL;
}

static const char *do_kill(const char *target)
{
    return kill(atoi(target), SIGKILL) == 0 ? "killed" : NULL;
}

static const char *do_raise(const char *target)
{
    (void)target;
    return raise(SIGCONT) == 0 ? "raised" : NULL;
}

static const char *do_own(const char *target)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && fcntl(fd, F_SETOWN, atoi(target)) == 0 ? "owns" : NULL;
}

static const char *do_fork(const char *target)
{
    (void)target;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0 && waitpid(child, NULL, 0) == child ? "forked" : NULL;
}

static const char *do_exec(const char *target)
{
    char *const arguments[] = {(char *)target, NULL};
    execv(target, arguments);
    return NULL;
}

static const char *do_system(const char *target)
{
    return system(target) == 0 ? "ran" : NULL;
}

static void *nothing(void *argument)
{
    return argument;
}

static const char *do_thread(const char *target)
{
    (void)target;
    pthread_t thread;
    errno = pthread_create(&thread, NULL, nothing, NULL);
    return errno == 0 && pthread_join(thread, NULL) == 0 ? "ran" : NULL;
}

static const char *do_unshare(const char *target)
{
    (void)target;
    return unshare(CLONE_NEWUSER) == 0 ? "unshared" : NULL;
}

static const char *do_mount(const char *target)
{
    return mount("none", target, "tmpfs", 0, NULL) == 0 ? "mounted" : NULL;
}

static const char *do_setuid(const char *target)
{
    return setuid((uid_t)atoi(target)) == 0 ? "became" : NULL;
}

static const char *do_ring(const char *target)
{
    char parameters[256] = {0};
    (void)target;
    return opens((int)syscall(SYS_io_uring_setup, 4, parameters));
}

static const char *do_unknown(const char *target)
{
    (void)target;
    return syscall(10000) == 0 ? "done" : NULL;
}

/* x32, whose calls are those of x86-64 with a bit more in their numbers. */
static const char *do_foreign(const char *target)
{
    (void)target;
#ifdef __x86_64__
    return syscall(0x40000000 | SYS_getpid) > 0 ? "done" : NULL;
#else
    kill(getpid(), SIGSYS);
    return NULL;
#endif
}

static const char *do_whoami(const char *target)
{
    static char text[64];
    (void)target;
    snprintf(text, sizeof(text), "user %u", (unsigned)getuid());
    return text;
}

static const char *do_abort(const char *target)
{
    (void)target;
    abort();
}

static const struct {
    const char *name;
    const char *(*run)(const char *target);
} acts[] = {
    {"read", do_read},
    {"list", do_list},
    {"write", do_write},
    {"chmod", do_chmod},
    {"unlink", do_unlink},
    {"mkdir", do_mkdir},
    {"inet", do_inet},
    {"inet6", do_inet6},
    {"local", do_local},
    {"packet", do_packet},
    {"listen", do_listen},
    {"ptrace", do_ptrace},
    {"kill", do_kill},
    {"raise", do_raise},
    {"own", do_own},
    {"fork", do_fork},
    {"exec", do_exec},
    {"system", do_system},
    {"thread", do_thread},
    {"unshare", do_unshare},
    {"mount", do_mount},
    {"setuid", do_setuid},
    {"ring", do_ring},
    {"unknown", do_unknown},
    {"foreign", do_foreign},
    {"whoami", do_whoami},
    {"abort", do_abort},
};

static const struct kd_setting_info settings_table[] = {
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .name = "act",
        .fallback = "whoami",
        .help = "what it does"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .name = "target",
        .fallback = "",
        .help = "and to what, with a mark before it so that it names no path: =/etc/shadow"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_PATH,
        .name = "path",
        .help = "a path that the conf names"},
};

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct trespass *trespass = calloc(1, sizeof(*trespass));
    if (!trespass)
        return KD_RETRY;
    trespass->host = host;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(settings[i].name, "act") == 0)
            snprintf(trespass->act, sizeof(trespass->act), "%s", settings[i].text);
        else if (strcmp(settings[i].name, "target") == 0 && *settings[i].text)
            snprintf(trespass->target, sizeof(trespass->target), "%s", settings[i].text + 1);
    }
    *state = trespass;
    return KD_OK;
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    const struct trespass *trespass = state;
    (void)have;
    (void)out;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        char text[256];
        if (strcmp(acts[i].name, trespass->act) != 0)
            continue;
        errno = 0;
        const char *done = acts[i].run(trespass->target);
        snprintf(text, sizeof(text), "%s: %s", trespass->act, done ? done : strerror(errno));
        trespass->host->log(trespass->host->ctx, KD_LOG_ERROR, text);
    }
    return KD_FATAL;
}

static void shutdown_source(void *state)
{
    free(state);
}

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .id = TRESPASS_ID,
    .version = "1",
    .description = "a plugin of the tests",
    .settings = settings_table,
    .settings_count = sizeof(settings_table) / sizeof(settings_table[0]),
    .init = init,
    .reconcile = reconcile,
    .shutdown = shutdown_source,
};

const struct kd_source *kd_source_v1(void)
{
    return &source_table;
}
