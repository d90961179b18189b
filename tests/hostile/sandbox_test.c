/* What a plugin tries beyond its settings is stopped, whoever it runs as; what it has use for is not.
 * And where the kernel lacks one of the mechanisms, the others hold, and that is said. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "source/source.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define UID 1900012345u

/* The plugins, and what they are let at, in a place that every user may look into. */
static char folder[] = "/tmp/kd-sandbox-XXXXXX";
static pid_t sibling; /* somebody's process, which is to live on */

static void setup(void)
{
    scoped_free char *command = memory_format(
        "chmod 0755 %s && install -m 0644 %s/hostile/trespass*.so %s && mkdir -m 0777 %s/open && "
        "echo named >%s/named && echo signature >%s/named.sig && echo other >%s/other && "
        "chmod 0666 %s/other",
        folder, KD_BUILD_DIR, folder, folder, folder, folder, folder, folder);
    ck_assert_int_eq(system(command), 0);
    sibling = fork();
    if (sibling == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        /* of the same user as the plugin, where that has a number of its own */
        if (geteuid() == 0 && setresuid(UID, UID, UID) < 0)
            _exit(1);
        for (;;)
            pause();
    }
}

static void finish(void)
{
    kill(sibling, SIGKILL);
    waitpid(sibling, NULL, 0);
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

struct run {
    const char *act;
    const char *target; /* "PID": the sibling's; with %s: below the folder */
    const char *user;   /* NULL: a number of its own */
    enum source_network network;
    bool declares, no_sandbox;
    const char *named; /* of the conf, or NULL */
    char *const *readable;
};

static void run(const struct run *run, struct source_set *ret_set)
{
    scoped_free char *plugin =
        memory_format("%s/trespass%s.so", folder, run->declares ? "_network" : "");
    scoped_free char *pid = memory_format("=%d", sibling);
    scoped_free char *below =
        memory_format("=%s%s%s", run->target && *run->target == '/' ? "" : folder,
            run->target && *run->target == '/' ? "" : "/", run->target ? run->target : "");
    bool is_pid = run->target && strcmp(run->target, "PID") == 0;
    bool is_word = run->target && strchr("0123456789", *run->target);
    scoped_free char *word = memory_format("=%s", run->target ? run->target : "");
    scoped_free char *named = memory_format("%s%s", folder, run->named ? run->named : "");
    const struct source_setting settings[] = {
        {"act", run->act, "test"},
        {"target",
            is_pid    ? pid
            : is_word ? word
                      : below,
            "test"},
        {"path", named, "test"},
    };
    struct source_options options = {
        .name = "trespass",
        .plugin = plugin,
        .user = run->user,
        .uid = UID,
        .settings = settings,
        .settings_count = run->named ? 3 : 2,
        .readable = run->readable,
        .readable_count = run->readable ? 1 : 0,
        .network = run->network,
        .no_sandbox = run->no_sandbox,
        .deadline_ms = 20000,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
    };
    source_reconcile_all(&options, 1, ret_set);
}

static bool says(const struct source_set *set, const char *part)
{
    for (size_t i = 0; i < set->note_count; i++)
        if (strstr(set->notes[i].text, part))
            return true;
    return false;
}

static bool lives(pid_t pid)
{
    char state = 'Z';
    scoped_free char *path = memory_format("/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%*d %*s %c", &state) != 1)
        state = 'Z';
    if (file)
        fclose(file);
    return state != 'Z';
}

/* `stopped`: the system call that is named, or NULL: none is. */
static void expect(const struct run *what, const char *reason, const char *stopped)
{
    struct source_set set = {0};
    run(what, &set);
    ck_assert_msg(set.reason && strstr(set.reason, reason),
        "%s as %s: found \"%s\", expected \"%s\"", what->act, what->user ? what->user : "a number",
        set.reason, reason);
    scoped_free char *line = memory_format(SOURCE_STOPPED "%s", stopped ? stopped : "");
    ck_assert_msg(says(&set, line) == (stopped != NULL), "%s: %s \"%s\"", what->act,
        stopped ? "nothing says" : "something says", line);
    ck_assert_msg(lives(sibling), "%s: the sibling is gone", what->act);
    source_set_finish(&set);
}

static const struct {
    const char *act, *target, *reason, *stopped;
} stopped[] = {
    {"read", "/etc/shadow", "read: Permission denied", NULL},
    {"read", "other", "read: Permission denied", NULL},
    {"list", "open", "list: Permission denied", NULL},
    {"list", "/root", "list: Permission denied", NULL},
    {"list", "/proc", "list: Permission denied", NULL},
    {"write", "open/new", "write: Permission denied", "open"},
    {"write", "other", "write: Permission denied", "open"},
    {"write", "named", "write: Permission denied", "open"},
    {"mkdir", "open/new", "mkdir: Permission denied", "mkdir"},
    {"chmod", "other", "chmod: Permission denied", "chmod"},
    {"unlink", "other", "unlink: Permission denied", "unlink"},
    {"inet", NULL, "inet: Permission denied", "socket"},
    {"inet6", NULL, "inet6: Permission denied", "socket"},
    {"local", NULL, "local: Permission denied", "socket"},
    {"packet", NULL, "packet: Permission denied", "socket"},
    {"ptrace", "PID", "ptrace: Operation not permitted", "ptrace"},
    {"kill", "PID", "kill: Operation not permitted", "kill"},
    {"own", "PID", "own: Operation not permitted", "fcntl"},
    {"fork", NULL, "fork: Operation not permitted", "clone"},
    {"exec", "/bin/true", "exec: Operation not permitted", "execve"},
    {"system", "/bin/true", "system: Operation not permitted", "clone"},
    {"unshare", NULL, "unshare: Operation not permitted", "unshare"},
    {"mount", "open", "mount: Operation not permitted", "mount"},
    {"setuid", "0", "setuid: Operation not permitted", "setuid"},
    {"ring", NULL, "ring: Operation not permitted", "io_uring_setup"},
    {"unknown", NULL, "unknown: Function not implemented", "call 10000"},
};

START_TEST(what_is_not_named_is_stopped)
{
    static const char *const users[] = {NULL, "root", "nobody"};
    for (size_t i = 0; i < countof(users); i++) {
        struct run what = {.act = stopped[_i].act,
            .target = stopped[_i].target,
            .user = users[i],
            .named = strcmp(stopped[_i].act, "write") == 0 ? "/named" : NULL};
        expect(&what, stopped[_i].reason, stopped[_i].stopped);
    }
}
END_TEST

static const struct {
    const char *act, *target, *named, *reason;
} let[] = {
    {"read", "named", "/named", "read: opened"},
    {"read", "named.sig", "/named", "read: opened"},
    {"read", "named", "", "read: opened"}, /* the folder is named */
    {"list", "open", "/open", "list: opened"},
    {"read", "/etc/passwd", NULL, "read: opened"},
    {"list", "/usr/share", NULL, "list: opened"},
    {"read", "/dev/urandom", NULL, "read: opened"},
    {"read", "/proc/self/maps", NULL, "read: opened"},
    {"thread", NULL, NULL, "thread: ran"},
    {"raise", NULL, NULL, "raise: raised"},
    {"abort", NULL, NULL, "crashed in reconcile: SIGABRT"},
    {"foreign", NULL, NULL, "crashed in reconcile: SIGSYS (a system call of another architecture)"},
};

START_TEST(what_it_has_use_for_works)
{
    for (int i = 0; i < 2; i++)
        expect(&(struct run){.act = let[_i].act,
                   .target = let[_i].target,
                   .named = let[_i].named,
                   .user = i ? "root" : NULL},
            let[_i].reason, NULL);
}
END_TEST

START_TEST(the_network_is_declared_and_granted)
{
    static const char open_one[] = "inet: opened", not_one[] = "inet: Permission denied";
    static const struct {
        bool declares;
        enum source_network network;
        const char *reason;
    } cases[] = {
        {false, SOURCE_NETWORK_DECLARED, not_one},
        {true, SOURCE_NETWORK_DECLARED, open_one},
        {true, SOURCE_NETWORK_NONE, not_one},
        {false, SOURCE_NETWORK_INTERNET, open_one},
        {false, SOURCE_NETWORK_ALL, open_one},
    };
    for (size_t i = 0; i < countof(cases); i++)
        expect(
            &(struct run){
                .act = "inet", .declares = cases[i].declares, .network = cases[i].network},
            cases[i].reason, cases[i].reason == not_one ? "socket" : NULL);
}
END_TEST

START_TEST(the_internet_is_not_this_machine)
{
    struct run what = {.act = "local", .declares = true};
    expect(&what, "local: Permission denied", NULL);
    what.act = "packet";
    expect(&what, "packet: Permission denied", "socket");
    what.act = "listen";
    expect(&what, "listen: Permission denied", NULL);
    what.network = SOURCE_NETWORK_ALL;
    expect(&what, "listen: listens", NULL);
    what.act = "local";
    expect(&what, "local: opened", NULL);
    what.act = "packet";
    expect(&what, "packet: Permission denied", "socket");
    /* names are resolved by files that may be replaced while it waits for the network */
    what = (struct run){.act = "read", .target = "/etc/hosts", .declares = true};
    expect(&what, "read: opened", NULL);
    what.target = "/etc/shadow";
    expect(&what, "read: Permission denied", NULL);
    what.user = "root";
    expect(&what, "read: Permission denied", NULL);
}
END_TEST

START_TEST(the_conf_grants_more)
{
    scoped_free char *other = memory_format("%s/other", folder);
    char *const readable[] = {other};
    expect(&(struct run){.act = "read", .target = "other", .readable = readable}, "read: opened",
        NULL);
    expect(&(struct run){.act = "fork", .no_sandbox = true}, "fork: forked", NULL);
    expect(
        &(struct run){.act = "read", .target = "other", .no_sandbox = true}, "read: opened", NULL);
}
END_TEST

START_TEST(each_has_its_own_user)
{
    scoped_free char *own = memory_format("whoami: user %u", UID);
    expect(&(struct run){.act = "whoami"}, own, NULL);
    expect(&(struct run){.act = "whoami", .user = "root"}, "whoami: user 0", NULL);
}
END_TEST

/* ---- Kernels that have less: a filter over this process, which the helpers inherit */

static void take_away(const char *call, int error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    ck_assert_ptr_nonnull(filter);
    ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)error),
                         seccomp_syscall_resolve_name(call), 0),
        0);
    ck_assert_int_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
}

static void expect_lack(const struct run *what, const char *reason, const char *lack)
{
    struct source_set set = {0};
    scoped_free char *line = memory_format(SOURCE_LACKS "%s", lack);
    run(what, &set);
    ck_assert_msg(set.reason && strstr(set.reason, reason), "%s: found \"%s\", expected \"%s\"",
        what->act, set.reason, reason);
    ck_assert_msg(says(&set, line), "nothing says \"%s\"", line);
    for (size_t i = 0; i < set.note_count; i++)
        if (strstr(set.notes[i].text, line))
            ck_assert_int_eq(set.notes[i].severity, SEVERITY_NOTE);
    source_set_finish(&set);
}

START_TEST(without_landlock_the_rest_holds)
{
    static const char lack[] = "no Landlock (Function not implemented)";
    take_away("landlock_create_ruleset", ENOSYS);
    expect_lack(
        &(struct run){.act = "read", .target = "/etc/shadow"}, "read: Permission denied", lack);
    expect_lack(&(struct run){.act = "read", .target = "other"}, "read: opened", lack);
    expect_lack(&(struct run){.act = "write", .target = "other"}, "write: Permission denied", lack);
    expect_lack(&(struct run){.act = "inet"}, "inet: Permission denied", lack);
    expect_lack(
        &(struct run){.act = "kill", .target = "PID"}, "kill: Operation not permitted", lack);
}
END_TEST

/* Of another user's process: that of the same user has nothing but the namespace between. */
START_TEST(without_seccomp_the_rest_holds)
{
    static const char lack[] = "no seccomp (";
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    ck_assert_ptr_nonnull(filter);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
        SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0));
    ck_assert_int_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
    expect_lack(&(struct run){.act = "read", .target = "/etc/shadow", .user = "root"},
        "read: Permission denied", lack);
    expect_lack(&(struct run){.act = "write", .target = "other"}, "write: Permission denied", lack);
    expect_lack(
        &(struct run){.act = "write", .target = "open/new"}, "write: Permission denied", lack);
    expect_lack(
        &(struct run){.act = "exec", .target = "/bin/true"}, "exec: Permission denied", lack);
    expect_lack(&(struct run){.act = "kill", .target = "PID"}, "kill: No such process", lack);
    expect_lack(&(struct run){.act = "mount", .target = "open", .user = "root"},
        "Operation not permitted", lack);
    expect_lack(&(struct run){.act = "fork"}, "fork: forked", lack);
}
END_TEST

START_TEST(without_a_listener_calls_are_stopped_all_the_same)
{
    static const char lack[] = "no listener of seccomp";
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    ck_assert_ptr_nonnull(filter);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EBUSY), SCMP_SYS(seccomp), 1,
        SCMP_A1(SCMP_CMP_MASKED_EQ, 8, 8)); /* SECCOMP_FILTER_FLAG_NEW_LISTENER */
    ck_assert_int_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
    expect_lack(&(struct run){.act = "inet"}, "inet: Permission denied", lack);
    expect_lack(
        &(struct run){.act = "ptrace", .target = "PID"}, "ptrace: Operation not permitted", lack);
    expect_lack(
        &(struct run){.act = "mkdir", .target = "open/new"}, "mkdir: Permission denied", lack);
    expect_lack(&(struct run){.act = "fork"}, "fork: Function not implemented", lack);
    expect_lack(
        &(struct run){.act = "write", .target = "other"}, "write: Function not implemented", lack);
    expect_lack(&(struct run){.act = "thread"}, "thread: ran", lack);
}
END_TEST

START_TEST(without_a_namespace_the_rest_holds)
{
    static const char lack[] = "no pid namespace (Operation not permitted)";
    take_away("unshare", EPERM);
    expect_lack(
        &(struct run){.act = "kill", .target = "PID"}, "kill: Operation not permitted", lack);
    expect_lack(&(struct run){.act = "fork"}, "fork: Operation not permitted", lack);
    expect_lack(&(struct run){.act = "abort"}, "crashed in reconcile: SIGABRT", lack);
}
END_TEST

START_TEST(with_nothing_of_it_users_hold)
{
    take_away("landlock_create_ruleset", EOPNOTSUPP);
    take_away("unshare", ENOSYS);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
        SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0));
    ck_assert_int_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
    expect_lack(&(struct run){.act = "read", .target = "/etc/shadow"}, "read: Permission denied",
        "no Landlock (Operation not supported)");
    expect_lack(&(struct run){.act = "kill", .target = "PID", .user = "nobody"},
        "kill: Operation not permitted", "no pid namespace");
}
END_TEST

int main(void)
{
    if (geteuid() != 0) {
        puts("left out: the sandbox's tests need root, who alone may become others");
        return 77;
    }
    umask(022);
    if (!mkdtemp(folder))
        abort();
    Suite *suite = suite_create("sandbox");
    TCase *cases = tcase_create("sandbox");
    tcase_add_unchecked_fixture(cases, setup, finish);
    tcase_set_timeout(cases, 100);
    tcase_add_loop_test(cases, what_is_not_named_is_stopped, 0, countof(stopped));
    tcase_add_loop_test(cases, what_it_has_use_for_works, 0, countof(let));
    tcase_add_test(cases, the_network_is_declared_and_granted);
    tcase_add_test(cases, the_internet_is_not_this_machine);
    tcase_add_test(cases, the_conf_grants_more);
    tcase_add_test(cases, each_has_its_own_user);
    tcase_add_test(cases, without_landlock_the_rest_holds);
    tcase_add_test(cases, without_seccomp_the_rest_holds);
    tcase_add_test(cases, without_a_listener_calls_are_stopped_all_the_same);
    tcase_add_test(cases, without_a_namespace_the_rest_holds);
    tcase_add_test(cases, with_nothing_of_it_users_hold);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
