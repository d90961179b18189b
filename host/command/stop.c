#include "command/stop.h"

#include "command/command.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static volatile sig_atomic_t asked;

/* One is read by the handler while the other one is written. */
static char lines[2][LINE_MAX_BYTES];
static unsigned current;
static _Atomic(const char *) last_words;

static void on_signal(int number)
{
    const char *words = atomic_load(&last_words);
    (void)number;
    if (asked && words) {
        ssize_t ignored = write(STDERR_FILENO, words, strlen(words));
        (void)ignored;
        _exit(EXIT_FAILED);
    }
    asked = 1;
}

void stop_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    stop_next("error: interrupted by a signal; nothing was changed");
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool stop_asked(void *unused)
{
    (void)unused;
    return asked != 0;
}

void stop_next(const char *line)
{
    if (!line) {
        atomic_store(&last_words, NULL);
        return;
    }
    current = !current;
    snprintf(lines[current], sizeof(lines[current]), "\n%.*s\n", LINE_MAX_BYTES - 3, line);
    atomic_store(&last_words, lines[current]);
}
