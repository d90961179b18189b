/* kanto-sim: a kanto-cm for tests, demonstrations, and vendors of sources. docs/simulation.md tells
 * what it is faithful to. */
#include "base/cleanup.h"
#include "boot.h"
#include "control.h"
#include "life.h"
#include "server.h"
#include "signals.h"
#include "store.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_WRONG_USAGE 64

static volatile sig_atomic_t stop, cut;

static void on_signal(int number)
{
    if (number == SIGUSR1)
        cut = 1;
    else
        stop = 1;
}

static const struct option options[] = {
    {"socket", required_argument, NULL, 's'},
    {"log", required_argument, NULL, 'l'},
    {"state", required_argument, NULL, 'f'},
    {"images", required_argument, NULL, 'i'},
    {"unknown-images-fail", no_argument, NULL, 'u'},
    {"run-hooks", no_argument, NULL, 'r'},
    {"clock-stands", no_argument, NULL, 'c'},
    {"clock-by-hand", no_argument, NULL, 'm'},
    {"hurry", required_argument, NULL, 'H'},
    {"seed", required_argument, NULL, 'd'},
    {"latency", required_argument, NULL, 't'},
    {"pull-rate", required_argument, NULL, 'p'},
    {"registry", required_argument, NULL, 'R'},
    {"fail", required_argument, NULL, 'e'},
    {"fault", required_argument, NULL, 'a'},
    {"sigkill-client-at", required_argument, NULL, 'k'},
    {"with", required_argument, NULL, 'w'},
    {"without", required_argument, NULL, 'o'},
    {"young", no_argument, NULL, 'y'},
    {"kill-process", required_argument, NULL, 'K'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void help(void)
{
    puts(
        "kanto-sim: a simulated kanto-cm\n\n"
        "  --socket PATH                  listen there; PATH.control takes commands\n"
        "  --log FILE                     append every call, as JSON lines\n"
        "  --state FOLDER                 containers survive a restart in it\n"
        "  --images FILE                  what images and command lines do\n"
        "  --unknown-images-fail          images that FILE does not name cannot be pulled\n"
        "  --run-hooks                    run the containers' hooks on this machine\n"
        "  --clock-stands                 time passes only while somebody waits, and then at once\n"
        "  --clock-by-hand                time passes by the command advance alone\n"
        "  --hurry N                      what takes N milliseconds takes one\n"
        "  --seed N                       of everything that is left to chance\n"
        "\n"
        "  --latency METHOD=MS[+JITTER]   answer that much later\n"
        "  --pull-rate BYTES              a second, of all pulls together\n"
        "  --registry HOST=ANSWER         401, 403, 404, 429, 500, 502, 503, 504, eof, reset,\n"
        "                                 refused, timeout, dns, x509, login, html: pulls fail so\n"
        "  --fail METHOD[#N][:PART]=TEXT  refuse calls, the N-th of them, those whose id, name or\n"
        "                                 image holds PART\n"
        "  --fault METHOD[#N][:PART]=KIND hang; lose (done, no answer); WHAT-WHEN, WHAT being\n"
        "                                 expire (as a deadline), drop (the connection), kill "
        "(the\n"
        "                                 caller), crash (the daemon), power-cut; WHEN being\n"
        "                                 before, during, after\n"
        "  --sigkill-client-at N[:WHEN]   kill the caller before (during, after) the N-th call\n"
        "  --with NAME, --without NAME    the daemon's own faults: early-list, unusable-ids (on),\n"
        "                                 deadlock, missed-exits[=PERCENT], disk-full\n"
        "  --young                        --with early-list\n"
        "  --kill-process ID=SIGNAL       in the state folder, while no daemon runs, and end\n"
        "\n"
        "SIGTERM stops all containers, then ends. SIGUSR1 is a power cut. Images whose name holds\n"
        "\"nosuch\" cannot be pulled; others that FILE does not name sleep.");
}

struct settings {
    const char *socket;
    FILE *log;
    int64_t begin_ms;
    bool stands;
    int64_t hurry;
    char *kill; /* ID=SIGNAL */
};

static bool take_fault(struct faults *faults, int letter)
{
    switch (letter) {
    case 't':
        return faults_add_latency(faults, optarg) == 0;
    case 'p':
        faults->pull_rate = strtoll(optarg, NULL, 10);
        return true;
    case 'e':
        return faults_add_message(faults, optarg) == 0;
    case 'a':
        return faults_add_kind(faults, optarg) == 0;
    case 'k':
        return faults_add_kill(faults, optarg) == 0;
    case 'w':
    case 'o':
        return faults_switch(faults, optarg, letter == 'w') == 0;
    case 'y':
        faults->early_list = true;
        return true;
    default:
        return false;
    }
}

static bool take(struct daemon *daemon, struct settings *settings, int letter)
{
    struct error err = {0};
    switch (letter) {
    case 's':
        settings->socket = optarg;
        return true;
    case 'l':
        return (settings->log = fopen(optarg, "ae")) != NULL;
    case 'f':
        daemon->folder = optarg;
        return true;
    case 'i':
        if (images_read(&daemon->images, optarg, &err) == 0)
            return true;
        fprintf(stderr, "kanto-sim: %s\n", err.text);
        return false;
    case 'K':
        settings->kill = optarg;
        return true;
    case 'R':
        return registries_set(&daemon->registries, optarg) == 0;
    case 'u':
        return daemon->images.unknown_fail = true;
    case 'r':
        return daemon->run_hooks = true;
    case 'c':
        return settings->stands = daemon->jumps = true;
    case 'm':
        return settings->stands = true;
    case 'H':
        return (settings->hurry = strtoll(optarg, NULL, 10)) > 0;
    case 'd':
        daemon->seed = daemon->faults.seed = (unsigned)strtoul(optarg, NULL, 10);
        return true;
    default:
        return take_fault(&daemon->faults, letter);
    }
}

/* Processes live on without their daemon, and die without it. */
static int kill_process(struct daemon *daemon, char *id)
{
    struct error err = {0};
    char *signal = strrchr(id, '=');
    clock_init(&daemon->clock, true, store_last_ms(daemon->folder));
    if (!signal || store_load(daemon, &err) < 0)
        return EXIT_WRONG_USAGE;
    *signal++ = '\0';
    struct box *box = daemon_find(daemon, id);
    bool ended = box && life_signal_unseen(box, signal_parse(signal));
    if (ended)
        store_save(daemon, box);
    boot_finish(daemon);
    return ended ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(struct daemon *daemon, const struct settings *settings)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct server_options server = {.socket = settings->socket,
        .log = settings->log,
        .lock = &lock,
        .stop = &stop,
        .cut = &cut};
    struct control *control = control_start(daemon, settings->socket, &lock);
    int end = control ? server_run(daemon, &server) : -1;
    if (end == SERVER_POWER_CUT)
        boot_power_cut(daemon);
    else if (end == SERVER_CRASHED)
        store_save_rest(daemon);
    if (end != SERVER_STOPPED)
        _exit(end < 0 ? EXIT_FAILURE : 2);
    control_stop(control);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct daemon daemon = {.faults = {.unusable_ids = true}, .seed = (unsigned)getpid()};
    struct settings settings = {0};
    struct error err = {0};
    int letter;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter == 'h') {
            help();
            return EXIT_SUCCESS;
        }
        if (!take(&daemon, &settings, letter)) {
            if (letter != '?')
                fprintf(stderr, "kanto-sim: found \"%s\", see --help\n", optarg);
            return EXIT_WRONG_USAGE;
        }
    }
    if (settings.kill && daemon.folder)
        return kill_process(&daemon, settings.kill);
    if (!settings.socket) {
        fputs("kanto-sim: --socket is missing\n", stderr);
        return EXIT_WRONG_USAGE;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    clock_init(&daemon.clock, settings.stands, daemon.folder ? store_last_ms(daemon.folder) : 0);
    daemon.clock.hurry = settings.hurry;
    if (boot_up(&daemon, &err) < 0) {
        fprintf(stderr, "kanto-sim: %s\n", err.text);
        return EXIT_FAILURE;
    }
    int code = run(&daemon, &settings);
    boot_finish(&daemon);
    faults_forget(&daemon.faults);
    persons_forget(&daemon.persons);
    if (settings.log)
        fclose(settings.log);
    return code;
}
