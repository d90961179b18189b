/* kanto-sim: a kanto-cm for tests and demonstrations. It answers as the real one does as far as
 * deploying needs it; containers are entries in a list. */
#include "server.h"

#include "base/cleanup.h"
#include "base/duration.h"

#include <getopt.h>
#include <stdlib.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static const struct option options[] = {
    {"socket", required_argument, NULL, 's'},
    {"log", required_argument, NULL, 'l'},
    {"state", required_argument, NULL, 'f'},
    {"latency", required_argument, NULL, 't'},
    {"fail", required_argument, NULL, 'e'},
    {"young", no_argument, NULL, 'y'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void help(void)
{
    puts("kanto-sim: a simulated kanto-cm\n\n"
         "  --socket PATH                     listen there\n"
         "  --log FILE                        append every call, as JSON lines\n"
         "  --state FILE                      containers survive a restart in it\n"
         "  --latency METHOD=MS               answer that much later\n"
         "  --fail METHOD[:PART]=MESSAGE      refuse calls whose id, name or image holds PART\n"
         "  --young                           behave as in the first seconds: empty List, no "
         "network\n\n"
         "Images whose name holds \"nosuch\" cannot be pulled; all others sleep.");
}

int main(int argc, char **argv)
{
    struct simulation simulation = {.faults = {.began_ms = duration_now_ms()}};
    const char *socket = NULL, *state = NULL;
    scoped_file FILE *log = NULL;
    int letter;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        bool good = true;
        if (letter == 's')
            socket = optarg;
        else if (letter == 'l')
            good = (log = fopen(optarg, "ae")) != NULL;
        else if (letter == 'f')
            state = optarg;
        else if (letter == 't')
            good = faults_add_latency(&simulation.faults, optarg) == 0;
        else if (letter == 'e')
            good = faults_add_fail(&simulation.faults, optarg) == 0;
        else if (letter == 'y')
            simulation.faults.young = true;
        else
            help();
        if (letter == 'h')
            return EXIT_SUCCESS;
        if (letter == '?' || !good)
            return 64;
    }
    if (!socket) {
        help();
        return 64;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    store_open(&simulation.store, state);
    int code = server_run(&simulation, socket, log, &stop);
    store_close(&simulation.store);
    return code;
}
