/* What a pass costs: calls, CPU time and memory for N containers, beside the least client that
 * makes the same calls and nothing else. On the simulation; figures are printed, never checked. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "kanto/client.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WINDOW 4

extern char **environ;

struct cost {
    double cpu_ms; /* of the process and all that it waited for */
    long peak_kb;  /* of the largest of them */
    int exit_code;
};

static pid_t spawn(const char *const *arguments, const char *out)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (posix_spawn(&pid, arguments[0], &actions, NULL, (char **)arguments, environ) != 0)
        exit(EXIT_FAILURE);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static struct cost measure(const char *const *arguments)
{
    struct rusage usage;
    int status = 0;
    pid_t pid = spawn(arguments, "/dev/null");
    wait4(pid, &status, 0, &usage);
    return (struct cost){
        .cpu_ms = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000,
        .peak_kb = usage.ru_maxrss,
        .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
    };
}

static int count_lines(const char *log, const char *needle)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    int count = 0;
    if (file_read(log, (size_t)1 << 30, &bytes, &length, NULL) < 0)
        return 0;
    for (const char *at = bytes; (at = strstr(at, needle)); at++)
        count++;
    return count;
}

static int count_calls(const char *log, const char *method)
{
    scoped_free char *needle = memory_format("\"call\":\"%s\"", method);
    return count_lines(log, needle);
}

static void print_row(const char *what, int count, const struct cost *cost, const char *log)
{
    printf("%5d  %-12s %11d %5d %6d %6d %9.1f %9ld\n", count, what,
        count_lines(log, "{\"connection\":"), count_calls(log, "List"), count_calls(log, "Create"),
        count_calls(log, "Start"), cost->cpu_ms, cost->peak_kb);
    if (cost->exit_code != 0)
        printf("       (exit status %d)\n", cost->exit_code);
    truncate(log, 0) == 0 ? (void)0 : perror(log);
}

static void write_manifests(const char *folder, int count)
{
    mkdir(folder, 0755);
    for (int i = 0; i < count; i++) {
        scoped_free char *path = memory_format("%s/c%d.json", folder, i);
        FILE *file = fopen(path, "we");
        if (!file)
            exit(EXIT_FAILURE);
        fprintf(file,
            "{\"name\": \"c%d\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}, \"config\": "
            "{\"env\": "
            "[\"A=1\", \"B=2\"]}}\n",
            i);
        fclose(file);
    }
}

static void bench(int count)
{
    char folder[] = "/tmp/kd-bench-XXXXXX";
    if (!mkdtemp(folder))
        exit(EXIT_FAILURE);
    scoped_free char *socket = memory_format("%s/s", folder);
    scoped_free char *log = memory_format("%s/log", folder);
    scoped_free char *manifests = memory_format("%s/m", folder);
    scoped_free char *state = memory_format("%s/state", folder);
    scoped_free char *number = memory_format("%d", count);
    scoped_free char *self = memory_string(KD_BUILD_DIR "/tests/bench_calls");
    scoped_free char *clean = memory_format("rm -rf %s", folder);
    write_manifests(manifests, count);
    const char *simulation[] = {KD_BUILD_DIR "/kanto-sim", "--socket", socket, "--log", log, NULL};
    const char *apply[] = {KD_BUILD_DIR "/kanto-deployer", "apply", manifests, "--socket", socket,
        "--state-dir", state, "--settle", "0s", NULL};
    const char *least[] = {self, socket, number, NULL};
    const char *const *rows[] = {apply, apply, NULL};
    static const char *const names[] = {"first pass", "second pass"};
    pid_t daemon = spawn(simulation, "/dev/null");
    for (int i = 0; rows[i]; i++) {
        struct cost cost = measure(rows[i]);
        print_row(names[i], count, &cost, log);
    }
    kill(daemon, SIGTERM);
    waitpid(daemon, NULL, 0);
    daemon = spawn(simulation, "/dev/null");
    struct cost cost = measure(least);
    print_row("least client", count, &cost, log);
    kill(daemon, SIGTERM);
    waitpid(daemon, NULL, 0);
    if (system(clean) != 0)
        printf("%s is left\n", folder);
}

static void finish_one(struct kanto *kanto)
{
    struct kanto_answer answer = {0};
    while (kanto->table->next(kanto, 1000, &answer) == 0)
        ;
    kanto_answer_finish(&answer);
}

static void send_all(struct kanto *kanto, enum kanto_method method, int count)
{
    struct error err = {0};
    int in_flight = 0;
    for (int i = 0; i < count; i++) {
        scoped_free char *id = memory_format("c%d", i);
        Kanto__Image image = KANTO__IMAGE__INIT;
        Kanto__Container container = KANTO__CONTAINER__INIT;
        image.name = (char *)"localhost:5000/sleeper:1";
        container.id = container.name = id;
        container.image = &image;
        struct kanto_request request = {.method = method, .id = id, .container = &container};
        if (kanto->table->submit(kanto, &request, &err) < 0)
            exit(EXIT_FAILURE);
        if (++in_flight == WINDOW) {
            finish_one(kanto);
            in_flight--;
        }
    }
    for (; in_flight > 0; in_flight--)
        finish_one(kanto);
}

static int least_client(const char *socket, int count)
{
    struct kanto_options options = {.socket = socket, .connect_timeout_ms = 5000};
    struct kanto_request list = {.method = KANTO_LIST};
    struct kanto_answer answer = {0};
    struct kanto *kanto = NULL;
    struct error err = {0};
    if (kanto_connect(&options, &kanto, &err) < 0 || kanto_call(kanto, &list, &answer, &err) < 0)
        return EXIT_FAILURE;
    kanto_answer_finish(&answer);
    send_all(kanto, KANTO_CREATE, count);
    send_all(kanto, KANTO_START, count);
    kanto->table->close(kanto);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const int counts[] = {1, 10, 100, 1000};
    if (argc == 3)
        return least_client(argv[1], (int)strtol(argv[2], NULL, 10));
    puts("    N  what         connections  List Create  Start    CPU ms   peak kB of the largest "
         "process");
    for (size_t i = 0; i < countof(counts); i++)
        bench(counts[i]);
    return EXIT_SUCCESS;
}
