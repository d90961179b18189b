/* The locks of a state folder and of a daemon's socket, each held by another process. */
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "journal/daemon_lock.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/kd-lock-XXXXXX";
static const char template[] = "/tmp/kd-lock-XXXXXX";
static char *path_of_file, *path_of_socket;
static struct lock lock;
static const struct lock_options mine = {.holder = "mine"};

static void make_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    scoped_free char *anew = memory_format("%s.anew", path_of_socket);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", anew);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(rename(anew, path_of_socket), 0); /* the old inode is not free yet */
}

static void setup(void)
{
    memcpy(folder, template, sizeof(folder));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    path_of_file = memory_format("%s/lock", folder);
    path_of_socket = memory_format("%s/cm.sock", folder);
    lock = LOCK_NONE;
}

static void teardown(void)
{
    scoped_free char *command = memory_format("rm -rf %s", folder);
    lock_release(&lock);
    ck_assert_int_eq(system(command), 0);
    free(path_of_file);
    free(path_of_socket);
}

static int take_file(struct lock *which, const struct lock_options *options, struct error *err)
{
    return lock_take(which, path_of_file, "it is held by", options, err);
}

static int take_socket(struct lock *which, const struct lock_options *options, struct error *err)
{
    scoped_free char *notice = NULL;
    int result = daemon_lock_take(which, path_of_socket, options, &notice, err);
    ck_assert_msg(!notice, "%s", notice);
    return result;
}

typedef int taker(struct lock *, const struct lock_options *, struct error *);

/* Another process that has it when this returns, until it is killed or, hold_ms later, ends. */
static pid_t held_by_another(taker *take, useconds_t hold_ms)
{
    int ready[2];
    char byte = 0;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct lock theirs = LOCK_NONE;
        const struct lock_options options = {.holder = "kanto-deployer apply, state folder /other"};
        bool taken = take(&theirs, &options, NULL) == 0 && write(ready[1], "x", 1) == 1;
        close(ready[1]);
        usleep(hold_ms * 1000);
        lock_release(&theirs);
        _exit(!taken);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static const struct {
    taker *take;
    const char *what; /* %s: where */
} locks[] = {
    {take_file, "it is held by"},
    {take_socket, "is being worked on by"},
};

START_TEST(who_waits_in_vain_learns_who_has_it)
{
    struct error err = {0};
    make_socket();
    pid_t pid = held_by_another(locks[_i].take, 60000);
    const struct lock_options options = {.holder = "mine", .wait_ms = 300};
    int64_t began = duration_now_ms();
    ck_assert_int_eq(locks[_i].take(&lock, &options, &err), -1);
    ck_assert_int_ge(duration_now_ms() - began, 300);
    ck_assert_int_eq(err.kind, ERROR_TIMEOUT);
    scoped_free char *told = memory_format(
        "%s pid %d (kanto-deployer apply, state folder /other); waited 0.", locks[_i].what, pid);
    ck_assert_msg(strstr(err.text, told), "%s\nexpected: %s", err.text, told);
    ck_assert_int_eq(lock.fd, -1);
    end(pid);
    ck_assert_int_eq(locks[_i].take(&lock, &mine, &err), 0); /* its holder is dead */
}
END_TEST

START_TEST(who_waits_gets_it_when_the_other_ends)
{
    struct error err = {0};
    make_socket();
    pid_t pid = held_by_another(locks[_i].take, 300);
    const struct lock_options options = {.wait_ms = 20000};
    ck_assert_msg(locks[_i].take(&lock, &options, &err) == 0, "%s", err.text);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static volatile sig_atomic_t asked;

static void on_alarm(int number)
{
    (void)number;
    asked = 1;
}

static bool is_asked(void *context)
{
    *(bool *)context = true;
    return asked;
}

START_TEST(ctrl_c_ends_the_wait_at_once)
{
    struct error err = {0};
    bool was_asked = false;
    const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    const struct lock_options options = {
        .wait_ms = 20000, .cancelled = is_asked, .context = &was_asked};
    make_socket();
    pid_t pid = held_by_another(locks[_i].take, 60000);
    sigaction(SIGALRM, &action, NULL);
    ualarm(200000, 0);
    int64_t began = duration_now_ms();
    ck_assert_int_eq(locks[_i].take(&lock, &options, &err), -1);
    ck_assert_int_lt(duration_now_ms() - began, 2000);
    ck_assert_int_eq(err.kind, ERROR_TIMEOUT);
    ck_assert(was_asked);
    ck_assert_msg(strstr(err.text, "; stopped waiting after 0."), "%s", err.text);
    end(pid);
}
END_TEST

/* Who takes it turn by turn never holds what others do not see. */
START_TEST(one_at_a_time_whoever_comes_and_goes)
{
    scoped_free char *path = memory_format("%s/inside", folder);
    make_socket();
    for (int i = 0; i < 4; i++) {
        if (fork() != 0)
            continue;
        for (int turn = 0; turn < 100; turn++) {
            struct lock theirs = LOCK_NONE;
            const struct lock_options options = {.wait_ms = 60000};
            if (take_socket(&theirs, &options, NULL) < 0)
                _exit(1);
            int inside = open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (inside < 0 || close(inside) < 0 || unlink(path) < 0)
                _exit(2);
            lock_release(&theirs);
        }
        _exit(0);
    }
    for (int i = 0, status = 0; i < 4; i++) {
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

START_TEST(a_socket_that_is_not_there_yet_is_no_lock)
{
    struct error err = {0};
    ck_assert_int_eq(take_socket(&lock, &mine, &err), 0);
    ck_assert_int_eq(lock.fd, -1);
    make_socket();
    ck_assert_int_eq(take_socket(&lock, &mine, &err), 0);
    ck_assert_int_ge(lock.fd, 0);
}
END_TEST

START_TEST(a_link_is_the_same_daemon)
{
    struct error err = {0};
    scoped_free char *link = memory_format("%s/link", folder);
    scoped_free char *notice = NULL;
    make_socket();
    ck_assert_int_eq(symlink("cm.sock", link), 0);
    pid_t pid = held_by_another(take_socket, 60000);
    ck_assert_int_eq(daemon_lock_take(&lock, link, &mine, &notice, &err), -1);
    ck_assert_msg(strstr(err.text, link), "%s", err.text);
    end(pid);
}
END_TEST

/* The daemon was started again: its socket is another one, and free. */
START_TEST(a_new_socket_is_locked_anew)
{
    struct error err = {0};
    struct lock other = LOCK_NONE;
    make_socket();
    ck_assert_int_eq(take_socket(&lock, &mine, &err), 0);
    scoped_free char *first = memory_string(lock.path);
    int fd = lock.fd;
    ck_assert_int_eq(take_socket(&lock, &mine, &err), 0);
    ck_assert_int_eq(lock.fd, fd); /* still held, not taken again */
    make_socket();
    ck_assert_int_eq(take_socket(&lock, &mine, &err), 0);
    ck_assert_str_ne(lock.path, first);
    ck_assert_msg(access(first, F_OK) < 0, "%s is left behind", first);
    ck_assert_int_eq(take_socket(&other, &mine, &err), -1);
    scoped_free char *second = memory_string(lock.path);
    lock_release(&lock);
    ck_assert_int_lt(access(second, F_OK), 0);
    ck_assert_int_eq(take_socket(&other, &mine, &err), 0);
    lock_release(&other);
}
END_TEST

/* Where nothing can be written, and where somebody put a file of his own: told, and no reason to
 * wait for him. */
START_TEST(nobody_else_can_keep_us_waiting)
{
    struct error err = {0};
    scoped_fd int theirs = open(path_of_file, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (getuid() != 0) {
        printf("left out: a lock file of somebody else (for root only)\n");
        return;
    }
    ck_assert_int_eq(fchown(theirs, 65534, 65534), 0);
    ck_assert_int_eq(flock(theirs, LOCK_EX), 0);
    ck_assert_int_eq(take_file(&lock, &(struct lock_options){.wait_ms = 20000}, &err), -1);
    ck_assert_int_ne(err.kind, ERROR_TIMEOUT);
    ck_assert_msg(strstr(err.text, "/lock: found a file of user 65534, expected root's or 0's"),
        "%s", err.text);
    unlink(path_of_file);
    ck_assert_int_eq(mkfifo(path_of_file, 0600), 0);
    ck_assert_int_eq(take_file(&lock, &mine, &err), -1);
    unlink(path_of_file);
    ck_assert_int_eq(symlink("/etc/passwd", path_of_file), 0);
    ck_assert_int_eq(take_file(&lock, &mine, &err), -1);
}
END_TEST

START_TEST(without_a_place_for_it_the_pass_goes_on_and_says_so)
{
    struct error err = {0};
    scoped_free char *notice = NULL;
    make_socket();
    ck_assert_int_eq(chmod(folder, 0555), 0);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    int result = daemon_lock_take(&lock, path_of_socket, &mine, &notice, &err);
    ck_assert_int_eq(seteuid(getuid()), 0);
    ck_assert_int_eq(chmod(folder, 0700), 0);
    ck_assert_int_eq(result, 0);
    ck_assert_int_eq(lock.fd, -1);
    ck_assert_msg(notice && strstr(notice, "Permission denied") &&
                      strstr(notice, "another deployer on this kanto-cm would not be noticed"),
        "%s", notice ? notice : "no notice");
}
END_TEST

START_TEST(who_may_not_write_to_run_locks_beside_the_socket)
{
    struct error err = {0};
    make_socket();
    if (getuid() == 0) {
        ck_assert_int_eq(chown(folder, 65534, 65534), 0);
        ck_assert_int_eq(seteuid(65534), 0);
    }
    int result = take_socket(&lock, &mine, &err);
    ck_assert_int_eq(seteuid(getuid()), 0);
    ck_assert_int_eq(result, 0);
    scoped_free char *beside = memory_format("%s/kanto-deployer-", folder);
    ck_assert_msg(strncmp(lock.path, beside, strlen(beside)) == 0, "%s", lock.path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lock");
    TCase *cases = tcase_create("lock");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, who_waits_in_vain_learns_who_has_it, 0, countof(locks));
    tcase_add_loop_test(cases, who_waits_gets_it_when_the_other_ends, 0, countof(locks));
    tcase_add_loop_test(cases, ctrl_c_ends_the_wait_at_once, 0, countof(locks));
    tcase_add_test(cases, one_at_a_time_whoever_comes_and_goes);
    tcase_add_test(cases, a_socket_that_is_not_there_yet_is_no_lock);
    tcase_add_test(cases, a_link_is_the_same_daemon);
    tcase_add_test(cases, a_new_socket_is_locked_anew);
    tcase_add_test(cases, nobody_else_can_keep_us_waiting);
    tcase_add_test(cases, without_a_place_for_it_the_pass_goes_on_and_says_so);
    tcase_add_test(cases, who_may_not_write_to_run_locks_beside_the_socket);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
